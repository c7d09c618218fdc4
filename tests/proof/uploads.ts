import { createHash, randomBytes } from "node:crypto";
import { WordPressSession } from "../e2e/wordpress-session.ts";
import { type Finding, report } from "./findings.ts";
import { inNamespace, readyPods, settled, until, wordpressLogs } from "./kube.ts";

const sum = (data: Buffer) => createHash("sha256").update(data).digest("hex");

/** A file in the library. */
export interface Upload {
  id: number;
  /** Path in the pods. */
  file: string;
  expected: string;
}

/** So many at once are hardly ever all one replica's: each goes to one of three or more, by chance. */
const names = ["one", "two", "three", "four", "five", "six", "seven", "eight"];

/** Large files at once through Traefik, read back from every replica before and after all pods are deleted. */
export async function uploads({ mebibytes }: { mebibytes: number }): Promise<Finding[]> {
  await settled();
  const session = await WordPressSession.login();
  const begun = Date.now();
  const made = await Promise.allSettled(names.map((name) => upload(session, name, mebibytes)));
  const files = made.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  try {
    if (files.length < made.length) throw made.find((one) => one.status === "rejected")?.reason;
    const took = (Date.now() - begun) / 1000;
    const writers = await writersSince(begun);
    const before = await identical(files);
    await inNamespace(["delete", "pods", "-l", "tier=frontend", "--wait=false"]);
    await settled();
    const after = await identical(files);
    const sample = `${names.length} files of ${mebibytes} MiB uploaded at once in ${took.toFixed(0)} s, written by ${writers} replicas, read from every one`;
    const finding = (claim: string, { same, of }: Copies): Finding => ({
      claim,
      measured: `${same} of ${of} copies identical`,
      sample,
      mark: "all identical, several replicas writing at once",
      passed: of > 0 && same === of && writers > 1,
    });
    return [
      finding("Uploads are the same on every replica", before),
      finding("Uploads survive the deletion of all pods", after),
    ];
  } finally {
    // The pods that served the session may be gone; the salts and so the login are not.
    for (const { id } of files) await session.rest("DELETE", `/media/${id}?force=true`);
  }
}

/** Files read back. */
export interface Copies {
  same: number;
  of: number;
}

/** How many replicas took an upload since then, by their own logs. */
async function writersSince(begun: number): Promise<number> {
  const logged = async () =>
    (await wordpressLogs(new Date(begun))).map((log) => log.split('"POST /wp-json/wp/v2/media').length - 1);
  let counts: number[] = [];
  // A request is logged after its answer.
  await until("all uploads in the logs", 10, async () => {
    counts = await logged();
    return counts.reduce((sum, figure) => sum + figure, 0) >= names.length;
  }).catch((error: Error) => report(error.message));
  return counts.filter((figure) => figure > 0).length;
}

/** How a zip archive with a file "a" begins: WordPress looks, and 24 of 2,000 random beginnings were of another type. */
const zipHeader = Buffer.from(`PK\x03\x04\x14${"\0".repeat(21)}\x01\0\0\0a`);

/** Uploads a file of chance. */
export async function upload(session: WordPressSession, name: string, mebibytes: number): Promise<Upload> {
  const data = Buffer.concat([zipHeader, randomBytes(mebibytes * 2 ** 20)]);
  const media = await session.upload(`proof-${name}.zip`, "application/zip", data);
  return { id: media.id, file: `/var/www/html${new URL(media.source_url).pathname}`, expected: sum(data) };
}

/** Reads the files from every replica. */
export async function identical(files: Upload[]): Promise<Copies> {
  const pods = await readyPods("frontend");
  const args = (pod: string, file: string) => ["exec", pod, "-c", "wordpress", "--", "sha256sum", file];
  const sums = await Promise.all(
    pods.flatMap(({ metadata }) =>
      files.map(async ({ file, expected }) =>
        (await inNamespace(args(metadata.name, file))).startsWith(expected),
      ),
    ),
  );
  return { same: sums.filter(Boolean).length, of: sums.length };
}
