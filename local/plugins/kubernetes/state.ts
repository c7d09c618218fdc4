/**
 * What is stored of an object: the live object, with the program's inputs, the API version it was created with
 * and our field manager beside it. The same names and places as the official provider's.
 */
import { createHash, randomBytes } from "node:crypto";
import { asObject, hasSecret, markSecrets, type Properties, revealObject, Secret } from "../rpc/values.ts";
import { annotation, isSecretObject, type KubeObject, toApiNames, toSdkNames } from "./objects.ts";

const INPUTS = "__inputs";
const API_VERSION = "__initialApiVersion";
const FIELD_MANAGER = "__fieldManager";

/** A stored object, taken apart. */
export interface Stored {
  /** What the program asked for when it was last applied; secrets in the clear. */
  inputs: KubeObject;
  /** The object as the API server last had it; secrets in the clear. */
  live: KubeObject;
  initialApiVersion: string;
  fieldManager: string;
}

/** The program's inputs as the API server wants them. */
export function toObject(properties: Properties): KubeObject {
  return asObject(toApiNames(revealObject(properties)));
}

/** Takes a stored state apart; `inputs` stand in where the state has none. */
export function parseState(properties: Properties, inputs: Properties = {}): Stored {
  const {
    [INPUTS]: stored,
    [API_VERSION]: version,
    [FIELD_MANAGER]: manager,
    ...live
  } = revealObject(properties);
  const known = asObject(toApiNames(stored ?? revealObject(inputs)));
  return {
    inputs: known,
    live: asObject(toApiNames(live)),
    initialApiVersion: String(version ?? known.apiVersion ?? live.apiVersion ?? ""),
    fieldManager: annotation(known, "patchFieldManager") ?? (manager ? String(manager) : newFieldManager()),
  };
}

/** Puts a state together. `source` says which inputs are secret. */
export function toState(stored: Stored, source: Properties): Properties {
  return {
    ...secretive(asObject(toSdkNames(stored.live)), source),
    [INPUTS]: secretive(asObject(toSdkNames(stored.inputs)), source),
    [API_VERSION]: stored.initialApiVersion,
    [FIELD_MANAGER]: stored.fieldManager,
  };
}

/** Inputs as they are stored: secret where the program says so, and all data of a Secret. */
export function toInputs(inputs: KubeObject, source: Properties): Properties {
  return secretive(asObject(toSdkNames(inputs)), source);
}

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

function secretive(object: Properties, source: Properties): Properties {
  const marked = asObject(markSecrets(object, source));
  if (!isSecretObject(object)) return hasSecret(source) ? withoutCopy(marked) : marked;
  return { ...withoutCopy(marked), ...wrapped(marked, "data"), ...wrapped(marked, "stringData") };
}

/** kubectl keeps a copy of everything it applied, secrets included. */
function withoutCopy(object: Properties): Properties {
  const metadata = asObject(object.metadata);
  const annotations = asObject(metadata.annotations);
  if (!(LAST_APPLIED in annotations)) return object;
  const hidden = { ...annotations, ...wrapped(annotations, LAST_APPLIED) };
  return { ...object, metadata: { ...metadata, annotations: hidden } };
}

function wrapped(object: Properties, field: string): Properties {
  const value = object[field];
  if (value === undefined) return {};
  return { [field]: value instanceof Secret ? value : new Secret(revealAny(value)) };
}

function revealAny(value: unknown): unknown {
  return revealObject({ value }).value;
}

/** A field manager of our own for one object, so that nobody else's fields are touched. */
export function newFieldManager(seed: Uint8Array = randomBytes(32)): string {
  return `pulumi-kubernetes-${suffix(seed)}`;
}

/** Eight hexadecimal digits that follow from the seed. */
export function suffix(seed: Uint8Array): string {
  return createHash("sha256").update(seed).digest("hex").slice(0, 8);
}
