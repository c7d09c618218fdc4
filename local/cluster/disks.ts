import { existsSync, truncateSync, writeFileSync } from "node:fs";
import { run } from "../toolchain/process.ts";
import { nodePath, stateDir } from "./layout.ts";

/** Size of a node's disk, in GiB. The file takes what is written to it. */
const gib = 6;

interface LoopDevice {
  /** For example /dev/loop0. */
  readonly name: string;
  readonly file: string;
}

/** The loop devices on files of our clusters. */
export async function ourDisks(): Promise<LoopDevice[]> {
  const options = ["--list", "--noheadings", "--raw", "--output", "NAME,BACK-FILE"];
  const lines = (await run("losetup", options).catch(() => "")).split("\n");
  const devices = lines.map((line) => line.split(" ")).map(([name = "", file = ""]) => ({ name, file }));
  return devices.filter(({ file }) => file.startsWith(`${stateDir()}/`));
}

/** Gives a node its disk, a loop device on a file of its folder, and returns the device. */
export async function attachDisk(node: string): Promise<string> {
  const file = nodePath(node, "disk.img");
  const attached = (await ourDisks()).find((disk) => disk.file === file);
  if (attached) return attached.name;
  if (!existsSync(file)) {
    writeFileSync(file, "", { mode: 0o600 });
    truncateSync(file, gib * 2 ** 30);
  }
  return (await run("losetup", ["--find", "--show", file])).trim();
}

/** Takes all disks away again; their files stay. */
export async function detachDisks(): Promise<void> {
  for (const { name } of await ourDisks()) await run("losetup", ["--detach", name]);
}
