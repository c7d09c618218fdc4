import { setTimeout as sleep } from "node:timers/promises";
import { type Finding, report, seconds } from "./findings.ts";
import { read, readyPods, seenDuring, settled, until, wantedReplicas } from "./kube.ts";
import { failures, startLoad } from "./load.ts";
import { mustUp, restoring } from "./up.ts";

/** The load the promise names: eight connections that ask for 1000 pages a second, for a minute. */
const reference = { path: "/", method: "GET", perSecond: 1000, connections: 8 } as const;

/** When the load of {@link scaleUp} ended, in milliseconds since 1970. */
let loadEnded: number | undefined;

/** From three pods to six under load, and two updates at six. */
export async function scaleUp(): Promise<Finding[]> {
  await until("three replicas", 600, async () => (await wantedReplicas()) === 3, 2000);
  await settled();
  return [await toSix(), await restoring(updatesAtSix)];
}

async function toSix(): Promise<Finding> {
  const begun = Date.now();
  const end = await startLoad([reference]);
  const six = async () => (await readyPods("frontend")).length === 6;
  const took = await until("six ready replicas", 400, six, 500).catch(() => undefined);
  await sleep(Math.max(0, 60_000 - (Date.now() - begun)));
  const load = await end();
  loadEnded = Date.now();
  const lasted = (loadEnded - begun) / 1000;
  report(failures(load));
  return {
    claim: "Capacity follows load: 3 → 6 pods",
    measured: `${took === undefined ? "6 not reached within 400 s" : `6 ready after ${seconds(took)}`}; ${failures(load)}`,
    sample: `8 connections asking for 1000 pages/s, ${seconds(lasted)}; ${(load.total / lasted).toFixed(0)}/s served`,
    mark: "reaches 6, 0 failed",
    passed: took !== undefined && load.failed === 0,
    requests: load,
  };
}

/** The Deployment itself changes twice while the autoscaler wants six: the count stays its own. */
async function updatesAtSix(): Promise<Finding> {
  // The autoscaler goes on wanting six, however long the updates take.
  const end = await startLoad([reference]);
  const seen = await seenDuring(wantedReplicas, async () => {
    // A field of the Deployment and not of its pods: what is looked at is the count, not a rollout.
    await mustUp({ wordpress: { progressDeadlineSeconds: 310 } });
    await mustUp();
  }).finally(end);
  loadEnded = Date.now();
  return {
    claim: "`pulumi up` leaves the autoscaler's count alone",
    measured: `never fewer than ${Math.min(...seen)} and never more than ${Math.max(...seen)} replicas wanted`,
    sample: `2 updates of the Deployment at 6 replicas, looked at ${seen.length} times`,
    mark: "6 all the time",
    passed: seen.every((figure) => figure === 6),
  };
}

/**
 * The way down after {@link scaleUp}. Kubernetes waits, by default five minutes, before it takes pods away, in which other
 * scenarios may run that leave the pods alone; the autoscaler itself says when it scaled.
 */
export async function scaleDown(): Promise<Finding> {
  if (loadEnded === undefined) await toSix();
  const ended = Number(loadEnded);
  loadEnded = undefined;
  const limit = Math.max(30, 660 - (Date.now() - ended) / 1000);
  const reached = await until("three replicas again", limit, isThree, 2000).catch(() => undefined);
  const { status } = await read<{ status: { lastScaleTime?: string } }>("hpa", "wordpress");
  const took = (Date.parse(String(status.lastScaleTime)) - ended) / 1000;
  const down = reached !== undefined && took > 0;
  return {
    claim: "Capacity follows load: 6 → 3 pods",
    measured: down ? `3 wanted ${seconds(took)} after the load` : "not 3 again by the autoscaler's own doing",
    sample: "1 run",
    mark: "3 again by the autoscaler (Kubernetes waits 5, in `npm run e2e` 1, before it takes pods away)",
    passed: down,
  };
}

async function isThree(): Promise<boolean> {
  return (await wantedReplicas()) === 3;
}
