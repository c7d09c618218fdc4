import {
  type ComponentResourceOptions,
  mergeOptions,
  output,
  type ResourceTransformation,
} from "@pulumi/pulumi";
import { moreMetadata } from "./metadata.ts";

/**
 * For a site's objects: the program wins where another manager has set one of its fields. Such managers are people with
 * kubectl, an autoscaler that is no more, and this very program: an `up` that was killed leaves objects that the state
 * does not know, and the next one applies them by another name. Not of Secrets: the password that one holds may be the
 * only one the database knows.
 */
export const programWins: ResourceTransformation = ({ type, props, opts }) => {
  if (!type.startsWith("kubernetes:") || type === "kubernetes:core/v1:Secret") return undefined;
  const metadata = moreMetadata(props.metadata, ({ annotations }) => ({
    annotations: output(annotations).apply((known) => ({ ...known, "pulumi.com/patchForce": "true" })),
  }));
  return { props: { ...props, metadata }, opts };
};

/** A component's options with {@link programWins} for all its objects. */
export function withProgramWins(opts: ComponentResourceOptions = {}): ComponentResourceOptions {
  return mergeOptions({ transformations: [programWins] }, opts);
}
