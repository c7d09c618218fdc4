/** What follows from the size of WordPress' pods and their number. */
import { bytes, mebibytes } from "../quantity.ts";

/** Memory Apache and its parent process need besides the workers, in MiB (docs/measurements.md). */
export const apacheMebibytes = 96;

/** Resident memory of one busy worker, in MiB (docs/measurements.md). */
export const workerMebibytes = 48;

/** What a worker takes more while it makes the sizes of a picture: of 24 megapixels, turned, by GD (docs/measurements.md). */
export const pictureMebibytes = 204;

/** Workers of a pod that make pictures ready at the same time: what an author uploads at once. */
export const picturesAtOnce = 3;

/** The part of it that ImageMagick may keep a picture's pixels in, in MiB (docs/measurements.md); further ones are in /tmp. */
export const imagickMebibytes = 128;

/** What it keeps in /tmp of a picture of 24 megapixels, turned, in MiB (docs/measurements.md). */
const imagickDiskMebibytes = 384;

/** A form holds more than its file: so much, in MiB. */
const formMebibytes = 8;

/** What Apache's workers follow from. */
export interface Workers {
  /** Apache processes of one pod. @default as many as the memory limit holds */
  maxRequestWorkers?: number;
  resources: { limits: { memory: string } };
}

/** What the use of /tmp follows from. */
export type Disk = Workers & { tmpSize?: string; php: { uploadMaxSize: string } };

/** Memory of a pod with so many workers, all of them busy and some of them with pictures, in MiB. */
export function memoryForWorkers(workers: number): number {
  const pictures = Math.min(workers, picturesAtOnce) * pictureMebibytes;
  return apacheMebibytes + workers * workerMebibytes + pictures;
}

/** Apache processes of one pod: what was asked for, else as many as its memory limit holds, and two at least. */
export function requestWorkers({ maxRequestWorkers, resources }: Workers): number {
  if (maxRequestWorkers !== undefined) return maxRequestWorkers;
  const room = mebibytes(resources.limits.memory) - memoryForWorkers(picturesAtOnce);
  return Math.max(2, picturesAtOnce + Math.floor(room / workerMebibytes));
}

/** What the number of pods follows from. */
export interface Pods {
  autoscaling: { enabled: boolean; maxReplicas: number };
  replicas: number;
  strategy: string;
}

/**
 * Most WordPress pods there can be at once: in a rolling update all new ones, and all old ones, which keep their
 * connections while they end.
 */
export function mostPods({ autoscaling, replicas, strategy }: Pods): number {
  const steady = autoscaling.enabled ? autoscaling.maxReplicas : replicas;
  return strategy === "RollingUpdate" ? 2 * steady : steady;
}

/** Connections to the database there can be at once: one for each worker of each pod. */
export function mostConnections(wordpress: Workers & Pods): number {
  return mostPods(wordpress) * requestWorkers(wordpress);
}

/** Largest request body, in MiB: an upload of `uploadMaxSize` and the form around it. */
export function bodyMebibytes(uploadMaxSize: string): number {
  return mebibytes(uploadMaxSize) + formMebibytes;
}

/** Largest request body, in bytes. */
export function bodyBytes(uploadMaxSize: string): number {
  return bytes(`${bodyMebibytes(uploadMaxSize)}Mi`);
}

/** Size of /tmp: what was asked for, else room for an upload and a picture by every worker at once, and at least 1Gi. */
export function tmpSize(wordpress: Disk): string {
  const most =
    requestWorkers(wordpress) * (bodyMebibytes(wordpress.php.uploadMaxSize) + imagickDiskMebibytes);
  return wordpress.tmpSize ?? `${Math.max(1024, most)}Mi`;
}

/** What ImageMagick may keep of pictures in files of /tmp, in each worker, in MiB: what the uploads leave. */
export function imagickDisk(wordpress: Disk): number {
  const share = mebibytes(tmpSize(wordpress)) / requestWorkers(wordpress);
  return Math.max(0, Math.floor(share - bodyMebibytes(wordpress.php.uploadMaxSize)));
}
