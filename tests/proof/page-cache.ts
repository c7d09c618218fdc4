import { page, pulumi } from "../e2e/environment.ts";
import { count, type Finding, lastLines, report, seconds } from "./findings.ts";
import { settled, until } from "./kube.ts";
import { failures, underLoad } from "./load.ts";
import { steady } from "./rollout.ts";
import { merged, mustUp, restoring, upWith } from "./up.ts";

const direct = merged(steady, { pageCache: { enabled: false } });

/** Turning the page cache off and on changes the route and the network policies that let it through. */
export function pageCacheOffAndOn({ runs }: { runs: number }): Promise<Finding> {
  return restoring(async () => {
    await mustUp(steady);
    await settled();
    const load = await underLoad(async () => {
      for (let run = 0; run < runs; run++) {
        await mustUp(direct);
        await mustUp(steady);
      }
      await settled();
    });
    return {
      claim: "Page cache turned off and on by `pulumi up`",
      measured: failures(load),
      sample: `${2 * runs} updates, ${count(load.total)} requests`,
      mark: "0 failed",
      passed: load.failed === 0,
      requests: load,
    };
  });
}

/** Everything destroyed and made again, the page cache and its policies included. */
export function destroyedAndMade({ runs }: { runs: number }): Promise<Finding> {
  return restoring(async () => {
    const firstAnswers: number[] = [];
    const waits: number[] = [];
    for (let run = 0; run < runs; run++) {
      const destroyed = await pulumi(["destroy", "--yes"], 9);
      if (destroyed.code !== 0) throw new Error(`pulumi destroy failed:\n${lastLines(destroyed.output)}`);
      const { code, output } = await upWith();
      if (code !== 0) {
        report(lastLines(output));
        continue;
      }
      const { status } = await page("/");
      firstAnswers.push(status);
      waits.push(
        status === 200 ? 0 : await until("a page", 30, async () => (await page("/")).status === 200),
      );
    }
    return {
      claim: "`pulumi destroy` and `pulumi up`",
      measured: `${waits.length} of ${runs} times the site was there again, a page after ${seconds(Math.max(0, ...waits))} at most; first answers: ${firstAnswers.join(", ")}`,
      sample: `${runs} times`,
      mark: "always, a page within 30 s",
      passed: waits.length === runs,
    };
  });
}
