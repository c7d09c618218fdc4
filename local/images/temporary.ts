import { mkdirSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const prefix = "wordpress-kubernetes-image-";
let count = 0;

/**
 * A folder for a root file system while it is built. Not in the cache: apt's download user must be able to enter
 * it, which a home directory may not allow. Named by this process, so that a later run recognises what a killed
 * one left behind, and removes it here.
 */
export function temporaryFolder(base = os.tmpdir()): string {
  for (const name of readdirSync(base)) {
    const owner = new RegExp(`^${prefix}(\\d+)-\\d+$`).exec(name)?.[1];
    if (owner && !isAlive(Number(owner))) removeFolder(path.join(base, name));
  }
  count += 1;
  const folder = path.join(base, `${prefix}${process.pid}-${count}`);
  mkdirSync(folder, { mode: 0o755 });
  return folder;
}

/** Removes a folder made by {@link temporaryFolder}. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
