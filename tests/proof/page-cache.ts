import { page, pulumi } from "../e2e/environment.ts";
import { count, type Finding, lastLines, report } from "./findings.ts";
import { settled } from "./kube.ts";
import { failures, underLoad } from "./load.ts";
import { steady } from "./rollout.ts";
import { merged, mustUp, restoring, upWith } from "./up.ts";

/** A cache's pod that goes waits for the longest request: here for a short one, or every run takes two minutes. */
const direct = merged(steady, { wordpress: { php: { maxExecutionSeconds: 10 } } });
const cached = merged(direct, { pageCache: { enabled: true } });

/** Turning the page cache on and off changes the route and the network policies that let it through. */
export function pageCacheOnAndOff({ runs }: { runs: number }): Promise<Finding> {
  return restoring(async () => {
    await mustUp(direct);
    await settled();
    const load = await underLoad(async () => {
      for (let run = 0; run < runs; run++) {
        await mustUp(cached);
        await mustUp(direct);
      }
      await settled();
    });
    return {
      claim: "Page cache turned on and off by `pulumi up`",
      measured: failures(load),
      sample: `${2 * runs} updates, ${count(load.total)} requests`,
      mark: "0 failed",
      passed: load.failed === 0,
      requests: load,
    };
  });
}

/** Everything destroyed and made again, the page cache and its policies included; policies go in any order. */
export function destroyedAndMade({ runs }: { runs: number }): Promise<Finding> {
  return restoring(async () => {
    await mustUp(cached);
    let made = 0;
    for (let run = 0; run < runs; run++) {
      const destroyed = await pulumi(["destroy", "--yes"], 9);
      if (destroyed.code !== 0) throw new Error(`pulumi destroy failed:\n${lastLines(destroyed.output)}`);
      const { code, output } = await upWith(cached);
      if (code !== 0) report(lastLines(output));
      else if ((await page("/")).status === 200) made += 1;
    }
    return {
      claim: "`pulumi destroy` and `pulumi up` with the page cache",
      measured: `${made} of ${runs} times the site was there again`,
      sample: `${runs} times`,
      mark: "always",
      passed: made === runs,
    };
  });
}
