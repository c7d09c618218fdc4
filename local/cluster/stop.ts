import { existsSync, readdirSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { endOrphans } from "../toolchain/orphans.ts";
import type { Report } from "../toolchain/progress.ts";
import { ourCgroups, removeCgroups } from "./cgroups.ts";
import { stateDir, statePath } from "./layout.ts";
import { requireOwnership, withLock } from "./lock.ts";
import { contained, killAll, ourProcesses, signal } from "./processes.ts";

/** How to stop. */
export interface StopOptions {
  /** Also delete the data: volumes, etcd, keys, logs, unpacked images. Default false. */
  readonly purge?: boolean;
  readonly report?: Report;
}

/** Stops the cluster; what is not running is fine. Nothing stays but the files in the cache, with `purge` not those either. */
export async function stopCluster(options: StopOptions = {}): Promise<void> {
  const report = options.report ?? (() => {});
  await withLock("stop", report, async () => {
    requireOwnership();
    await endEverything(report);
    if (options.purge) rmSync(stateDir(), { recursive: true, force: true, maxRetries: 5 });
    report(options.purge ? "stopped; the data is deleted" : "stopped; the data is kept for the next start");
  });
}

/** Ends all processes of our cluster and removes what they leave: control groups and sockets. */
export async function endEverything(report: Report): Promise<void> {
  endOrphans();
  await endContainers(report);
  await killAll(ourProcesses);
  for (let tries = 0; ourCgroups().length > 0; tries++) {
    removeCgroups();
    if (tries > 100) throw new Error(`Control groups are still in use after 5 s: ${ourCgroups().join(", ")}`);
    await sleep(50);
  }
  for (const file of existsSync(statePath("run")) ? readdirSync(statePath("run")) : [])
    if (file.endsWith(".sock")) rmSync(statePath("run", file));
}

/** Asks what runs in containers to end, databases above all, for ten seconds at most. */
async function endContainers(report: Report): Promise<void> {
  const inits = () => contained().filter((process) => process.containerInit);
  const asked = inits();
  if (asked.length === 0) return;
  report(`ending ${asked.length} containers`);
  // A stopped kubelet starts nothing again.
  for (const { pid, program } of ourProcesses()) if (program === "kubelet") signal(pid, "SIGSTOP");
  for (const { pid } of asked) signal(pid, "SIGTERM");
  for (let tries = 0; tries < 100 && inits().length > 0; tries++) await sleep(100);
}
