import { meterCpu } from "./cpu.ts";
import { type Load, loadPod } from "./fortio.ts";
import { median, spread } from "./report.ts";

/** Figures of one variant, one for each round. */
export interface Rounds {
  perSecond: number[];
  p50: number[];
  /** CPU seconds of Apache, PHP and MySQL for 1000 pages. */
  cpu: number[];
  failed: number;
}

/** Loads each pod in turn, round after round, so that whatever else the machine does meets all of them alike. */
export async function alternate(
  addresses: Record<string, string>,
  rounds: number,
  load: Load,
): Promise<Record<string, Rounds>> {
  const names = Object.keys(addresses);
  const found = Object.fromEntries(
    names.map((name) => [name, { perSecond: [], p50: [], cpu: [], failed: 0 } as Rounds]),
  );
  for (const address of Object.values(addresses)) await loadPod({ ...load, seconds: 4 }, address);
  for (let round = 0; round < rounds; round++) {
    // Every other round backwards, so that none is always the first.
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const metered = meterCpu();
      const served = await loadPod(load, addresses[name] ?? "");
      const cpu = metered();
      const own = found[name] as Rounds;
      own.perSecond.push(served.perSecond);
      own.p50.push(served.p50 * 1000);
      own.cpu.push((((cpu["Apache and PHP"] ?? 0) + (cpu.MySQL ?? 0)) * 1000) / served.total);
      own.failed += served.failed;
    }
  }
  return found;
}

/** One row: the variant's figures, and its pages a second against the first variant's, round by round. */
export function rowOf(name: string, own: Rounds, base: Rounds): string[] {
  return [
    name,
    spread(own.perSecond, 1),
    spread(own.p50, 1),
    spread(own.cpu, 2),
    `${own.failed}`,
    `${ratio(own, base).toFixed(2)} ×`,
  ];
}

/** Median of the rounds' ratios. */
export function ratio(own: Rounds, base: Rounds): number {
  return median(own.perSecond.map((figure, round) => figure / (base.perSecond[round] ?? Number.NaN)));
}

export const columns = ["", "Pages/s", "p50, ms", "CPU s for 1000", "Failed", "Pages/s against the first"];
