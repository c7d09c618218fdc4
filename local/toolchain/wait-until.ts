import { setTimeout as sleep } from "node:timers/promises";
import { patienceFactor } from "./patience-factor.ts";

/** How to wait. */
interface WaitOptions {
  /** Milliseconds from one look to the next. @default 100 */
  readonly pause?: number;
  /** Gets the milliseconds waited and what is missing after each look in vain; what it throws ends the wait. */
  readonly meanwhile?: (elapsed: number, missing: string) => void;
  /** What the error says besides. */
  readonly hint?: () => string;
}

/**
 * Looks until `probe` gives anything but false, and returns that. What it throws is what is still missing.
 * @param seconds bound of the wait; a slow machine's {@link patienceFactor} multiplies it
 * @throws with what was missing last
 */
export async function waitUntil<T>(
  what: string,
  seconds: number,
  probe: () => T | Promise<T>,
  { pause = 100, meanwhile = () => {}, hint = () => "" }: WaitOptions = {},
): Promise<Exclude<T, false>> {
  const start = Date.now();
  for (let missing = ""; ; ) {
    try {
      const found = await probe();
      if (found !== false) return found as Exclude<T, false>;
    } catch (error) {
      missing = firstLine((error as Error).message);
    }
    const elapsed = Date.now() - start;
    if (elapsed >= seconds * 1000 * patienceFactor()) {
      const waited = `${(elapsed / 1000).toFixed(0)} s`;
      throw new Error(`${what}: not there after ${waited}${missing && `: ${missing}`}${hint()}`);
    }
    meanwhile(elapsed, missing);
    // A look takes a slow machine's time away from what it waits for.
    await sleep(pause * patienceFactor());
  }
}

function firstLine(text: string): string {
  return text.split("\n").find((line) => line.trim()) ?? text;
}
