import { setTimeout as sleep } from "node:timers/promises";
import { duration, type Report } from "../toolchain/progress.ts";
import { watchForCrashes } from "./logs.ts";

/** How long and how loudly to wait. */
export interface WaitOptions {
  readonly report: Report;
  /** Bound of the wait, in seconds. */
  readonly seconds: number;
  /** Nodes whose daemons the wait depends on: one that keeps crashing ends the wait at once. */
  readonly nodes: readonly string[];
}

/**
 * Waits until `probe` answers true; what it throws or returns as text is what is still missing, and is told every
 * quarter of a minute and at the end.
 */
export async function waitFor(
  what: string,
  probe: () => Promise<true | string>,
  options: WaitOptions,
): Promise<void> {
  const start = Date.now();
  let told = start;
  const failOnCrashes = watchForCrashes(options.nodes);
  for (;;) {
    const missing = await probe().catch((error: Error) => firstLine(error.message));
    const elapsed = Date.now() - start;
    if (missing === true) {
      options.report(`${what}: ready after ${(elapsed / 1000).toFixed(1)} s`);
      return;
    }
    failOnCrashes();
    if (elapsed > options.seconds * 1000)
      throw new Error(
        `${what}: not ready after ${duration(elapsed)} (${missing}). Logs: npm run cluster -- logs NODE`,
      );
    if (Date.now() - told > 15_000) {
      told = Date.now();
      options.report(`waiting for ${what} since ${duration(elapsed)}: ${missing}`);
    }
    await sleep(200);
  }
}

function firstLine(text: string): string {
  return text.split("\n").find((line) => line.trim()) ?? text;
}
