import path from "node:path";
import { cachePath } from "./cache.ts";
import { environmentValue, pids, readProc, signal } from "./proc.ts";

/**
 * Plugins that a killed CLI left running; they would wait for ever. Those of an engine at work have the CLI for a
 * parent, and those of a user's own engine have another PULUMI_HOME. Elsewhere than on Linux nothing tells whose a
 * process is, and there they stay.
 */
export function orphans(): { pid: number; program: string }[] {
  return pids().flatMap((pid) => {
    const words = readProc(pid, "cmdline").split("\0");
    const program = words.find((word) => /pulumi-resource-|random-provider\.ts$/.test(word));
    if (program === undefined || !isOurs(pid)) return [];
    const parent = Number(/^PPid:\t(\d+)$/m.exec(readProc(pid, "status"))?.[1]);
    // Without a parent it has ended meanwhile.
    return !parent || readProc(parent, "comm").trim() === "pulumi" ? [] : [{ pid, program }];
  });
}

/** Ends them. */
export function endOrphans(): void {
  for (const { pid } of orphans()) signal(pid, "SIGKILL");
}

function isOurs(pid: number): boolean {
  const home = environmentValue(readProc(pid, "environ"), "PULUMI_HOME") ?? "";
  return `${home}${path.sep}`.startsWith(`${cachePath("pulumi")}${path.sep}`);
}
