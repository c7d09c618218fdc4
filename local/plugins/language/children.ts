/** Processes this host has started; none outlives it. */
import type { ChildProcess } from "node:child_process";

const children = new Set<ChildProcess>();

/** Takes care that the process ends with this one. */
export function endsWithUs<T extends ChildProcess>(child: T): T {
  children.add(child);
  child.once("close", () => children.delete(child));
  return child;
}

/** Its exit code; rejects where it could not even be started. */
export function exitCodeOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
}

process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});
