/** A stand-in for the kubelet: writes the status of pods that no node will ever run. */
import { setTimeout as sleep } from "node:timers/promises";
import { asList, asObject, dig } from "../../local/plugins/rpc/values.ts";
import { cluster } from "./context.ts";

type Status = Record<string, unknown>;

/** The status of a pod that runs and is ready. */
export function runningStatus(pod: Record<string, unknown>): Status {
  return {
    phase: "Running",
    podIP: "10.244.0.7",
    podIPs: [{ ip: "10.244.0.7" }],
    conditions: [
      { type: "PodScheduled", status: "True" },
      { type: "Ready", status: "True" },
    ],
    containerStatuses: containers(pod, { ready: true, state: { running: {} } }),
  };
}

/** The status of a pod whose containers all wait for `reason`. */
export function stuckStatus(pod: Record<string, unknown>, reason: string, message: string): Status {
  return {
    phase: "Pending",
    containerStatuses: containers(pod, { state: { waiting: { reason, message } } }),
  };
}

/** The status of a pod whose containers ended with an error. */
export function failedStatus(pod: Record<string, unknown>, exitCode: number): Status {
  const state = { terminated: { exitCode, reason: "Error", message: "the disk is on fire" } };
  return { phase: "Failed", containerStatuses: containers(pod, { state }) };
}

/** The status of a pod whose containers did their work and ended. */
export function succeededStatus(pod: Record<string, unknown>): Status {
  const state = { terminated: { exitCode: 0, reason: "Completed" } };
  return { phase: "Succeeded", containerStatuses: containers(pod, { state }) };
}

function containers(pod: Record<string, unknown>, state: Status): Status[] {
  return asList(dig(pod, "spec", "containers")).map((container) => ({
    name: dig(container, "name"),
    image: dig(container, "image"),
    imageID: "",
    ready: false,
    restartCount: 0,
    ...state,
  }));
}

/** Gives every pod of the namespace the status that `decide` says, until the function returned is called. */
export function playKubelet(
  namespace: string,
  decide: (pod: Record<string, unknown>) => Status | undefined,
): () => Promise<void> {
  let isOver = false;
  const done = (async () => {
    const { client } = await cluster();
    const root = `/api/v1/namespaces/${namespace}/pods`;
    while (!isOver) {
      const list = await client.json({ method: "GET", path: root });
      for (const pod of asList(list.items).map(asObject)) {
        const status = decide(pod);
        const isDone =
          dig(pod, "status", "containerStatuses") !== undefined &&
          dig(pod, "status", "phase") === status?.phase;
        if (!status || isDone) continue;
        const path = `${root}/${dig(pod, "metadata", "name")}/status`;
        // the pod may have gone meanwhile
        await client
          .json({ method: "PATCH", path, body: { status }, type: "application/strategic-merge-patch+json" })
          .catch(() => undefined);
      }
      await sleep(100);
    }
  })();
  return () => {
    isOver = true;
    return done;
  };
}
