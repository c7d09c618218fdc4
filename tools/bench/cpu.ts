import { readdirSync, readFileSync } from "node:fs";

/** Ticks of the kernel's clock in a second (USER_HZ). */
const ticks = 100;

/** What stands for each program, by the names the kernel knows its processes under. */
const programs: Record<string, string> = {
  apache2: "Apache and PHP",
  mysqld: "MySQL",
  varnishd: "Varnish",
  "cache-main": "Varnish",
  traefik: "Traefik",
  socat: "way in (socat)",
  fortio: "load (fortio)",
};

/** CPU seconds by program; all others are `rest`. */
export type CpuSeconds = Record<string, number>;

/** Starts metering the whole machine; the function returned says what was used since. */
export function meterCpu(): () => CpuSeconds {
  const before = usage();
  return () => {
    const after = usage();
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    const used = [...names].map((name) => [name, (after[name] ?? 0) - (before[name] ?? 0)] as const);
    const { all = 0, ...known } = Object.fromEntries(used);
    const sum = Object.values(known).reduce((total, figure) => total + figure, 0);
    return { ...known, rest: Math.max(0, all - sum) };
  };
}

function usage(): CpuSeconds {
  const used: CpuSeconds = { all: machineUsage() };
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const [command, seconds] = processUsage(pid);
    const name = programs[command];
    if (name !== undefined) used[name] = (used[name] ?? 0) + seconds;
  }
  return used;
}

/** Everything but idling and waiting. */
function machineUsage(): number {
  const [, ...fields] = readFileSync("/proc/stat", "utf8").split("\n", 1)[0]?.split(/\s+/).map(Number) ?? [];
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = fields;
  return (user + nice + system + irq + softirq) / ticks;
}

/** Name of a process, and what it and the children it has seen end have used. */
function processUsage(pid: string): [string, number] {
  try {
    const [, command = "", rest = ""] =
      /\((.*)\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    const fields = rest.split(" ").slice(11, 15).map(Number);
    return [command, fields.reduce((total, figure) => total + figure, 0) / ticks];
  } catch {
    return ["", 0]; // It has just ended.
  }
}
