import { setTimeout as sleep } from "node:timers/promises";
import { killNode, startNode } from "../../local/cluster/index.ts";
import { count, type Finding, report, seconds } from "./findings.ts";
import {
  frontendOffNode,
  mysqlPod,
  nodeWithoutMysql,
  readyPods,
  settled,
  until,
  wantedReplicas,
} from "./kube.ts";
import { connectionsOf, failures, underLoad, visitors } from "./load.ts";
import { type Outage, underPulse } from "./pulse.ts";
import { whileWriting } from "./writer.ts";

/** A node with WordPress is gone at once, as in a power cut, while visitors come. */
export async function nodeLost(): Promise<Finding> {
  await settled();
  const node = await nodeWithoutMysql();
  const wanted = await wantedReplicas();
  report(`killing ${node}`);
  let whole: number | undefined;
  const load = await underLoad(async () => {
    await sleep(2000);
    await killNode(node);
    whole = await until("full capacity on the other nodes", 400, async () => {
      const left = (await readyPods("frontend")).filter(({ spec }) => spec.nodeName !== node);
      // The autoscaler may want fewer meanwhile.
      return left.length >= Math.min(wanted, await wantedReplicas());
    }).catch(() => undefined);
  }).finally(() => startNode(node, report));
  await settled();
  return {
    claim: "Node with WordPress killed",
    measured: `${whole === undefined ? "capacity not back within 400 s" : `all ${wanted} pods on the other nodes after ${seconds(whole)}`}; ${failures(load)}`,
    sample: "1 node",
    mark: "full capacity again, at most 0.5 % failed, or one request of each connection",
    passed: whole !== undefined && load.failed <= Math.max(connectionsOf(visitors), load.total * 0.005),
    requests: load,
  };
}

/** MySQL's node is gone for ten seconds; its volume is on that node, so MySQL comes back with it. */
export async function mysqlNodeLost(): Promise<Finding> {
  await settled();
  const { nodeName = "" } = (await mysqlPod()).spec;
  let outage: Outage | undefined;
  let returned = 0;
  const rows = await whileWriting(await frontendOffNode(nodeName), 420, async () => {
    outage = await underPulse(async () => {
      await sleep(4000);
      returned = await gone(nodeName, 10_000);
      await until("MySQL ready", 120, async () => (await readyPods("mysql")).length === 1);
      await settled();
    });
  });
  const { seconds: away = Number.NaN, asked = 0 } = outage ?? {};
  return {
    claim: "MySQL's node killed, and started again after 10 s",
    measured: `${rows.lost} of ${count(rows.acknowledged)} committed rows lost; no page for ${seconds(away)} (the node was Ready again after ${seconds(returned)})`,
    sample: `1 node, ${asked} pages asked for`,
    mark: "0 rows lost, pages again by itself",
    passed: rows.lost === 0 && Number.isFinite(away),
  };
}

/** Kills a node and starts it again; returns the seconds until it was Ready. */
async function gone(node: string, milliseconds: number): Promise<number> {
  report(`killing ${node}`);
  const killed = Date.now();
  try {
    await killNode(node);
    await sleep(milliseconds);
  } finally {
    await startNode(node, report);
  }
  return (Date.now() - killed) / 1000;
}
