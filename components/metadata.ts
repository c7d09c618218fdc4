import type * as k8s from "@pulumi/kubernetes/types/input.js";
import * as pulumi from "@pulumi/pulumi";

type Metadata = k8s.meta.v1.ObjectMeta;

/** Metadata with more in it. What is written out stays so: inside an output, an unknown field would hide the others. */
export function moreMetadata(
  metadata: pulumi.Input<Metadata> | undefined,
  more: (known: Metadata) => Metadata,
): pulumi.Input<Metadata> {
  const add = (known: Metadata = {}) => ({ ...known, ...more(known) });
  const later = pulumi.Output.isInstance(metadata) || metadata instanceof Promise;
  return later ? pulumi.output(metadata).apply((known) => add(known as Metadata)) : add(metadata);
}
