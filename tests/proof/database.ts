import { setTimeout as sleep } from "node:timers/promises";
import { page } from "../e2e/environment.ts";
import { signalPod } from "./containers.ts";
import { count, type Finding, report, seconds } from "./findings.ts";
import { frontendOffNode, inNamespace, mysqlPod, readyPods, settled, until } from "./kube.ts";
import { startPulse } from "./pulse.ts";
import { startWriter } from "./writer.ts";

/** Ways to lose a database server. */
const ends = {
  "deleted (a clean shutdown)": async () => {
    await inNamespace(["delete", "pod", "wordpress-mysql-0", "--wait=false"]);
  },
  "killed with SIGKILL while it writes": async () => signalPod(await mysqlPod(), "SIGKILL", "first"),
};

/** MySQL ends again and again while rows are written and pages asked for. */
export async function mysqlEnds({ runs }: { runs: number }): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [way, end] of Object.entries(ends)) findings.push(await ending(way, end, runs));
  return findings;
}

async function ending(way: string, end: () => Promise<void>, runs: number): Promise<Finding> {
  await settled();
  const stopWriter = await startWriter(await frontendOffNode((await mysqlPod()).spec.nodeName), runs * 90);
  const endPulse = startPulse();
  const recoveries: number[] = [];
  for (let run = 1; run <= runs; run++) {
    await sleep(2000 + Math.random() * 2000);
    await end();
    const down = await until("MySQL's end", 60, async () => (await readyPods("mysql")).length === 0);
    const up = await until("a page again", 120, async () => {
      const whole = (await readyPods("mysql")).length === 1 && (await readyPods("frontend")).length > 0;
      return whole && (await page("/")).status === 200;
    });
    recoveries.push(down + up);
    report(`MySQL ${way}, run ${run}: pages again after ${seconds(down + up)}`);
  }
  const outage = await endPulse();
  const rows = await stopWriter();
  await settled();
  return {
    claim: `MySQL ${way}`,
    measured: `${rows.lost} of ${count(rows.acknowledged)} committed rows lost; pages again after ${seconds(Math.max(...recoveries))} at most, no page for ${seconds(outage.seconds)} at most`,
    sample: `${runs} time${runs === 1 ? "" : "s"}, a row every 10 ms`,
    mark: "0 rows lost, WordPress recovers by itself within 60 s",
    passed: rows.lost === 0 && Math.max(...recoveries) <= 60,
  };
}
