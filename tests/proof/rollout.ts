import type { Finding } from "./findings.ts";
import { settled } from "./kube.ts";
import { failures, underLoad } from "./load.ts";
import { merged, mustUp, restoring, type Settings } from "./up.ts";

/** A setting that lands in every pod: each value means a rollout. */
const change = (run: number): Settings => ({ wordpress: { php: { memoryLimit: `${140 + run}Mi` } } });

/** Rolling updates by `pulumi up` while visitors come. */
export function rollingUpdates({ runs }: { runs: number }): Promise<Finding> {
  return restoring(async () => {
    await settled();
    const load = await underLoad(async () => {
      for (let run = 1; run <= runs; run++) await mustUp(change(run));
      // The last pods to go still serve for a while.
      await settled();
    });
    return {
      claim: "Rolling update by `pulumi up`",
      measured: failures(load),
      sample: `${runs} update${runs === 1 ? "" : "s"} of every pod`,
      mark: "0 failed",
      passed: load.failed === 0,
      requests: load,
    };
  });
}

/** The control: the same without the pause between leaving the endpoints and the stop signal must fail requests. */
export function rolloutWithoutPreStop({ runs }: { runs: number }): Promise<Finding> {
  const hasty: Settings = { wordpress: { preStopSleepSeconds: 0 } };
  return restoring(async () => {
    await mustUp(hasty);
    await settled();
    const load = await underLoad(async () => {
      for (let run = 1; run <= runs; run++) await mustUp(merged(hasty, change(run)));
      await settled();
    });
    return {
      claim: "Control: the same without preStop",
      measured: failures(load),
      sample: `${runs} update${runs === 1 ? "" : "s"} of every pod`,
      mark: "at least 1 failed: the load sees what preStop prevents",
      passed: load.failed > 0,
      requests: load,
    };
  });
}
