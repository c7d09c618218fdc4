import { type CustomResource, type CustomTimeouts, type Input, log, output, runtime } from "@pulumi/pulumi";

/**
 * Annotation of an object that counts as made as soon as it is there. Volume claims have it: of a class that binds at
 * the first pod, the provider takes only a claim without a volume for made, and one that has its volume (kept from
 * before, or about to grow) fails after five minutes. The pods wait for the volume anyway.
 */
export const notAwaited = { "pulumi.com/skipAwait": "true" };

/** Seconds for a pod's image and volume, for its end, and for Kubernetes' verdict to arrive. */
const marginSeconds = 120;

/** The longest Kubernetes itself gives an object, in seconds. */
export interface Deadlines {
  /** To become ready. */
  create: number;
  /** To become ready again after a change. @default as long as `create` */
  update?: number;
  /** To be gone. @default the provider's 10 minutes */
  delete?: number;
}

/**
 * How long the provider waits for an object: a little longer than Kubernetes, so that it is Kubernetes that says what
 * went wrong. By itself it gives up after 10 minutes, whatever the object's own deadlines are.
 */
export function waitUntil(deadlines: Deadlines): CustomTimeouts {
  const withMargin = (seconds: number) => `${seconds + marginSeconds}s`;
  return {
    create: withMargin(deadlines.create),
    update: withMargin(deadlines.update ?? deadlines.create),
    ...(deadlines.delete === undefined ? {} : { delete: withMargin(deadlines.delete) }),
  };
}

/** How long an object may take before something is said of it, in seconds: most are there sooner. */
const slowSeconds = 180;

/**
 * Says what to look at once an object takes long. Of one that never comes into the state it is awaited in, the provider
 * says at the end no more than "timed out waiting for the condition". Not said on the resource itself: until it is made,
 * the engine does not know where to show it.
 */
export function sayWhenSlow(
  { id }: Pick<CustomResource, "id">,
  sentence: Input<string>,
  seconds = slowSeconds,
): void {
  if (runtime.isDryRun()) return;
  output(sentence).apply((text) => {
    const timer = setTimeout(() => void log.warn(text), seconds * 1000).unref();
    id.apply(() => clearTimeout(timer));
  });
}
