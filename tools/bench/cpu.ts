import { readFileSync } from "node:fs";
import { pids, readProc } from "../../local/toolchain/proc.ts";

/** Ticks of the kernel's clock in a second (USER_HZ). */
const ticks = 100;

/** What stands for each program, by the names the kernel knows its processes under, in containers or not. */
const programs: Record<string, string> = {
  apache2: "Apache and PHP",
  mysqld: "MySQL",
  varnishd: "Varnish",
  "cache-main": "Varnish",
  traefik: "Traefik",
  socat: "way in (socat)",
};

/** The load generator has ended when its use is asked for: what it took counts with this process' children. */
const load = "load (fortio)";

/** CPU seconds by program; all others are `rest`. */
export type CpuSeconds = Record<string, number>;

/** A process of one of the programs at some time. */
export interface Sample {
  program: string;
  parent: number;
  /** When it started, in ticks: a process id may be given again. */
  start: number;
  /** Used by itself and by those of its children that it has seen end. */
  seconds: number;
}

/** All of them, by process id, and the whole machine's use. */
export interface Snapshot {
  all: number;
  processes: Map<number, Sample>;
}

/** Starts metering the whole machine; the function returned says what was used since. */
export function meterCpu(): () => CpuSeconds {
  const before = takeSnapshot();
  return () => usedBetween(before, takeSnapshot());
}

/** What was used between two looks at the machine. */
export function usedBetween(before: Snapshot, after: Snapshot): CpuSeconds {
  const used: CpuSeconds = {};
  const add = (program: string, seconds: number) => {
    used[program] = (used[program] ?? 0) + seconds;
  };
  for (const { program, seconds } of after.processes.values()) add(program, seconds);
  for (const [pid, { program, seconds }] of before.processes) {
    if (isCounted(pid, before, after)) add(program, -seconds);
  }
  const known = Object.values(used).reduce((sum, seconds) => sum + seconds, 0);
  return { ...used, rest: Math.max(0, after.all - before.all - known) };
}

/**
 * Whether the later figures hold what this process had used before: when it still runs, or has ended as a child of
 * one whose figures they hold. A container that is gone has taken its figures along.
 */
function isCounted(pid: number, before: Snapshot, after: Snapshot): boolean {
  const own = before.processes.get(pid);
  if (own === undefined) return false;
  if (after.processes.get(pid)?.start === own.start) return true;
  const { parent, program } = own;
  return before.processes.get(parent)?.program === program && isCounted(parent, before, after);
}

function takeSnapshot(): Snapshot {
  const processes = new Map<number, Sample>();
  for (const pid of pids()) {
    const found = readProcess(pid);
    if (found) processes.set(pid, found);
  }
  return { all: machineUsage(), processes };
}

/** Everything but idling and waiting. */
function machineUsage(): number {
  const [, ...fields] = readFileSync("/proc/stat", "utf8").split("\n", 1)[0]?.split(/\s+/).map(Number) ?? [];
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = fields;
  return (user + nice + system + irq + softirq) / ticks;
}

/** A process of one of the programs; undefined for any other, and for one that has just ended. */
function readProcess(pid: number): Sample | undefined {
  const [, command = "", rest = ""] = /\((.*)\) (.*)/s.exec(readProc(pid, "stat")) ?? [];
  if (rest === "") return undefined;
  const self = pid === process.pid;
  const program = self ? load : programs[command];
  if (program === undefined) return undefined;
  // proc(5): ppid is the fourth field, utime and stime with the children's are 14 to 17, starttime is the 22nd.
  const fields = rest.split(" ").map(Number);
  const [own = 0, ownSystem = 0, children = 0, childrenSystem = 0] = fields.slice(11, 15);
  const used = self ? children + childrenSystem : own + ownSystem + children + childrenSystem;
  return { program, parent: fields[1] ?? 0, start: fields[19] ?? 0, seconds: used / ticks };
}
