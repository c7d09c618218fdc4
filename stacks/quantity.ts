/**
 * Kubernetes resource quantities, the two forms this project accepts.
 * Source: kubernetes.io "Resource units in Kubernetes" and apimachinery's Quantity.
 */

/** Bytes with a binary suffix: `512Mi`, `20Gi`. Decimal suffixes are left out: nobody sizes a volume in them on purpose. */
export const bytesPattern = /^[1-9][0-9]*(Ki|Mi|Gi|Ti)$/;

/** CPU as whole or decimal cores (`1`, `0.5`) or millicores (`200m`); never none at all. */
export const cpuPattern = /^(?!0\.0+$)([1-9][0-9]*m?|(0|[1-9][0-9]*)\.[0-9]{1,3})$/;

const binaryUnits = new Map([
  ["Ki", 2 ** 10],
  ["Mi", 2 ** 20],
  ["Gi", 2 ** 30],
  ["Ti", 2 ** 40],
]);

/** A quantity of bytes as a number of bytes. The text must match {@link bytesPattern}. */
export function bytes(quantity: string): number {
  const unit = binaryUnits.get(quantity.slice(-2));
  if (unit === undefined) throw new Error(`"${quantity}" is not a size such as 512Mi or 20Gi`);
  return Number(quantity.slice(0, -2)) * unit;
}

/** A quantity of bytes in mebibytes, rounded down. */
export function mebibytes(quantity: string): number {
  return Math.floor(bytes(quantity) / 2 ** 20);
}

/** A CPU quantity in millicores. The text must match {@link cpuPattern}. */
export function millicores(quantity: string): number {
  return quantity.endsWith("m") ? Number(quantity.slice(0, -1)) : Math.round(Number(quantity) * 1000);
}
