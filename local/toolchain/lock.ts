import { spawn } from "node:child_process";
import { once } from "node:events";
import { cacheFolder } from "./cache.ts";
import type { Report } from "./progress.ts";

/** Longest wait for another process, in seconds: a complete cold build with reserve. */
const patience = 3600;

/**
 * Waits until no other process has this lock of the cache, which several checkouts share, and takes it. The lock is
 * the kernel's: it ends with its holder, however that ends.
 * @param name what the lock is for; also the name of its file in the cache
 * @returns gives the lock back
 */
export async function takeLock(name: string, report: Report): Promise<() => Promise<void>> {
  const file = `${cacheFolder()}/${name}.lock`;
  // The helper holds the lock until its input ends, which happens when this process does.
  const holder = spawn("flock", ["--timeout", String(patience), file, "sh", "-c", "echo locked; exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(holder, "close");
  const notice = () => report(`waiting for another process that is building the same (it holds ${file})`);
  const waiting = setTimeout(notice, 1000);
  const answer = await Promise.race([once(holder.stdout, "data"), ended.then(() => undefined)]);
  clearTimeout(waiting);
  if (!answer) {
    throw new Error(
      `Another process has been building for an hour (it holds ${file}): end it and try again.`,
    );
  }
  return async () => {
    holder.stdin.end();
    await ended;
  };
}
