import { ConfigMap, type ConfigMapArgs } from "@pulumi/kubernetes/core/v1/configMap.js";
import type * as pulumi from "@pulumi/pulumi";
import { type Transform, transformed } from "./transform.ts";

/** Files for a pod. */
export interface ImmutableConfigMapArgs {
  /** Namespace of the ConfigMap. */
  namespace: pulumi.Input<string>;
  labels: Record<string, pulumi.Input<string>>;
  /** File names and their contents. */
  data: Record<string, pulumi.Input<string>>;
  transform?: Transform<ConfigMapArgs>;
}

/**
 * A ConfigMap that never changes: other contents make a new one, every pod template that names it rolls, and pods of
 * the old template keep the files they started with.
 *
 * The engine names it, each one differently. A name made from the contents would come back when a change is taken
 * back, and after an update that failed the old one is still there: creating its namesake would fail as well.
 */
export function immutableConfigMap(
  resourceName: string,
  { namespace, labels, data, transform }: ImmutableConfigMapArgs,
  opts: pulumi.CustomResourceOptions,
): ConfigMap {
  const args: ConfigMapArgs = { metadata: { namespace, labels }, immutable: true, data };
  return new ConfigMap(resourceName, transformed(transform, args), opts);
}
