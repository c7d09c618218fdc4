import { freshPage } from "../e2e/environment.ts";

/** Milliseconds from one request to the next. */
const interval = 500;

/** What the site looked like from outside for a while. */
export interface Outage {
  /** Longest time between two requests that got a page, in seconds; 0 when none failed. */
  seconds: number;
  asked: number;
  failed: number;
}

/** Asks for the front page twice a second while `work` runs; WordPress makes each answer anew. */
export async function underPulse(work: () => Promise<unknown>): Promise<Outage> {
  const asked: Promise<{ at: number; ok: boolean }>[] = [];
  const timer = setInterval(() => asked.push(ask()), interval);
  await work().finally(() => clearInterval(timer));
  const answers = await Promise.all(asked);
  return {
    seconds: longestGap(answers),
    asked: answers.length,
    failed: answers.filter(({ ok }) => !ok).length,
  };
}

async function ask(): Promise<{ at: number; ok: boolean }> {
  const at = Date.now();
  const ok = await freshPage("/").then(
    ({ status }) => status === 200,
    () => false,
  );
  return { at, ok };
}

/** Seconds between the last good answer before a failure and the first one after it, by when they were asked for. */
export function longestGap(answers: { at: number; ok: boolean }[]): number {
  let good = answers[0]?.at ?? 0;
  let down = false;
  let longest = 0;
  for (const { at, ok } of answers) {
    if (!ok) down = true;
    else {
      if (down) longest = Math.max(longest, at - good);
      good = at;
      down = false;
    }
  }
  const last = answers.at(-1);
  return (down && last ? Math.max(longest, last.at - good) : longest) / 1000;
}
