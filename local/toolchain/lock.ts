import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheDir, contentKey } from "./cache.ts";
import { duration, type Report } from "./progress.ts";

/** Longest wait for another build, in seconds: a complete cold one with reserve. */
const patience = 3600;

/**
 * Waits until no other process has this lock of the cache, which several checkouts share, and takes it.
 * @param name what the lock is for
 * @param seconds longest wait
 * @returns gives the lock back
 */
export function takeCacheLock(name: string, report: Report, seconds = patience): Promise<() => void> {
  return takeLock(`${contentKey([cacheDir()])}-${name}`, `building in ${cacheDir()}`, report, seconds);
}

/**
 * Waits until no other process of this machine has the lock, and takes it. It is an abstract Unix socket of Linux: free
 * again the moment its holder ends, however that ends, and whoever connects is told what the holder does.
 * @param work what this process will do, for those who wait
 * @param seconds longest wait
 * @returns gives the lock back
 */
export async function takeLock(
  name: string,
  work: string,
  report: Report,
  seconds: number,
): Promise<() => void> {
  const start = Date.now();
  let told = Number.NEGATIVE_INFINITY;
  for (;;) {
    const server = await tryLock(socketOf(name), `${work} (process ${process.pid})`);
    if (server) return () => server.close();
    const elapsed = Date.now() - start;
    const holder = await askHolder(socketOf(name));
    if (elapsed >= seconds * 1000)
      throw new Error(`Gave up after ${duration(elapsed)}: another process is still ${holder}.`);
    if (elapsed - told >= 15_000) {
      told = elapsed;
      report(`waiting for another process that is ${holder}, ${duration(elapsed)} so far`);
    }
    await sleep(250);
  }
}

function socketOf(name: string): string {
  return `\0wordpress-kubernetes-${name}`;
}

function tryLock(socket: string, words: string): Promise<net.Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = net.createServer((client) => {
      client.on("error", () => {});
      client.end(words);
    });
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen(socket, () => resolve(server));
  });
}

function askHolder(socket: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const client = net.connect(socket);
    client.setTimeout(2000, () => client.destroy());
    client.on("data", (data) => {
      answer += data;
    });
    client.on("error", () => {});
    client.on("close", () => resolve(answer || "at work"));
  });
}
