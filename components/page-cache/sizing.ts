/** What follows from the memory limit of a cache pod. */
import { mebibytes } from "../quantity.ts";

/**
 * Memory a cache pod needs besides what it stores, in MiB: Varnish, its log and the compiler of its rules
 * (docs/measurements.md).
 */
export const varnishMebibytes = 112;

/** Share of the rest for what is kept; each object kept and the allocator take a fifth on top of their own. */
const storageShare = 0.65;

/** Share of the rest for answers that are not kept while they pass. */
const transientShare = 0.2;

const room = (memoryLimit: string) => Math.max(0, mebibytes(memoryLimit) - varnishMebibytes);

/** Memory in which a cache pod keeps pages, in MiB, as far below its limit as it has to be. */
export function storageMebibytes(memoryLimit: string): number {
  return Math.floor(room(memoryLimit) * storageShare);
}

/** Memory of a cache pod for answers it passes on, in MiB. */
export function transientMebibytes(memoryLimit: string): number {
  return Math.floor(room(memoryLimit) * transientShare);
}
