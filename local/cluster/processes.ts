import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { environmentValue, pids, readProc, signal } from "../toolchain/proc.ts";
import { waitUntil } from "../toolchain/wait-until.ts";
import { launcherFiles, processesInOurCgroups } from "./cgroups.ts";
import { checkout, stateDir } from "./layout.ts";

/** Environment variables every process of a cluster carries: they survive lost pid files and killed parents. */
const marks = {
  part: "WORDPRESS_KUBERNETES_PART",
  state: "WORDPRESS_KUBERNETES_STATE",
  checkout: "WORDPRESS_KUBERNETES_CHECKOUT",
} as const;

/** A process of an embedded cluster on this machine, whoever started it. */
export interface ClusterProcess {
  readonly pid: number;
  /** What it belongs to: a node's name, `lan`, `host-api`, … */
  readonly part: string;
  /** State folder of its cluster. */
  readonly state: string;
  /** Checkout that started it. */
  readonly checkout: string;
  /** Whether it is process 1 of its node. */
  readonly init: boolean;
  /** Program's name as the kernel knows it. */
  readonly program: string;
}

/** Process ids from the outermost namespace to the innermost, from the text of `/proc/PID/status`. */
export function namespacePids(status: string): number[] {
  const line = /^NSpid:\s*(.*)$/m.exec(status)?.[1] ?? "";
  return line.split(/\s+/).filter(Boolean).map(Number);
}

/** Every marked process on this machine. */
export function clusterProcesses(): ClusterProcess[] {
  return pids().flatMap((pid) => {
    const environ = readProc(pid, "environ");
    const part = environmentValue(environ, marks.part);
    if (!part) return [];
    const status = readProc(pid, "status");
    const ids = namespacePids(status);
    return {
      pid,
      part,
      state: environmentValue(environ, marks.state) ?? "",
      checkout: environmentValue(environ, marks.checkout) ?? "",
      init: ids.length === 2 && ids[1] === 1,
      program: /^Name:\s*(.*)$/m.exec(status)?.[1] ?? "",
    };
  });
}

/** Marked processes of this state folder. */
export function ourProcesses(): ClusterProcess[] {
  return clusterProcesses().filter((process) => process.state === stateDir());
}

/** Process 1 of a running node. */
export function nodeInit(node: string): number | undefined {
  return ourProcesses().find((process) => process.part === node && process.init)?.pid;
}

/** Processes in our cgroups, marked or not: also what runs in containers. */
export function contained(): { pid: number; containerInit: boolean }[] {
  return processesInOurCgroups().map((pid) => {
    const ids = namespacePids(readProc(pid, "status"));
    return { pid, containerInit: ids.length > 2 && ids.at(-1) === 1 };
  });
}

export interface DetachedOptions {
  /** What the process belongs to, see {@link ClusterProcess.part}. */
  readonly part: string;
  /** File that takes its output, replaced at each start. */
  readonly log: string;
  /** Working folder. */
  readonly cwd: string;
  /** Folder searched for programs before the usual ones. */
  readonly binaries?: string;
}

const detach = path.join(import.meta.dirname, "detach.sh");

/** Starts a marked process that outlives this one: a session of its own, no terminal, none of our environment. */
export function startDetached(command: readonly string[], options: DetachedOptions): number {
  const usual = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  const log = openSync(options.log, "w");
  const child = spawn("bash", [detach, ...launcherFiles(), "--", ...command], {
    cwd: options.cwd,
    detached: true,
    stdio: ["ignore", log, log],
    env: {
      PATH: options.binaries ? `${options.binaries}:${usual}` : usual,
      HOME: os.homedir(),
      LANG: "C.UTF-8",
      [marks.part]: options.part,
      [marks.state]: stateDir(),
      [marks.checkout]: checkout,
    },
  });
  closeSync(log);
  // A program that cannot be started shows as one that is not there; whoever waits for it says so.
  child.on("error", () => {});
  child.unref();
  return child.pid ?? 0;
}

/** Kills marked processes until none is left, and with each node's process 1 everything inside it. */
export async function killAll(select: () => ClusterProcess[]): Promise<void> {
  await waitUntil("the end of processes after SIGKILL", 30, () => {
    const alive = select();
    for (const { pid } of alive) signal(pid, "SIGKILL");
    if (alive.length === 0) return;
    const left = alive.map(({ pid, program }) => `${program} (${pid})`);
    throw new Error(`there are ${left.join(", ")}; restart the machine if they stay.`);
  });
}
