import { setTimeout as sleep } from "node:timers/promises";
import { freshPage } from "../e2e/environment.ts";
import { signalPod } from "./containers.ts";
import { count, type Finding, report, seconds } from "./findings.ts";
import { frontendOffNode, inNamespace, mysqlPod, readyPods, settled, until } from "./kube.ts";
import { type Outage, underPulse } from "./pulse.ts";
import { whileWriting } from "./writer.ts";

/**
 * Ways to lose a database server, in turn: a container that is killed again and again waits longer each time before it
 * is started (CrashLoopBackOff), and a deletion makes a new pod.
 */
const ends = {
  deleted: async () => {
    await inNamespace(["delete", "pod", "wordpress-mysql-0", "--wait=false"]);
  },
  killed: async () => signalPod(await mysqlPod(), "SIGKILL", "first"),
};

/** MySQL ends `runs` times in each way while rows are written and pages asked for. */
export async function mysqlEnds({ runs }: { runs: number }): Promise<Finding> {
  await settled();
  const took: Record<keyof typeof ends, number[]> = { deleted: [], killed: [] };
  let outage: Outage | undefined;
  const writer = await frontendOffNode((await mysqlPod()).spec.nodeName);
  const rows = await whileWriting(writer, runs * 360, async () => {
    outage = await underPulse(async () => {
      for (let run = 1; run <= runs; run++)
        for (const way of ["deleted", "killed"] as const) took[way].push(await recovery(way));
    });
  });
  await settled();
  return {
    claim: "MySQL deleted, and killed with SIGKILL while it writes, in turn",
    measured: `${rows.lost} of ${count(rows.acknowledged)} committed rows lost; pages again after ${seconds(Math.max(...took.deleted))} at most when deleted, ${seconds(Math.max(...took.killed))} when killed; no page for ${seconds(outage?.seconds ?? 0)} at most`,
    sample: `${runs} deletion${runs === 1 ? "" : "s"} and ${runs} kill${runs === 1 ? "" : "s"}, a row every 10 ms`,
    mark: "0 rows lost, WordPress recovers by itself",
    passed: rows.lost === 0,
  };
}

/** Ends MySQL at a moment of its own, and returns the seconds until there are pages again. */
async function recovery(way: keyof typeof ends): Promise<number> {
  await sleep(2000 + Math.random() * 2000);
  const before = (await mysqlPod()).metadata.uid;
  await ends[way]();
  const down = await until("MySQL's end", 60, async () => (await readyPods("mysql")).length === 0);
  const up = await until("a page again", 120, async () => {
    const whole = (await readyPods("mysql")).length === 1 && (await readyPods("frontend")).length > 0;
    return whole && (await freshPage("/")).status === 200;
  });
  const samePod = (await mysqlPod()).metadata.uid === before;
  if (samePod !== (way === "killed")) throw new Error(`MySQL was to be ${way}, and something else happened`);
  report(`MySQL ${way}: pages again after ${seconds(down + up)}`);
  return down + up;
}
