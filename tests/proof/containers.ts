import { readdirSync, readFileSync } from "node:fs";
import { namespacePids } from "../../local/cluster/processes.ts";
import type { Pod } from "./kube.ts";

/** Processes of a pod's containers as the host numbers them, found by the pod's control group; pause is left out. */
export function processesOf({ metadata }: Pod): { pid: number; init: boolean; program: string }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const text = (file: string) => {
        try {
          return readFileSync(`/proc/${name}/${file}`, "utf8");
        } catch {
          return ""; // the process ended meanwhile
        }
      };
      if (!text("cgroup").includes(metadata.uid)) return [];
      const program = text("comm").trim();
      return program === "pause"
        ? []
        : [{ pid: Number(name), init: namespacePids(text("status")).at(-1) === 1, program }];
    });
}

/** Sends a signal to the pod's programs: to process 1 of the container, or to all of them. */
export function signalPod(pod: Pod, signal: NodeJS.Signals, which: "first" | "all"): void {
  const chosen = processesOf(pod).filter(({ init }) => which === "all" || init);
  if (chosen.length === 0) throw new Error(`${pod.metadata.name} has no process`);
  for (const { pid } of chosen) process.kill(pid, signal);
}
