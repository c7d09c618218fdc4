import { duration, type Report } from "../toolchain/progress.ts";
import { waitUntil } from "../toolchain/wait-until.ts";
import { watchForCrashes } from "./logs.ts";

/**
 * Waits until `probe` answers true; the text it returns otherwise is what is still missing, and is told every quarter of
 * a minute. A daemon of the nodes that keeps crashing ends the wait at once.
 */
export async function waitFor(
  what: string,
  probe: () => Promise<true | string>,
  { report, seconds, nodes }: { report: Report; seconds: number; nodes: readonly string[] },
): Promise<void> {
  const start = Date.now();
  const failOnCrashes = watchForCrashes(nodes);
  const look = async () => {
    const answer = await probe();
    if (answer !== true) throw new Error(answer);
  };
  let told = 0;
  const meanwhile = (elapsed: number, missing: string) => {
    failOnCrashes();
    if (elapsed - told < 15_000) return;
    told = elapsed;
    report(`waiting for ${what} since ${duration(elapsed)}: ${missing}`);
  };
  const hint = () => ". Logs: npm run cluster -- logs NODE";
  await waitUntil(what, seconds, look, { pause: 200, meanwhile, hint });
  report(`${what}: ready after ${((Date.now() - start) / 1000).toFixed(1)} s`);
}
