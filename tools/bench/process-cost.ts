import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";

/** What a command took, with all processes it started. */
export interface Cost {
  /** From start to end, in seconds. */
  wall: number;
  /** User and system time, in seconds. */
  cpu: number;
  /** Most resident memory of all its processes at one time, in MiB; what they share counts for each. */
  memory: number;
  output: string;
}

/** Between two looks at the memory, in milliseconds. */
const interval = 100;

/** Runs a command to its end; rejects when it fails. `minutes` bounds it. */
export async function costOf(
  command: string[],
  options: { cwd: string; env: Record<string, string>; minutes: number },
): Promise<Cost> {
  const begun = performance.now();
  // bash's `times` counts the processes below it that have been waited for. The command ends with bash, should that
  // be ended when its time is up.
  const script = 'setpriv --pdeathsig TERM "$@" 2>&1; code=$?; times >&2; exit $code';
  const shell = execa("bash", ["-c", script, "bash", ...command], {
    ...options,
    stdin: "ignore",
    reject: false,
    timeout: options.minutes * 60_000,
  });
  let memory = 0;
  let done = false;
  const watch = (async () => {
    for (; !done; await sleep(interval)) memory = Math.max(memory, residentBelow(shell.pid ?? 0));
  })();
  const { stdout, stderr, exitCode } = await shell;
  const wall = (performance.now() - begun) / 1000;
  done = true;
  await watch;
  if (exitCode !== 0) throw new Error(`${command.join(" ")} ended with ${exitCode}:\n${stdout}`);
  return { wall, cpu: childTimes(stderr), memory, output: stdout };
}

/** The second line of `times` holds the children's: `0m2.340s 0m0.310s`. */
function childTimes(text: string): number {
  const line = text.trim().split("\n").at(-1) ?? "";
  return [...line.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, m, s]) => sum + Number(m) * 60 + Number(s),
    0,
  );
}

/** Resident memory of a process and all below it, in MiB; 0 for one that has ended. */
function residentBelow(pid: number): number {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
    return childrenOf(pid).reduce((sum, child) => sum + residentBelow(child), pages / 256);
  } catch {
    return 0;
  }
}

/** Each thread has children of its own. */
function childrenOf(pid: number): number[] {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks)
    .flatMap((task) => readFileSync(`${tasks}/${task}/children`, "utf8").trim().split(" "))
    .filter(Boolean)
    .map(Number);
}
