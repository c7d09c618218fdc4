import { existsSync } from "node:fs";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { duration, type Report } from "../toolchain/progress.ts";
import { checkout, stateDir } from "./layout.ts";
import { clusterProcesses } from "./processes.ts";

/**
 * An abstract Unix socket: one for the whole machine, and free again the moment its holder ends, however it ends.
 * Whoever connects is told who holds it.
 */
const socketName = "\0wordpress-kubernetes-cluster";

/** Longest wait for another command, in milliseconds. */
const longestWait = 10 * 60_000;

/** Does `work` while no other command of any checkout changes the machine's embedded cluster. */
export async function withLock<T>(command: string, report: Report, work: () => Promise<T>): Promise<T> {
  const start = Date.now();
  let told = 0;
  let server = await tryLock(command);
  while (!server) {
    const holder = await askHolder();
    const elapsed = Date.now() - start;
    if (elapsed > longestWait)
      throw new Error(`Gave up after ${duration(elapsed)}: ${holder} is still at work.`);
    if (elapsed - told >= 15_000 || told === 0) {
      told = elapsed || 1;
      report(`waiting for ${holder}, ${duration(elapsed)} so far`);
    }
    await sleep(250);
    server = await tryLock(command);
  }
  try {
    return await work();
  } finally {
    server.close();
  }
}

function tryLock(command: string): Promise<net.Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => {
      socket.on("error", () => {});
      socket.end(`"cluster ${command}" of ${checkout} (process ${process.pid})`);
    });
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen(socketName, () => resolve(server));
  });
}

function askHolder(): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = net.connect(socketName);
    socket.setTimeout(2000, () => socket.destroy());
    socket.on("data", (data) => {
      answer += data;
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer || "another command"));
  });
}

/** Whose cluster a machine runs. */
export interface Owner {
  readonly checkout: string;
  readonly state: string;
}

/** The owner of the cluster that runs on this machine, told by its processes; undefined when there is none. */
export function runningOwner(): Owner | undefined {
  const [process] = clusterProcesses();
  return process && { checkout: process.checkout, state: process.state };
}

/** Throws when the machine's cluster belongs to another checkout or another cache folder. */
export function requireOwnership(owner: Owner | undefined = runningOwner()): void {
  if (!owner || (owner.state === stateDir() && (owner.checkout === checkout || !existsSync(owner.checkout))))
    return;
  const cache = owner.state.replace(/\/cluster$/, "");
  throw new Error(
    `This machine already runs the embedded cluster of ${owner.checkout} (cache ${cache}), and has room for one. ` +
      `Stop it with: cd ${owner.checkout} && WORDPRESS_KUBERNETES_CACHE=${cache} npm run cluster -- stop`,
  );
}
