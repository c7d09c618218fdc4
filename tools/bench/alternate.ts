import { meterCpu } from "./cpu.ts";
import { type Load, loadPod } from "./fortio.ts";
import { pairedRatio, spread, times } from "./report.ts";

/** What takes part: a pod, with something else changed around it while it is loaded if `changed` is given. */
export interface Contestant {
  address: string;
  /** Makes the change, runs the load, and takes the change back however the load ends. */
  changed?: <T>(load: () => Promise<T>) => Promise<T>;
}

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

/** Loads each in turn, round after round, so that whatever else the machine does meets all of them alike. */
export async function alternate(
  contestants: Record<string, Contestant>,
  rounds: number,
  load: Load,
): Promise<Record<string, Rounds>> {
  const names = Object.keys(contestants);
  const found = Object.fromEntries(names.map((name) => [name, noRounds()]));
  // Workers are started, and all code is compiled.
  const addresses = new Set(Object.values(contestants).map(({ address }) => address));
  for (const address of addresses) await loadPod({ ...load, seconds: 3 }, address);
  for (let round = 0; round < rounds; round++) {
    // Every other round backwards, so that none is always the first.
    for (const name of round % 2 === 0 ? names : names.toReversed())
      await addRound(found[name] as Rounds, contestants[name] as Contestant, load);
  }
  return found;
}

function noRounds(): Rounds {
  return { perSecond: [], p50: [], cpu: [], mysql: [], failed: 0 };
}

async function addRound(found: Rounds, { address, changed }: Contestant, load: Load): Promise<void> {
  const measure = async () => {
    const metered = meterCpu();
    const served = await loadPod(load, address);
    return { served, cpu: metered() };
  };
  const { served, cpu } = await (changed ? changed(measure) : measure());
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

/** What {@link compare} takes for more than noise, as a sentence has it. */
export const beyondNoise = `by more than ${noise * 100} %, its slowest round above the other's fastest`;

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
