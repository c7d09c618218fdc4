import { namespacePids } from "../../local/cluster/processes.ts";
import { pids, readProc } from "../../local/toolchain/proc.ts";
import type { Pod } from "./kube.ts";

/** Processes of a pod's containers as the host numbers them, found by the pod's control group; pause is left out. */
export function processesOf({ metadata }: Pod): { pid: number; init: boolean; program: string }[] {
  return pids().flatMap((pid) => {
    if (!readProc(pid, "cgroup").includes(metadata.uid)) return [];
    const program = readProc(pid, "comm").trim();
    const init = namespacePids(readProc(pid, "status")).at(-1) === 1;
    return program === "pause" ? [] : [{ pid, init, program }];
  });
}

/** Sends a signal to the pod's programs: to process 1 of the container, or to all of them. */
export function signalPod(pod: Pod, signal: NodeJS.Signals, which: "first" | "all"): void {
  const chosen = processesOf(pod).filter(({ init }) => which === "all" || init);
  if (chosen.length === 0) throw new Error(`${pod.metadata.name} has no process`);
  for (const { pid } of chosen) process.kill(pid, signal);
}
