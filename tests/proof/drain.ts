import { kubectl } from "../../local/cluster/kubectl.ts";
import { type Finding, report } from "./findings.ts";
import { nodeWithoutMysql, podsOf, readyPods, settled, until, wantedReplicas } from "./kube.ts";
import { failures, underLoad } from "./load.ts";
import { mustUp, restoring } from "./up.ts";

/** A node is drained for maintenance while visitors come. */
export async function drain(): Promise<Finding> {
  await settled();
  const wanted = await wantedReplicas();
  const node = await nodeWithoutMysql();
  report(`draining ${node}`);
  const fewest = watchReady(wanted);
  const load = await underLoad(async () => {
    const args = ["drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=150s"];
    await kubectl(args, { seconds: 160 });
    await settled();
  }).finally(() => kubectl(["uncordon", node]));
  const least = fewest();
  return {
    claim: "`kubectl drain` of a node",
    measured: `${failures(load)}; never fewer than ${least} of ${wanted} pods ready`,
    sample: "1 drain",
    mark: `0 failed, the disruption budget kept (${wanted - 1} or more ready)`,
    passed: load.failed === 0 && least >= wanted - 1,
    requests: load,
  };
}

/** Looks at the ready pods twice a second; the function returned ends it and gives the fewest seen. */
function watchReady(atFirst: number): () => number {
  let fewest = atFirst;
  const look = async () => {
    fewest = Math.min(fewest, (await readyPods("frontend")).length);
  };
  const timer = setInterval(() => look().catch((error: Error) => report(error.message)), 500);
  return () => {
    clearInterval(timer);
    return fewest;
  };
}

/** The update after a drain uses every node again. */
export function spreadAfterUpdate(): Promise<Finding> {
  return restoring(async () => {
    await mustUp({ wordpress: { php: { memoryLimit: "137Mi" } } });
    const nodes = async () => new Set((await podsOf("frontend")).map(({ spec }) => spec.nodeName)).size;
    await until("pods on every node", 30, async () => (await nodes()) === 3).catch(() => {});
    return {
      claim: "Spread over the nodes in the update after a drain",
      measured: `pods on ${await nodes()} of 3 nodes`,
      sample: "1 update",
      mark: "3 nodes",
      passed: (await nodes()) === 3,
    };
  });
}
