import type { ResourceTransformation } from "@pulumi/pulumi";

/**
 * For a site's objects: the program wins where another manager has set one of its fields. Such managers are people with
 * kubectl, an autoscaler that is no more, and this very program: an `up` that was killed leaves objects that the state
 * does not know, and the next one applies them by another name. Not of Secrets: the password that one holds may be the
 * only one the database knows.
 */
export const programWins: ResourceTransformation = ({ type, props, opts }) => {
  if (!type.startsWith("kubernetes:") || type === "kubernetes:core/v1:Secret") return undefined;
  const annotations = { ...props.metadata?.annotations, "pulumi.com/patchForce": "true" };
  return { props: { ...props, metadata: { ...props.metadata, annotations } }, opts };
};
