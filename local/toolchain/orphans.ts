import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { cachePath } from "./cache.ts";

/** A plugin of one of this project's engines that outlived its CLI. */
export interface Orphan {
  readonly pid: number;
  readonly program: string;
}

/**
 * Plugins that a killed CLI left running; they would wait for ever. Those of an engine at work have the CLI for a
 * parent, and those of a user's own engine have another PULUMI_HOME.
 */
export function orphans(): Orphan[] {
  return readdirSync("/proc").flatMap((entry) => {
    try {
      const words = read(entry, "cmdline").split("\0");
      const program = words.find((word) => /pulumi-resource-|random-provider\.ts$/.test(word));
      if (program === undefined || !isOurs(entry)) return [];
      const parent = /^PPid:\t(\d+)$/m.exec(read(entry, "status"))?.[1] ?? "";
      return read(parent, "comm").trim() === "pulumi" ? [] : [{ pid: Number(entry), program }];
    } catch {
      // Not a process, or one that has ended meanwhile.
      return [];
    }
  });
}

/** Ends them. */
export function endOrphans(): void {
  for (const { pid } of orphans()) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
}

function isOurs(pid: string): boolean {
  const home = `PULUMI_HOME=${cachePath("pulumi")}${path.sep}`;
  return read(pid, "environ")
    .split("\0")
    .some((variable) => `${variable}${path.sep}`.startsWith(home));
}

function read(pid: string, file: string): string {
  return readFileSync(`/proc/${pid}/${file}`, "utf8");
}
