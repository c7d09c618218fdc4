import { existsSync, mkdirSync, readFileSync, realpathSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { run } from "../toolchain/process.ts";
import { nodePath, stateDir } from "./layout.ts";

/** Size of a node's disk, in GiB. The file takes what is written to it. */
const gib = 6;

interface LoopDevice {
  /** For example /dev/loop0. */
  readonly name: string;
  readonly file: string;
}

/** The file of a node's disk by the name the kernel has for it: without symbolic links. */
export function diskFile(node: string): string {
  return path.join(realpathSync(nodePath(node)), "disk.img");
}

/** The loop devices on files of our cluster. */
export async function ourDisks(): Promise<LoopDevice[]> {
  if (!existsSync(stateDir())) return [];
  const ours = `${realpathSync(stateDir())}/`;
  return devicesIn(await run("losetup", ["--list", "--json"])).filter(({ file }) => file.startsWith(ours));
}

/** What `losetup --list --json` has printed, which is nothing where there is no device. */
export function devicesIn(text: string): LoopDevice[] {
  const { loopdevices = [] } = JSON.parse(text || "{}") as { loopdevices?: Record<string, string>[] };
  return loopdevices.map(({ name = "", "back-file": file }) => ({ name, file: file ?? "" }));
}

/**
 * Gives a node its disk, a loop device on a file of its folder, and returns the device: the one it had before, by whose
 * name Ceph's daemon looks for it, as long as nobody else has that.
 */
export async function attachDisk(node: string): Promise<string> {
  mkdirSync(nodePath(node), { recursive: true });
  const file = diskFile(node);
  const attached = (await ourDisks()).find((disk) => disk.file === file);
  if (attached) return attached.name;
  if (!existsSync(file)) {
    writeFileSync(file, "", { mode: 0o600 });
    truncateSync(file, gib * 2 ** 30);
  }
  const record = nodePath(node, "disk-device");
  const before = existsSync(record) ? readFileSync(record, "utf8") : undefined;
  const attach = (where: string[]) => run("losetup", ["--show", ...where, file]);
  const name = await attach([before ?? "--find"])
    .catch(() => attach(["--find"]))
    .then((text) => text.trim());
  writeFileSync(record, name);
  return name;
}

/** Takes all disks away again; their files stay. */
export async function detachDisks(): Promise<void> {
  const detached = (await ourDisks()).map(({ name }) => run("losetup", ["--detach", name]));
  // One that has gone by itself meanwhile is as good.
  await Promise.allSettled(detached);
  const left = await ourDisks();
  if (left.length === 0) return;
  throw new Error(
    `${left.map(({ name }) => name).join(", ")} cannot be detached; see what uses them: lsof, mount`,
  );
}
