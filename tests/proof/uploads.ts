import { createHash, randomBytes } from "node:crypto";
import { WordPressSession } from "../e2e/wordpress-session.ts";
import type { Finding } from "./findings.ts";
import { inNamespace, podsOf, settled } from "./kube.ts";

const sum = (data: Buffer) => createHash("sha256").update(data).digest("hex");

interface Upload {
  id: number;
  /** Path in the pods. */
  file: string;
  expected: string;
}

/** Two large files at once through Traefik, read back from every replica before and after all pods are deleted. */
export async function uploads({ mebibytes }: { mebibytes: number }): Promise<Finding[]> {
  await settled();
  const session = await WordPressSession.login();
  const begun = Date.now();
  const files = await Promise.all(["one", "two"].map((name) => upload(session, name, mebibytes)));
  const took = (Date.now() - begun) / 1000;
  const before = await identical(files);
  await inNamespace(["delete", "pods", "-l", "tier=frontend", "--wait=false"]);
  await settled();
  const after = await identical(files);
  // The pods that served the session are gone; the salts and so the login are not.
  for (const { id } of files) await session.rest("DELETE", `/media/${id}?force=true`);
  const finding = (claim: string, { same, of }: { same: number; of: number }): Finding => ({
    claim,
    measured: `${same} of ${of} copies identical`,
    sample: `2 files of ${mebibytes} MiB uploaded at once in ${took.toFixed(0)} s, read from every replica`,
    mark: "all identical",
    passed: of > 0 && same === of,
  });
  return [
    finding("Uploads are the same on every replica", before),
    finding("Uploads survive the deletion of all pods", after),
  ];
}

async function upload(session: WordPressSession, name: string, mebibytes: number): Promise<Upload> {
  const data = randomBytes(mebibytes * 2 ** 20);
  const media = await session.upload(`proof-${name}.zip`, "application/zip", data);
  return { id: media.id, file: `/var/www/html${new URL(media.source_url).pathname}`, expected: sum(data) };
}

async function identical(files: Upload[]): Promise<{ same: number; of: number }> {
  const pods = await podsOf("frontend");
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
