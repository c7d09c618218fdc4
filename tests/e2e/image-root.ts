import { mkdirSync, rmSync } from "node:fs";
import { ensureImages } from "../../local/images/index.ts";
import { dataPath } from "../../local/toolchain/cache.ts";
import { run } from "../../local/toolchain/process.ts";
import { withProgress } from "../../local/toolchain/progress.ts";

/** Where the archive of one of the embedded cluster's images is. */
export async function imageArchive(name: string): Promise<string> {
  const images = await withProgress("Images", ensureImages);
  const archive = images.find((image) => image.name === name)?.archive;
  if (archive === undefined) throw new Error(`there is no recipe for ${name}`);
  return archive;
}

/** Unpacks the root file system of one of the embedded cluster's images; its folder, for whoever removes it. */
export async function unpackImage(name: string, folder: string): Promise<string> {
  const archive = await imageArchive(name);
  // With the tests' cluster, and gone with it should this process be killed.
  const root = dataPath(folder);
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  const script = `tar -xOf "$0" layer.tar | tar -x -C "$1"`;
  await run("bash", ["-o", "pipefail", "-c", script, archive, root], { timeout: 120_000 });
  return root;
}

/** Before a command: namespaces of its own, so that its ports are free and its mounts go with it, and an end with this process. */
export const apart = "--pdeathsig KILL unshare --mount --net --pid --fork --kill-child".split(" ");
