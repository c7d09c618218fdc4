/** Kubernetes' resource quantities. Source: apimachinery's Quantity. */

/** Bytes with a binary suffix, as config gives them: nobody sizes a volume in decimal ones on purpose. */
export const bytesPattern = /^[1-9][0-9]*(Ki|Mi|Gi|Ti)$/;

/** CPU as whole or decimal cores (`1`, `0.5`) or millicores (`200m`); never none at all. */
export const cpuPattern = /^(?!0\.0+$)([1-9][0-9]*m?|(0|[1-9][0-9]*)\.[0-9]{1,3})$/;

const units: Record<string, number> = { m: 1 / 1000, "": 1 };
for (const [power, prefix] of [..."kMGTPE"].entries()) {
  units[prefix] = 1000 ** (power + 1);
  units[`${prefix.toUpperCase()}i`] = 1024 ** (power + 1);
}

/** The number a quantity in any form of the API stands for; undefined for what is none. */
export function parseQuantity(text: string | undefined): number | undefined {
  const [, number, suffix = ""] = /^(\d+(?:\.\d+)?(?:[eE]\d+)?)(m|[kKMGTPE]i?)?$/.exec(text ?? "") ?? [];
  const unit = units[suffix];
  return number === undefined || unit === undefined ? undefined : Number(number) * unit;
}

/** A size as a number of bytes. Throws where it is none. */
export function bytes(quantity: string): number {
  const number = parseQuantity(quantity);
  if (number === undefined) throw new Error(`"${quantity}" is not a size such as 512Mi or 20Gi`);
  return number;
}

/** A size in mebibytes, rounded down. */
export function mebibytes(quantity: string): number {
  return Math.floor(bytes(quantity) / 2 ** 20);
}

/** CPU in millicores. */
export function millicores(quantity: string): number {
  return Math.round(bytes(quantity) * 1000);
}
