/** When Deployments, StatefulSets, DaemonSets, Jobs and Pods are done. */
import { asObject, dig } from "../../rpc/values.ts";
import type { KubeObject } from "../objects.ts";
import { condition, count, failed, holds, isObserved, ready, type Verdict, waiting } from "./verdict.ts";

/** Clocks of client and server may differ by this much. */
const CLOCK_SKEW_MS = 5000;

function wantedReplicas(object: KubeObject): number {
  return Number(dig(object, "spec", "replicas") ?? 1);
}

/** All pods are of the new revision and available. `since` is when we wrote: older failures are history. */
export function deploymentVerdict(deployment: KubeObject, since: Date): Verdict {
  if (dig(deployment, "spec", "paused") === true) return ready;
  if (!isObserved(deployment)) return waiting("waiting for the controller to see the change");
  const progress = condition(deployment, "Progressing");
  const changed = Date.parse(String(progress?.lastUpdateTime ?? ""));
  if (progress?.reason === "ProgressDeadlineExceeded" && !(changed < since.getTime() - CLOCK_SKEW_MS)) {
    return failed(`the rollout made no progress within its deadline: ${progress.message}`);
  }
  const wanted = wantedReplicas(deployment);
  const updated = count(deployment, "updatedReplicas");
  const available = count(deployment, "availableReplicas");
  const old = count(deployment, "replicas") - updated;
  if (updated < wanted) return waiting(`${updated} of ${wanted} new pods are created`);
  if (available < wanted) return waiting(`${available} of ${wanted} pods are available`);
  if (old > 0) return waiting(`${old} old pods have still to go`);
  return ready;
}

/** All pods are ready and, where the update strategy rolls, of the new revision. */
export function statefulSetVerdict(set: KubeObject): Verdict {
  if (!isObserved(set)) return waiting("waiting for the controller to see the change");
  const wanted = wantedReplicas(set);
  const strategy = asObject(dig(set, "spec", "updateStrategy"));
  const partition = Number(dig(strategy, "rollingUpdate", "partition") ?? 0);
  const toUpdate = strategy.type === "OnDelete" ? 0 : Math.max(wanted - partition, 0);
  const isNew = dig(set, "status", "updateRevision") === dig(set, "status", "currentRevision");
  const updated = isNew ? wanted : count(set, "updatedReplicas");
  const readyPods = count(set, "readyReplicas");
  const surplus = count(set, "replicas") - wanted;
  if (updated < toUpdate) return waiting(`${updated} of ${toUpdate} pods are of the new revision`);
  if (readyPods < wanted) return waiting(`${readyPods} of ${wanted} pods are ready`);
  if (surplus > 0) return waiting(`${surplus} pods have still to go`);
  return ready;
}

/** A pod of the new revision is available on every node that should have one. */
export function daemonSetVerdict(set: KubeObject): Verdict {
  if (!isObserved(set)) return waiting("waiting for the controller to see the change");
  const wanted = count(set, "desiredNumberScheduled");
  const updated = count(set, "updatedNumberScheduled");
  const available = count(set, "numberAvailable");
  const rolls = dig(set, "spec", "updateStrategy", "type") !== "OnDelete";
  if (rolls && updated < wanted) return waiting(`${updated} of ${wanted} pods are of the new revision`);
  if (available < wanted) return waiting(`${available} of ${wanted} pods are available`);
  return ready;
}

/** Complete, or failed for good. A suspended Job has nothing to wait for. */
export function jobVerdict(job: KubeObject): Verdict {
  if (dig(job, "spec", "suspend") === true || holds(job, "Complete")) return ready;
  for (const type of ["Failed", "FailureTarget"]) {
    const failure = condition(job, type);
    if (failure?.status === "True") return failed(`the Job failed: ${failure.reason}: ${failure.message}`);
  }
  const wanted = Number(dig(job, "spec", "completions") ?? 1);
  const tries = count(job, "failed") > 0 ? `, ${count(job, "failed")} tries failed` : "";
  return waiting(`${count(job, "succeeded")} of ${wanted} runs are complete${tries}`);
}

/** Ready, or run to its end. */
export function podVerdict(pod: KubeObject): Verdict {
  const phase = dig(pod, "status", "phase");
  if (phase === "Succeeded" || holds(pod, "Ready")) return ready;
  if (phase === "Failed") {
    return failed(
      `the Pod failed: ${dig(pod, "status", "message") ?? dig(pod, "status", "reason") ?? "see its containers"}`,
    );
  }
  return waiting(`the Pod is ${phase ?? "not scheduled"} and not ready`);
}
