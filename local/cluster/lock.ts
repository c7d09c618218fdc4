import { existsSync } from "node:fs";
import { takeLock } from "../toolchain/lock.ts";
import type { Report } from "../toolchain/progress.ts";
import { checkout, stateDir } from "./layout.ts";
import { clusterProcesses } from "./processes.ts";

/** Longest wait for another command, in seconds. */
const longestWait = 600;

/** Does `work` while no other command of any checkout changes the machine's embedded cluster. */
export async function withLock<T>(command: string, report: Report, work: () => Promise<T>): Promise<T> {
  const doing = `running "cluster ${command}" of ${checkout}`;
  const release = await takeLock("cluster", doing, report, longestWait);
  return work().finally(release);
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
