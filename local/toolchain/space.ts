import { statfs } from "node:fs/promises";
import { cacheFolder } from "./cache.ts";

/** Free space in the file system of a folder, the cache by default, in GiB. */
export async function freeSpace(folder = cacheFolder()): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return (bavail * bsize) / 2 ** 30;
}

/** Fails with the remedy when the cache's file system has less than `needed` GiB free. */
export async function requireSpace(needed: number, what: string): Promise<void> {
  const free = await freeSpace();
  if (free >= needed) return;
  throw new Error(
    `${what} needs ${needed.toFixed(0)} GiB of free disk in ${cacheFolder()} and there are ${free.toFixed(1)}: free some, or set WORDPRESS_KUBERNETES_CACHE to a folder on a larger disk.`,
  );
}
