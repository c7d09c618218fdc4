/** Kubernetes objects as plain JSON, and the annotations by which a program steers this provider. */
import { asObject, dig, isObject, type Properties } from "../rpc/values.ts";

/** Any Kubernetes object. */
export type KubeObject = Properties;

/** Which kind of object, in the API server's own words. */
export interface GroupVersionKind {
  group: string;
  version: string;
  kind: string;
}

export function metadataOf(object: KubeObject): Properties {
  return asObject(object.metadata);
}

export function nameOfObject(object: KubeObject): string {
  return String(metadataOf(object).name ?? "");
}

export function namespaceOf(object: KubeObject): string {
  return String(metadataOf(object).namespace ?? "");
}

export function kindOf(object: KubeObject): string {
  return String(object.kind ?? "");
}

/** `apps/v1` and `Deployment` to group, version and kind; the core group is the empty string. */
export function groupVersionKind(object: KubeObject): GroupVersionKind {
  const apiVersion = String(object.apiVersion ?? "");
  const slash = apiVersion.indexOf("/");
  return {
    group: slash < 0 ? "" : apiVersion.slice(0, slash).replace(/^core$/, ""),
    version: apiVersion.slice(slash + 1),
    kind: kindOf(object),
  };
}

/** The Pulumi ID: `namespace/name`, or `name` alone where the kind has no namespace. */
export function idOf(object: KubeObject): string {
  const namespace = namespaceOf(object);
  return namespace ? `${namespace}/${nameOfObject(object)}` : nameOfObject(object);
}

export function parseId(id: string): { namespace: string; name: string } {
  const [first = "", second] = id.split("/");
  return second === undefined ? { namespace: "", name: first } : { namespace: first, name: second };
}

/** For messages: `Deployment kube-example/wordpress`. */
export function describe(object: KubeObject): string {
  return `${kindOf(object)} ${idOf(object)}`;
}

/** `kubernetes:apps/v1:Deployment` to what its objects say of themselves. */
export function identityOfType(type: string): { apiVersion: string; kind: string } {
  const [, module = "", kind = ""] = type.split(":");
  return { apiVersion: module.replace(/^core\//, ""), kind };
}

/** A copy of the object with other metadata fields; undefined removes one. */
export function withMetadata(object: KubeObject, fields: Properties): KubeObject {
  const merged = Object.entries({ ...metadataOf(object), ...fields }).filter(
    ([, value]) => value !== undefined,
  );
  return { ...object, metadata: Object.fromEntries(merged) };
}

/** A copy with one more annotation. */
export function withAnnotation(object: KubeObject, name: string, value: string): KubeObject {
  const annotations = { ...asObject(metadataOf(object).annotations), [name]: value };
  return withMetadata(object, { annotations });
}

/** The text of an annotation; undefined where it is absent. */
export function annotation(object: KubeObject, name: string): string | undefined {
  const value = dig(object, "metadata", "annotations", `pulumi.com/${name}`);
  return value === undefined ? undefined : String(value);
}

export function isAutonamed(object: KubeObject): boolean {
  return annotation(object, "autonamed") === "true";
}

export function isCustomResourceDefinition(object: KubeObject): boolean {
  return (
    kindOf(object) === "CustomResourceDefinition" && groupVersionKind(object).group === "apiextensions.k8s.io"
  );
}

export function isSecretObject(object: KubeObject): boolean {
  return kindOf(object) === "Secret" && object.apiVersion === "v1";
}

/** A Patch resource (`DeploymentPatch`) owns some fields of an object that somebody else created. */
export function isPatchOf(type: string, object: KubeObject): boolean {
  return identityOfType(type).kind === `${kindOf(object)}Patch`;
}

const UNDERSCORED = /^x_kubernetes_[a-z_]+$/;

/** The SDK writes `x_kubernetes_…` where a CRD's schema says `x-kubernetes-…`. */
export function toApiNames(value: unknown): unknown {
  return renameKeys(value, (key) => (UNDERSCORED.test(key) ? key.replaceAll("_", "-") : key));
}

/** The other way round, for the state. */
export function toSdkNames(value: unknown): unknown {
  return renameKeys(value, (key) => (key.startsWith("x-kubernetes-") ? key.replaceAll("-", "_") : key));
}

function renameKeys(value: unknown, rename: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renameKeys(item, rename));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [rename(key), renameKeys(field, rename)]),
  );
}
