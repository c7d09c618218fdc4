import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

/** A zip file and its checksum, as an operator would declare it. */
export interface Zip {
  readonly bytes: Buffer;
  readonly sha256: string;
}

/** A zip file of texts by their paths, not compressed. Source of the format: PKWARE "APPNOTE.TXT". */
export function zipOf(files: Readonly<Record<string, string>>): Zip {
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const [path, data] = [Buffer.from(name), Buffer.from(text)];
    // Version 2.0, no flags, stored, 1980-01-01.
    const common = Buffer.from("14000000000000002100", "hex");
    const sizes = words(4, crc32(data), data.length, data.length);
    const local = [words(4, 0x04034b50), common, sizes, words(2, path.length, 0), path, data];
    const entry = [words(4, 0x02014b50), words(2, 20), common, sizes, words(2, path.length, 0, 0, 0, 0)];
    entries.push(Buffer.concat([...entry, words(4, 0, offset), path]));
    locals.push(Buffer.concat(local));
    offset += locals.at(-1)?.length ?? 0;
  }
  const directory = Buffer.concat(entries);
  const count = entries.length;
  const end = [
    words(4, 0x06054b50),
    words(2, 0, 0, count, count),
    words(4, directory.length, offset),
    words(2, 0),
  ];
  const bytes = Buffer.concat([...locals, directory, ...end]);
  return { bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** Numbers of so many bytes, the lowest first. */
function words(size: 2 | 4, ...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(size * numbers.length);
  for (const [index, number] of numbers.entries()) bytes.writeUIntLE(number, index * size, size);
  return bytes;
}
