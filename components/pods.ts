import type * as k8s from "@pulumi/kubernetes/types/input.js";
import type { Input } from "@pulumi/pulumi";

/** CPU and memory of one container. */
export interface Resources {
  /** What the scheduler sets aside. */
  requests: { cpu: Input<string>; memory: Input<string> };
  /** What the container may use at most; equal to requests on every container gives Guaranteed QoS. */
  limits: { cpu: Input<string>; memory: Input<string> };
}

/** Labels of everything belonging to one tier of the site. */
export function tierLabels(tier: string): { app: string; tier: string } {
  return { app: "wordpress", tier };
}

/**
 * What Pod Security level `restricted` asks of a pod, for an image whose user is `uid`.
 * Source: kubernetes.io "Pod Security Standards".
 * OnRootMismatch, because the default walks the whole volume at every start.
 */
export function restrictedPod(uid: number) {
  return {
    runAsNonRoot: true,
    runAsUser: uid,
    runAsGroup: uid,
    fsGroup: uid,
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
  } satisfies k8s.core.v1.PodSecurityContext;
}

/** Settings of every container: what `restricted` asks, a read-only root file system, and last words. */
export const containerDefaults = {
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  },
  // The end of a failed container's log becomes part of its status, where `pulumi up` and `kubectl describe` show it.
  terminationMessagePolicy: "FallbackToLogsOnError",
} satisfies Partial<k8s.core.v1.Container>;

/** Settings of a pod that never talks to the API server. */
export const isolatedPod = {
  automountServiceAccountToken: false,
  // Docker-style link variables of the Service `wordpress` would land among the image's own WORDPRESS_* ones.
  enableServiceLinks: false,
} satisfies Partial<k8s.core.v1.PodSpec>;

/**
 * Pods of one template rather on different nodes than together. Those of the template a rollout replaces do not count:
 * they would push the new ones away from their nodes and together on the others.
 */
export function onDifferentNodes(matchLabels: Record<string, string>): k8s.core.v1.PodAntiAffinity {
  const podAffinityTerm = {
    labelSelector: { matchLabels },
    topologyKey: "kubernetes.io/hostname",
    matchLabelKeys: ["pod-template-hash"],
  };
  return { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm }] };
}
