/** Quantities (`500m`, `1Gi`) and other values that can be written in more than one way. */
import type { Step } from "../rpc/paths.ts";

const FACTORS: Record<string, [bigint, bigint]> = {
  n: [1n, 10n ** 9n],
  u: [1n, 10n ** 6n],
  m: [1n, 1000n],
  "": [1n, 1n],
  k: [1000n, 1n],
  M: [10n ** 6n, 1n],
  G: [10n ** 9n, 1n],
  T: [10n ** 12n, 1n],
  P: [10n ** 15n, 1n],
  E: [10n ** 18n, 1n],
  Ki: [1n << 10n, 1n],
  Mi: [1n << 20n, 1n],
  Gi: [1n << 30n, 1n],
  Ti: [1n << 40n, 1n],
  Pi: [1n << 50n, 1n],
  Ei: [1n << 60n, 1n],
};
/** The API server keeps no more than this. */
const NANO = 10n ** 9n;

/** The amount in billionths; undefined for what is no quantity. */
export function parseQuantity(value: unknown): bigint | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const match =
    /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3})|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/.exec(
      String(value),
    );
  if (!match) return undefined;
  const [, sign, whole = "", fraction = "", exponent, unit = ""] = match;
  if (whole === "" && fraction === "") return undefined;
  const [times, over] = FACTORS[unit] ?? [1n, 1n];
  const power = Number(exponent ?? 0);
  const scaled = BigInt(`${whole}${fraction}`) * times * NANO * 10n ** BigInt(Math.max(power, 0));
  const divisor = over * 10n ** BigInt(fraction.length + Math.max(-power, 0));
  return (sign === "-" ? -1n : 1n) * (scaled / divisor);
}

/** The parents and fields under which Kubernetes' own kinds keep quantities. */
const PARENTS = new Set([
  "requests",
  "limits",
  "capacity",
  "allocatable",
  "hard",
  "default",
  "defaultRequest",
  "min",
  "max",
  "overhead",
]);
const FIELDS = new Set(["sizeLimit", "averageValue", "maxLimitRequestRatio", "storage", "divisor"]);

function isQuantityPath(path: readonly Step[]): boolean {
  const last = path.at(-1);
  const parent = path.at(-2);
  return (
    (typeof last === "string" && FIELDS.has(last)) || (typeof parent === "string" && PARENTS.has(parent))
  );
}

/** True where both are the same amount at a place that holds quantities. */
export function sameQuantity(a: unknown, b: unknown, path: readonly Step[]): boolean {
  if (!isQuantityPath(path)) return false;
  const left = parseQuantity(a);
  return left !== undefined && left === parseQuantity(b);
}
