import { createHash } from "node:crypto";
import { Job, type JobArgs } from "@pulumi/kubernetes/batch/v1/job.js";
import type * as k8s from "@pulumi/kubernetes/types/input.js";
import * as pulumi from "@pulumi/pulumi";
import { immutableConfigMap } from "./immutable-config-map.ts";
import { moreMetadata } from "./metadata.ts";
import { type Transform, transformed } from "./transform.ts";
import { waitUntil } from "./waiting.ts";

/** What is run once. */
export interface OneTimeJobArgs {
  /** Namespace of the Job. */
  namespace: pulumi.Input<string>;
  labels: Record<string, pulumi.Input<string>>;
  /** What to run, and the longest it may take. */
  spec: { activeDeadlineSeconds: number; template: pulumi.Input<k8s.core.v1.PodTemplateSpec> };
  transform?: Transform<JobArgs>;
}

/**
 * One try: what may be otherwise a moment later, a Job asks again itself, and every other answer is told at once. A pod
 * that was drained, evicted or lost with its node has given none. No rule fails the Job: the provider knows the end of
 * one by its tries or its deadline, and would wait for the deadline of any other.
 */
const oneTry = {
  backoffLimit: 0,
  podFailurePolicy: {
    rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
  },
};

/**
 * A Job that runs once for each spec; what depends on it waits until it is complete. The next `up` makes a new one in
 * the place of one that failed, since a Job never runs again by itself.
 *
 * The engine waits for minutes before it writes a Job into its state, and may be killed meanwhile. So the engine names
 * the Job, each one differently: the one that was left behind is in nobody's way. And it belongs to a ConfigMap that
 * is in the state at once and holds the spec's digest: another spec makes another ConfigMap, and with the old one
 * Kubernetes deletes all Jobs that were made for it, known to the state or not.
 */
export function oneTimeJob(
  resourceName: string,
  { namespace, labels, spec, transform }: OneTimeJobArgs,
  opts: pulumi.CustomResourceOptions,
): Job {
  const annotations = { "pulumi.com/replaceUnready": "true" };
  const args = transformed<JobArgs>(transform, {
    metadata: { namespace, labels, annotations },
    spec: { ...oneTry, ...spec },
  });
  // Not the spec itself: a value in it that counts as secret would be there for all who may read ConfigMaps.
  const digest = pulumi
    .jsonStringify(args.spec)
    .apply((json) => createHash("sha256").update(json).digest("hex"));
  const owner = immutableConfigMap(
    `${resourceName}-run`,
    { namespace, labels, data: { "spec.sha256": digest } },
    opts,
  ).metadata;
  const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: owner.name, uid: owner.uid }];
  return new Job(
    resourceName,
    { ...args, metadata: moreMetadata(args.metadata, () => ({ ownerReferences })) },
    // A spec that was changed and changed back has another owner, and the Job in the state goes with the old one.
    {
      ...opts,
      replaceOnChanges: ["metadata.ownerReferences"],
      customTimeouts: waitUntil({ create: spec.activeDeadlineSeconds }),
    },
  );
}
