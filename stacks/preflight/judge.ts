import type { SiteConfig } from "../schema.ts";
import type { ClusterFacts, Node } from "./facts.ts";
import { type Fault, notAllowed } from "./fault.ts";
import { neededApis, neededObjects, neededSecrets } from "./needs.ts";
import { giveNamespace, ownerFaults } from "./owners.ts";
import { serverFaults } from "./server.ts";
import { claimFaults, classFaults } from "./storage.ts";

/** The preStop sleep is on by default from here on (KEP-3960); an older kubelet passes over it in silence. */
const oldestMinor = 30;

/** From here on that sleep may be zero (feature PodLifecycleSleepActionAllowZero). */
const zeroSleepMinor = 33;

export type Check = (config: SiteConfig, facts: ClusterFacts) => (Fault | false)[];

const version: Check = ({ wordpress }, { minorVersion, nodes }) => {
  const why = `use Kubernetes 1.${oldestMinor} or newer: older ones have no preStop sleep, and a rollout without failed requests needs it`;
  const old = (nodes ?? []).filter((node) => kubeletMinor(node) < oldestMinor);
  return [
    typeof minorVersion === "number" &&
      minorVersion < oldestMinor && {
        key: "Kubernetes",
        problem: `version 1.${minorVersion} is too old`,
        remedy: why,
      },
    old.length > 0 && {
      key: "nodes",
      problem: `the kubelet of ${old.map(({ metadata }) => metadata.name).join(", ")} is too old`,
      remedy: why,
    },
    typeof minorVersion === "number" &&
      minorVersion < zeroSleepMinor &&
      wordpress.preStopSleepSeconds === 0 &&
      notAllowed(
        "wordpress.preStopSleepSeconds",
        0,
        `at least 1: zero is allowed from Kubernetes 1.${zeroSleepMinor} on, and this is 1.${minorVersion}`,
      ),
  ];
};

function kubeletMinor({ status }: Node): number {
  return Number(/^v1\.(\d+)/.exec(status.nodeInfo.kubeletVersion)?.[1] ?? Number.POSITIVE_INFINITY);
}

const apis: Check = (config, facts) =>
  neededApis(config).map(({ api, resources, remedy }) => {
    const served = facts.apis[api];
    if (served === undefined) return false;
    const missing = resources.filter((resource) => !served?.includes(resource));
    return (
      missing.length > 0 && { key: api, problem: `the cluster does not serve ${missing.join(", ")}`, remedy }
    );
  });

const objects: Check = (config, facts) =>
  neededObjects(config).map(
    ({ key, what, remedy }) =>
      facts.objects[what] === null && { key, problem: `the cluster has no ${what}`, remedy },
  );

const cephCluster: Check = ({ storage }, { cephClusters }) => [
  storage.type === "rook" &&
    cephClusters?.length === 0 && {
      key: "storage.rook.namespace",
      problem: `namespace ${storage.rook.namespace} has no CephCluster`,
      remedy: "make one (Rook's example cluster.yaml), or name the namespace it is in",
    },
];

/** Where Ceph runs outside the cluster, its hosts are not our nodes. */
const cephHosts: Check = ({ storage }, { nodes, cephClusters }) => {
  const { replicas, failureDomain } = storage.rook;
  if (storage.type !== "rook" || failureDomain !== "host") return [];
  if (!nodes || !cephClusters || cephClusters.length === 0) return [];
  if (cephClusters.some(({ spec }) => spec.external?.enable)) return [];
  return [
    nodes.length < replicas &&
      notAllowed(
        "storage.rook.replicas",
        replicas,
        `at most ${nodes.length}, the number of nodes, because no two copies may share a host; or set storage.rook.failureDomain to osd`,
      ),
  ];
};

const antiAffinity: Check = (config, { nodes }) => {
  const { antiAffinity: kind, autoscaling, replicas } = config.wordpress;
  if (kind !== "hard" || !nodes) return [];
  // An autoscaler short of nodes leaves pods waiting; a rollout short of nodes never ends.
  const fewest = nodesFor(autoscaling.enabled ? autoscaling.minReplicas : replicas, config);
  const count = nodes.filter(isSchedulable).length;
  return [
    count < fewest &&
      notAllowed(
        "wordpress.antiAffinity",
        kind,
        `soft, or at least ${fewest} nodes that take pods (there are ${count}): one for each replica, and one for a rollout`,
      ),
  ];
};

/** Nodes for pods that may not share one. A rolling update gets on where one of its new pods has a place. */
export function nodesFor(pods: number, { wordpress }: SiteConfig): number {
  return pods + (wordpress.strategy === "RollingUpdate" ? 1 : 0);
}

/** Whether pods without tolerations may go there. */
export function isSchedulable({ spec }: Node): boolean {
  return !spec.unschedulable && !spec.taints?.some(({ effect }) => effect !== "PreferNoSchedule");
}

const namespace: Check = (config, facts) => [
  facts.namespace?.status?.phase === "Terminating" && {
    key: "namespace",
    problem: `${config.namespace} is being deleted`,
    remedy: `wait until \`kubectl get namespace ${config.namespace}\` finds nothing`,
  },
];

const secrets: Check = (config, facts) =>
  neededSecrets(config).map(({ key, name, keys }) => {
    const there = facts.secrets[name];
    if (there === undefined) return false;
    if (facts.namespace === null) return { key, ...firstNamespace(config.namespace, name, keys) };
    const missing = keys.filter((wanted) => !there?.includes(wanted));
    if (missing.length === 0) return false;
    const problem = there
      ? `Secret ${name} lacks ${missing.join(", ")}`
      : `namespace ${config.namespace} has no Secret ${name}`;
    return { key, problem, remedy: `give it the keys ${keys.join(", ")}` };
  });

/** A namespace made by hand is somebody else's until it is given to the stack. */
function firstNamespace(namespaceName: string, name: string, keys: string[]): Omit<Fault, "key"> {
  return {
    problem: `there is no namespace ${namespaceName} yet, and so no Secret ${name}`,
    remedy: `make both: kubectl create namespace ${namespaceName}; ${giveNamespace(namespaceName)}; then the Secret with the keys ${keys.join(", ")}`,
  };
}

const checks: Check[] = [
  version,
  apis,
  objects,
  cephCluster,
  cephHosts,
  classFaults,
  claimFaults,
  serverFaults,
  antiAffinity,
  namespace,
  ownerFaults,
  secrets,
];

/** Everything certain to go wrong if this config were deployed to the cluster of these facts. */
export function judge(config: SiteConfig, facts: ClusterFacts): Fault[] {
  return checks.flatMap((check) => check(config, facts)).filter((fault) => fault !== false);
}
