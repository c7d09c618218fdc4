import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import type { ImageConfig } from "./recipes.ts";

const block = 512;

/**
 * Writes a Docker archive with one layer, as `ctr images import` reads it. The layer is a tar stream that goes
 * straight into its place; its header is written afterwards, when its size is known.
 * @param reference the image's name with its tag
 */
export async function writeArchive(
  file: string,
  reference: string,
  config: ImageConfig,
  layer: AsyncIterable<Buffer>,
): Promise<void> {
  const handle = await open(file, "w");
  try {
    const { size, sha256 } = await writeLayer(handle, layer);
    await handle.write(tarHeader("layer.tar", size), 0, block, 0);
    const image = imageDescription(config, sha256);
    const configName = `${createHash("sha256").update(image).digest("hex")}.json`;
    const manifest = JSON.stringify([{ Config: configName, RepoTags: [reference], Layers: ["layer.tar"] }]);
    const tail = Buffer.concat([
      padding(size),
      tarEntry(configName, image),
      tarEntry("manifest.json", manifest),
      Buffer.alloc(2 * block),
    ]);
    await handle.write(tail, 0, tail.length, block + size);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeLayer(handle: FileHandle, layer: AsyncIterable<Buffer>) {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of layer) {
    hash.update(chunk);
    await handle.write(chunk, 0, chunk.length, block + size);
    size += chunk.length;
  }
  return { size, sha256: hash.digest("hex") };
}

function imageDescription(config: ImageConfig, layerSha256: string): string {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const rootfs = { type: "layers", diff_ids: [`sha256:${layerSha256}`] };
  return JSON.stringify({
    architecture,
    os: "linux",
    config,
    rootfs,
    history: [{ created_by: "local/images" }],
  });
}

function tarEntry(name: string, content: string): Buffer {
  const data = Buffer.from(content);
  return Buffer.concat([tarHeader(name, data.length), data, padding(data.length)]);
}

function padding(size: number): Buffer {
  return Buffer.alloc((block - (size % block)) % block);
}

/** A header of the POSIX ustar format for a regular file; sizes up to 8 GiB fit its eleven octal digits. */
export function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(block);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0")}\0`;
  header.write(name, 0);
  header.write(octal(0o644, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(size, 11), 124);
  header.write(octal(0, 11), 136);
  header.write("        ", 148); // The checksum counts its own field as blanks.
  header.write("0", 156);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}
