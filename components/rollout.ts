import type { Deadlines } from "./waiting.ts";

/** Share of its pods a rolling update starts in addition, so that many pods take not much longer than a few. */
const surge = 0.25;

/** A strategy that takes no pod away before a new one is ready. */
export const rollingUpdate = {
  type: "RollingUpdate",
  rollingUpdate: { maxSurge: `${surge * 100}%`, maxUnavailable: 0 },
};

/** Deployment whose pods are replaced. */
export interface Rollout {
  strategy: "RollingUpdate" | "Recreate";
  /** Its own progressDeadlineSeconds. */
  progressDeadlineSeconds: number;
  /** terminationGracePeriodSeconds of its pods. */
  terminationGracePeriodSeconds: number;
}

/**
 * Kubernetes gives the deadline to each step forward anew, and the provider has one for the whole rollout, at the end of
 * which it also says that a rollout is stuck. Steps of pods that do start take a small part of the deadline: two whole
 * ones are enough for all of them, and not too long to wait for bad news. At first, and with Recreate, all start at once.
 */
export function rolloutDeadlines(rollout: Rollout): Required<Deadlines> {
  const { strategy, progressDeadlineSeconds: step, terminationGracePeriodSeconds: end } = rollout;
  return { create: step, update: strategy === "RollingUpdate" ? 2 * step : end + step, delete: end };
}
