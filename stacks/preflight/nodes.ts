/** Kubernetes' version, and the nodes the pods are to run on. */
import { notAllowed } from "../fault.ts";
import type { SiteConfig } from "../schema.ts";
import type { Cluster, Found } from "./cluster.ts";
import type { Rule } from "./rule.ts";

/** The preStop sleep is on by default from here on (KEP-3960); an older kubelet passes over it in silence. */
const oldestMinor = 30;

/** From here on that sleep may be zero (feature PodLifecycleSleepActionAllowZero). */
const zeroSleepMinor = 33;

export interface Node {
  metadata: { name: string; labels?: Record<string, string> };
  spec: { unschedulable?: boolean; taints?: { effect: string }[]; providerID?: string };
  status: { nodeInfo: { kubeletVersion: string } };
}

/** The cluster's nodes. */
export function nodesOf(cluster: Cluster): Promise<Found<Node[]>> {
  return cluster.list<Node>("nodes", "/api/v1/nodes");
}

export const version: Rule = async ({ wordpress }, cluster) => {
  const minor = await cluster.minorVersion();
  const remedy = `use Kubernetes 1.${oldestMinor} or newer: older ones have no preStop sleep, and a rollout without failed requests needs it`;
  // A virtual node has no kubelet of Kubernetes' own, and a drained one may be on its way out.
  const nodes = ((await nodesOf(cluster)) ?? []).filter((node) => takesPods(node, wordpress));
  const old = nodes.filter((node) => kubeletMinor(node) < oldestMinor);
  const names = old.map(({ metadata }) => metadata.name).join(", ");
  const known = typeof minor === "number";
  return [
    known && minor < oldestMinor && { key: "Kubernetes", problem: `version 1.${minor} is too old`, remedy },
    names !== "" && { key: "nodes", problem: `the kubelet of ${names} is too old`, remedy },
    known &&
      minor < zeroSleepMinor &&
      wordpress.preStopSleepSeconds === 0 &&
      notAllowed(
        "wordpress.preStopSleepSeconds",
        0,
        `at least 1: zero is allowed from Kubernetes 1.${zeroSleepMinor} on, and this is 1.${minor}`,
      ),
  ];
};

function kubeletMinor({ status }: Node): number {
  return Number(/^v1\.(\d+)/.exec(status.nodeInfo.kubeletVersion)?.[1] ?? Number.POSITIVE_INFINITY);
}

export const antiAffinity: Rule = async ({ wordpress }, cluster) => {
  const { antiAffinity: kind, autoscaling, replicas } = wordpress;
  const nodes = kind === "hard" ? await nodesOf(cluster) : undefined;
  if (!nodes) return [];
  const count = nodes.filter((node) => takesPods(node, wordpress)).length;
  // An autoscaler short of nodes leaves pods waiting; a rollout short of nodes never ends.
  const fewest = nodesFor(autoscaling.enabled ? autoscaling.minReplicas : replicas, wordpress);
  const most = autoscaling.enabled ? nodesFor(autoscaling.maxReplicas, wordpress) : fewest;
  return [
    count < fewest &&
      notAllowed(
        "wordpress.antiAffinity",
        kind,
        `soft, or at least ${fewest} nodes that take pods (there are ${count}): one for each replica, and one for a rollout`,
      ),
    count < most && {
      warning: `wordpress.antiAffinity is hard and ${count} nodes take pods: of at most ${most} pods (wordpress.autoscaling.maxReplicas and one for a rollout) the rest stays Pending.`,
    },
  ];
};

/** Nodes for pods that may not share one. A rolling update gets on where one of its new pods has a place. */
function nodesFor(pods: number, { strategy }: SiteConfig["wordpress"]): number {
  return pods + (strategy === "RollingUpdate" ? 1 : 0);
}

/** Whether WordPress' pods may go there; which taints they put up with is not looked at. */
function takesPods({ metadata, spec }: Node, wordpress: SiteConfig["wordpress"]): boolean {
  const { tolerations, nodeSelector = {} } = wordpress;
  const tainted = !tolerations && spec.taints?.some(({ effect }) => effect !== "PreferNoSchedule");
  const chosen = Object.entries(nodeSelector).every(([name, value]) => metadata.labels?.[name] === value);
  return !spec.unschedulable && !tainted && chosen;
}
