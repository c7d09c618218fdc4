import { existsSync, readdirSync, rmSync } from "node:fs";
import { endOrphans } from "../toolchain/orphans.ts";
import { signal } from "../toolchain/proc.ts";
import type { Report } from "../toolchain/progress.ts";
import { waitUntil } from "../toolchain/wait-until.ts";
import { withCeph } from "./ceph.ts";
import { ourCgroups, removeCgroups } from "./cgroups.ts";
import { detachDisks } from "./disks.ts";
import { stateDir, statePath } from "./layout.ts";
import { requireOwnership, withLock } from "./lock.ts";
import { contained, killAll, ourProcesses } from "./processes.ts";

/**
 * Stops the cluster; what is not running is fine. Nothing stays but the files in the cache.
 * @param purge deletes those as well: volumes, etcd, keys, logs, unpacked images
 */
export async function stopCluster(options: { purge?: boolean; report?: Report } = {}): Promise<void> {
  const { purge = false, report = () => {} } = options;
  await withLock("stop", report, async () => {
    requireOwnership();
    await endEverything(report);
    if (purge) rmSync(stateDir(), { recursive: true, force: true, maxRetries: 5 });
    report(purge ? "stopped; the data is deleted" : "stopped; the data is kept for the next start");
  });
}

/** Ends all processes of our cluster and removes what they leave: control groups, disks and sockets. */
export async function endEverything(report: Report): Promise<void> {
  endOrphans();
  await endContainers(report);
  await killAll(ourProcesses);
  const removed = () => {
    if (ourCgroups().length > 0) removeCgroups();
    return ourCgroups().length === 0;
  };
  const hint = () => `: ${ourCgroups().join(", ")} are still in use`;
  await waitUntil("the end of the control groups", 30, removed, { pause: 50, hint });
  if (withCeph()) await detachDisks();
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
  await waitUntil("the end of containers", 10, () => inits().length === 0).catch(() => {});
}
