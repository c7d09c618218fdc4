import { kubectl } from "../../local/cluster/kubectl.ts";
import { workers } from "../../local/cluster/layout.ts";
import { freshPage } from "../e2e/environment.ts";
import { type Finding, report, seconds } from "./findings.ts";
import {
  inNamespace,
  nodeWithoutMysql,
  podsOf,
  readyPods,
  seenDuring,
  settled,
  until,
  wantedReplicas,
} from "./kube.ts";
import { failures, type LoadResult, underLoad } from "./load.ts";

/** A node is drained for maintenance while visitors come. */
export async function drain(): Promise<Finding> {
  await settled();
  const wanted = await wantedReplicas();
  const node = await nodeWithoutMysql();
  report(`draining ${node}`);
  let load: LoadResult | undefined;
  // The autoscaler may want fewer meanwhile.
  const ready = async () => {
    const pods = await readyPods("frontend");
    return pods.length + Math.max(0, wanted - (await wantedReplicas()));
  };
  const seen = await seenDuring(
    ready,
    async () => {
      load = await underLoad(() => drained(node)).finally(() => kubectl(["uncordon", node]));
    },
    500,
  );
  const least = Math.min(...seen);
  return {
    claim: "`kubectl drain` of a node",
    measured: `${load ? failures(load) : "no load"}; never fewer than ${least} of ${wanted} pods ready`,
    sample: "1 drain",
    mark: `0 failed, the disruption budget kept (${wanted - 1} or more ready)`,
    passed: load?.failed === 0 && least >= wanted - 1,
    requests: load,
  };
}

async function drained(node: string): Promise<void> {
  await kubectlDrain([node]);
  await settled();
}

function kubectlDrain(nodes: string[], ...more: string[]): Promise<string> {
  const args = ["--ignore-daemonsets", "--delete-emptydir-data", "--timeout=150s", ...more];
  return kubectl(["drain", ...nodes, ...args], { seconds: 160 });
}

/**
 * No node takes pods any more, as when the only one of a cluster is drained, by the command of the runbook. Afterwards
 * the first node that takes pods again has all of them.
 */
export async function onlyNodeDrained(): Promise<Finding> {
  await settled();
  let drainedAfter = Number.NaN;
  let status = Number.NaN;
  const start = Date.now();
  try {
    await kubectlDrain(workers(), "--disable-eviction");
    drainedAfter = (Date.now() - start) / 1000;
    ({ status } = await freshPage("/"));
  } finally {
    await kubectl(["uncordon", ...workers()]);
  }
  const back = await until("a page again", 180, async () => (await freshPage("/")).status === 200);
  await settled();
  return {
    claim: "`kubectl drain --disable-eviction` of the only node",
    measured: `ended after ${seconds(drainedAfter)}; visitors got ${status} while there was no pod, and a page ${seconds(back)} after the node was there again`,
    sample: "1 drain of all nodes at once, which leaves the pods none to go to",
    mark: "the drain ends, visitors get 503 and not 404 meanwhile, and the site comes back by itself",
    passed: status === 503,
  };
}

/** The next time the pods are replaced after a drain, they use every node again. */
export async function spreadRestored(): Promise<Finding> {
  const before = await spread();
  await inNamespace(["rollout", "restart", "deployment/wordpress"]);
  await settled();
  const after = await spread();
  return {
    claim: "Spread over the nodes in the rollout after a drain",
    measured: `pods on each node: ${before.join(", ")} after the drain, ${after.join(", ")} after the rollout`,
    sample: "1 rollout",
    mark: "pods on every node",
    passed: Math.min(...after) > 0,
  };
}

/** How many of the site's pods each worker has. */
async function spread(): Promise<number[]> {
  const pods = await podsOf("frontend");
  return workers().map((node) => pods.filter(({ spec }) => spec.nodeName === node).length);
}
