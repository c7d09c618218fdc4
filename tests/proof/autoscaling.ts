import { setTimeout as sleep } from "node:timers/promises";
import { type Finding, report, seconds } from "./findings.ts";
import { readyPods, settled, until, wantedReplicas } from "./kube.ts";
import { failures, startLoad } from "./load.ts";
import { mustUp, restore } from "./up.ts";

/** The load the promise names: eight connections that ask for 1000 pages a second, for a minute. */
const reference = { path: "/", method: "GET", perSecond: 1000, connections: 8 } as const;

/** From three pods to six under load, an `up` meanwhile, and with `back` the way down again. */
export async function autoscaling({ back }: { back: boolean }): Promise<Finding[]> {
  await until("three replicas", 600, async () => (await wantedReplicas()) === 3);
  await settled();
  const findings: Finding[] = [];
  try {
    findings.push(await scaleUp());
    findings.push(await updateAtSix());
  } finally {
    await restore();
  }
  if (back) findings.push(await scaleDown());
  return findings;
}

async function scaleUp(): Promise<Finding> {
  const begun = Date.now();
  const end = await startLoad([reference]);
  const toSix = await until(
    "six ready replicas",
    150,
    async () => (await readyPods("frontend")).length === 6,
  ).catch(() => undefined);
  await sleep(Math.max(0, 60_000 - (Date.now() - begun)));
  const load = await end();
  report(failures(load));
  return {
    claim: "Capacity follows load: 3 → 6 pods",
    measured: `${toSix === undefined ? "6 not reached within 150 s" : `6 ready after ${seconds(toSix)}`}; ${failures(load)}`,
    sample: `8 connections asking for 1000 pages/s, ${seconds((Date.now() - begun) / 1000)}; ${(load.total / ((Date.now() - begun) / 1000)).toFixed(0)}/s served`,
    mark: "reaches 6, 0 failed",
    passed: toSix !== undefined && load.failed === 0,
    requests: load,
  };
}

/** An update of the pods while the autoscaler wants six: the count stays its own. */
async function updateAtSix(): Promise<Finding> {
  const seen = [await wantedReplicas()];
  const watch = setInterval(
    () =>
      void wantedReplicas().then(
        (figure) => seen.push(figure),
        () => {},
      ),
    1000,
  );
  try {
    await mustUp({ wordpress: { php: { memoryLimit: "136Mi" } } });
  } finally {
    clearInterval(watch);
  }
  const least = Math.min(...seen);
  return {
    claim: "`pulumi up` leaves the autoscaler's count alone",
    measured: `never fewer than ${least} replicas wanted`,
    sample: `1 update of every pod at 6 replicas, looked at ${seen.length} times`,
    mark: "6 all the time",
    passed: least === 6,
  };
}

async function scaleDown(): Promise<Finding> {
  const took = await until("three replicas again", 660, async () => (await wantedReplicas()) === 3).catch(
    () => 660,
  );
  return {
    claim: "Capacity follows load: 6 → 3 pods",
    measured:
      took < 660 ? `3 wanted ${seconds(took)} after the last update` : "still more than 3 after 660 s",
    sample: "1 run",
    mark: "3 again within 10 minutes (Kubernetes waits 5 before it takes pods away)",
    passed: took < 600,
  };
}
