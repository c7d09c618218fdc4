import { count, type Finding } from "./findings.ts";
import { inNamespace, read, settled } from "./kube.ts";
import { askedPerSecond, failures, type LoadResult, underLoad, visitors } from "./load.ts";
import { merged, mustUp, restoring, type Settings } from "./up.ts";

/** A setting that lands in every pod: each value means a rollout. */
const change = (run: number): Settings => ({ wordpress: { php: { memoryLimit: `${140 + run}Mi` } } });

/** The page cache, as Traefik, gives another pod what one refuses: the control goes without it. */
const uncached: Settings = { pageCache: { enabled: false } };

/** No pause between leaving the endpoints and the stop signal. */
const hasty: Settings = { wordpress: { preStopSleepSeconds: 0 }, ...uncached };

/** The visitors need more CPU than the autoscaler aims at: with this aim the count of pods stays as it is. */
export const steady: Settings = { wordpress: { autoscaling: { targetCPUUtilizationPercentage: 100 } } };

/** What an update and the end of the pods it replaces take at least, in seconds. */
const lastSeconds = 45;

/** How much is asked of the updates. */
export interface Sample {
  updates: number;
  /** Further updates follow until at least so many requests were made. */
  requests: number;
}

/**
 * Rolling updates by `pulumi up` while visitors come, and the control: the update that replaces pods without the pause
 * before the stop signal must fail requests. The last update of the first part makes these pods.
 */
export function rollouts(sample: Sample): Promise<Finding[]> {
  return restoring(async () => {
    await mustUp(steady);
    await settled();
    const { load, updates } = await updatesUnderLoad(sample);
    const control = await withoutRetry(() =>
      underLoad(async () => {
        await mustUp(merged(steady, uncached));
        await settled();
      }),
    );
    return [
      {
        claim: "Rolling update by `pulumi up`",
        measured: failures(load),
        sample: `${updates} update${updates === 1 ? "" : "s"} of every pod, ${count(load.total)} requests`,
        mark: `0 failed of ${count(sample.requests)} or more`,
        passed: load.failed === 0 && load.total >= sample.requests,
        requests: load,
      },
      {
        claim: "Control: pods without preStop replaced, without page cache, and Traefik repeats nothing",
        measured: failures(control),
        sample: "1 update of every pod",
        mark: "at least 1 failed: the load sees what preStop prevents",
        passed: control.failed > 0,
        requests: control,
      },
    ];
  });
}

/** Traefik gives another pod what one refuses: the load would not see it. */
async function withoutRetry<T>(work: () => Promise<T>): Promise<T> {
  const middleware = ["middlewares.traefik.io", "retry"];
  const { spec } = await read<{ spec: { retry: { attempts: number } } }>(...middleware);
  const attempt = (attempts: number) =>
    inNamespace([
      "patch",
      ...middleware,
      "--type=merge",
      "-p",
      JSON.stringify({ spec: { retry: { attempts } } }),
    ]);
  await attempt(1);
  return work().finally(() => attempt(spec.retry.attempts));
}

async function updatesUnderLoad(sample: Sample): Promise<{ load: LoadResult; updates: number }> {
  let updates = 0;
  const load = await underLoad(async () => {
    const begun = Date.now();
    // Fewer are made than asked for while the machine is busy; the last update has its share of them.
    const enough = () => {
      const asked = ((Date.now() - begun) / 1000 + lastSeconds) * askedPerSecond(visitors);
      return asked > sample.requests * 1.2;
    };
    while (updates < sample.updates - 1 || (!enough() && updates < 2 * sample.updates)) {
      updates += 1;
      await mustUp(merged(steady, change(updates)));
    }
    updates += 1;
    await mustUp(merged(steady, hasty));
    // The last pods to go still serve for a while.
    await settled();
  });
  return { load, updates };
}
