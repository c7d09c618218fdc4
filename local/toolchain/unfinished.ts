import { existsSync } from "node:fs";
import { cachePath, removeDrafts } from "./cache.ts";
import { removeGoCaches } from "./go.ts";
import { takeCacheLock } from "./lock.ts";
import type { Report } from "./progress.ts";

/** What is made in the cache, by the lock of whoever makes it, and the folder it is made in. */
const makers = { toolchain: "bin", images: "images" };

/** Removes what killed builds left in the cache, Go's own caches among it; a build under way keeps what it has. */
export async function removeUnfinished(report: Report): Promise<void> {
  for (const [lock, folder] of Object.entries(makers)) {
    if (!existsSync(cachePath(folder))) continue;
    const release = await takeCacheLock(lock, report, 0).catch(() => undefined);
    if (release === undefined) {
      report(`something is being built in ${cachePath(folder)}: it stays`);
      continue;
    }
    removeDrafts(cachePath(folder));
    if (lock === "toolchain") removeGoCaches();
    release();
  }
}
