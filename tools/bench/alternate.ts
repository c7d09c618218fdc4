import { meterCpu } from "./cpu.ts";
import { type Load, loadPod } from "./fortio.ts";
import { pairedRatio, spread, times } from "./report.ts";

/** Figures of one contestant, one for each round. */
export interface Rounds {
  perSecond: number[];
  /** Milliseconds. */
  p50: number[];
  /** CPU seconds of Apache, PHP and MySQL for 1000 pages. */
  cpu: number[];
  /** MySQL's part of them. */
  mysql: number[];
  failed: number;
}

/**
 * Loads each pod in turn, round after round, so that whatever else the machine does meets all of them alike.
 *
 * @param pods addresses by name
 */
export async function alternate(
  pods: Record<string, string>,
  rounds: number,
  load: Load,
): Promise<Record<string, Rounds>> {
  const names = Object.keys(pods);
  const found = Object.fromEntries(names.map((name) => [name, noRounds()]));
  // Workers are started, and all code is compiled.
  for (const address of Object.values(pods)) await loadPod({ ...load, seconds: 3 }, address);
  for (let round = 0; round < rounds; round++) {
    // Every other round backwards, so that none is always the first.
    for (const name of round % 2 === 0 ? names : names.toReversed())
      await addRound(found[name] as Rounds, pods[name] as string, load);
  }
  return found;
}

function noRounds(): Rounds {
  return { perSecond: [], p50: [], cpu: [], mysql: [], failed: 0 };
}

async function addRound(found: Rounds, address: string, load: Load): Promise<void> {
  const metered = meterCpu();
  const served = await loadPod(load, address);
  const cpu = metered();
  if (served.failed > served.total / 2) {
    throw new Error(`${served.failed} of ${served.total} pages of ${address} failed: nothing to compare`);
  }
  const thousand = (seconds = 0) => (seconds * 1000) / served.total;
  found.perSecond.push(served.perSecond);
  found.p50.push(served.p50 * 1000);
  found.cpu.push(thousand(cpu["Apache and PHP"]) + thousand(cpu.MySQL));
  found.mysql.push(thousand(cpu.MySQL));
  found.failed += served.failed;
}

/** Heads of the cells {@link cellsOf} gives; the first is for what is compared. */
export const columns = ["", "Pages/s", "p50, ms", "CPU s for 1000", "of it MySQL", "Failed"];

/** One contestant's figures: median and range of the rounds. */
export function cellsOf({ perSecond, p50, cpu, mysql, failed }: Rounds): string[] {
  return [spread(perSecond, 1), spread(p50, 1), spread(cpu, 1), spread(mysql, 1), `${failed}`];
}

/** Pages a second against another's, round by round: `1.08 × site`. */
export function against(name: string, own: Rounds, base: Rounds): string {
  return `${times(ratio(own, base))} ${name}`;
}

/** Median of the rounds' ratios. */
export function ratio(own: Rounds, base: Rounds): number {
  return pairedRatio(own.perSecond, base.perSecond);
}

/** A difference below this share says nothing, however steady it is. */
const noise = 0.05;

/**
 * Whether one served more pages than the other, or fewer, beyond the noise: by the median of the rounds' ratios, and
 * with ranges that do not overlap. Whoever fails a page is not faster.
 */
export function compare(own: Rounds, base: Rounds): "more" | "fewer" | "alike" {
  const isAbove = (one: Rounds, other: Rounds) =>
    ratio(one, other) > 1 + noise && Math.min(...one.perSecond) > Math.max(...other.perSecond);
  if (isAbove(own, base) && own.failed === 0) return "more";
  return isAbove(base, own) ? "fewer" : "alike";
}
