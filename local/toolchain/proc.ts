import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Ids of all processes of this machine; none where it is not Linux. */
export function pids(): number[] {
  return existsSync("/proc") ? readdirSync("/proc").map(Number).filter(Number.isInteger) : [];
}

/** A file of a process in `/proc`; empty once that has ended. */
export function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

/** Value of a variable in the text of `/proc/PID/environ`. */
export function environmentValue(environ: string, name: string): string | undefined {
  const entry = environ.split("\0").find((line) => line.startsWith(`${name}=`));
  return entry?.slice(name.length + 1);
}

/** Sends a signal; a process that is already gone is fine. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // gone
  }
}
