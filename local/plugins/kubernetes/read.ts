/** Reads an object as it is now: for refresh, import and `get`. */
import type { ReadRequest } from "@pulumi/pulumi/proto/provider_pb.js";
import { initFailed } from "../rpc/errors.ts";
import { typeOf } from "../rpc/urn.ts";
import { asObject, decode, isObject, type Properties, Secret } from "../rpc/values.ts";
import { awaiterFor } from "./await/awaiters.ts";
import { Look } from "./await/look.ts";
import { ApiError, isNotFound } from "./client.ts";
import { NoSuchKind } from "./discovery.ts";
import {
  describe,
  identityOfType,
  idOf,
  isSecretObject,
  type KubeObject,
  metadataOf,
  parseId,
  withMetadata,
} from "./objects.ts";
import { redactor } from "./redact.ts";
import type { Session } from "./session.ts";
import { parseState, toInputs, toObject, toState } from "./state.ts";

/** What Read answers; undefined where the object is gone. */
export type Found = { id: string; inputs: Properties; properties: Properties } | undefined;

/** Reads the object with the request's ID. */
export async function read(session: Session, request: ReadRequest): Promise<Found> {
  const source = decode(request.getInputs());
  const state = decode(request.getProperties());
  const old = parseState(state, source);
  const known = Object.keys(source).length > 0 ? toObject(source) : old.inputs;
  const live = await find(session, request, {
    ...identityOfType(typeOf(request.getUrn())),
    ...identity(old.live),
    ...identity(known),
  });
  if (!live) return undefined;

  const isImport = metadataOf(known).name === undefined && metadataOf(known).generateName === undefined;
  const inputs = isImport ? declared(live) : project(live, known);
  const initialApiVersion = old.initialApiVersion || String(live.apiVersion);
  const secrets = isSecretObject(live) ? { ...source, data: new Secret({}) } : source;
  const found = {
    id: request.getId() || idOf(live),
    inputs: toInputs(inputs, secrets),
    properties: toState({ ...old, inputs, live, initialApiVersion }, secrets),
  };
  const fault = isImport ? undefined : await unreadiness(session, known, live);
  const reason = fault && redactor(source, session.secrets)(fault);
  if (reason) throw initFailed(`${describe(live)} is not ready: ${reason}`, { ...found, reasons: [reason] });
  return found;
}

function identity(object: KubeObject): Properties {
  return object.kind === undefined ? {} : { apiVersion: object.apiVersion, kind: object.kind };
}

async function find(
  session: Session,
  request: ReadRequest,
  type: Properties,
): Promise<KubeObject | undefined> {
  const { namespace, name } = parseId(request.getId());
  const target = { ...type, metadata: { name, ...(namespace ? { namespace } : {}) } };
  try {
    return await session.client.json({ method: "GET", path: await session.discovery.path(target) });
  } catch (error) {
    if (isNotFound(error) || error instanceof NoSuchKind) return undefined;
    if (error instanceof ApiError && error.code === 0 && session.settings.deleteUnreachable) return undefined;
    throw error;
  }
}

const SERVER_METADATA =
  "creationTimestamp deletionGracePeriodSeconds deletionTimestamp generation managedFields resourceVersion selfLink uid";
const SERVER_ANNOTATIONS = [
  "deployment.kubernetes.io/revision",
  "kubectl.kubernetes.io/last-applied-configuration",
];

/** What somebody else's object says, without what the server keeps there for itself. */
export function declared(live: KubeObject): KubeObject {
  const { status, ...object } = live;
  const annotations = Object.entries(asObject(metadataOf(live).annotations)).filter(
    ([name]) => !SERVER_ANNOTATIONS.includes(name),
  );
  const hidden = Object.fromEntries(SERVER_METADATA.split(" ").map((field) => [field, undefined]));
  return withMetadata(object, {
    ...hidden,
    annotations: annotations.length > 0 ? Object.fromEntries(annotations) : undefined,
  });
}

/**
 * The live object in the shape of the inputs: only what the program names, with the values of now. A Secret's
 * `stringData` is never read back by the server: it is rebuilt from `data`.
 */
export function project(live: KubeObject, inputs: KubeObject): KubeObject {
  const seen =
    isSecretObject(live) && isObject(inputs.stringData) ? { ...live, stringData: plainData(live) } : live;
  return asObject(projectValue(seen, inputs));
}

function plainData(secret: KubeObject): Properties {
  const entries = Object.entries(asObject(secret.data));
  return Object.fromEntries(
    entries.map(([key, value]) => [key, Buffer.from(String(value), "base64").toString()]),
  );
}

function projectValue(live: unknown, shape: unknown): unknown {
  if (live === undefined || live === null) return undefined;
  if (Array.isArray(live) && Array.isArray(shape)) {
    // where elements came or went, which is which is anybody's guess: show the list as it is
    return live.length === shape.length ? live.map((item, index) => projectValue(item, shape[index])) : live;
  }
  if (!isObject(live) || !isObject(shape)) return live;
  const entries = Object.keys(shape).map((key): [string, unknown] => [
    key,
    isEmpty(shape[key]) && live[key] === undefined ? shape[key] : projectValue(live[key], shape[key]),
  ]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** The server drops empty maps and lists; their absence is no drift. */
function isEmpty(value: unknown): boolean {
  return (Array.isArray(value) && value.length === 0) || (isObject(value) && Object.keys(value).length === 0);
}

/** Why the object is not ready at this moment; undefined where it is, or where nobody waits for its kind. */
async function unreadiness(
  session: Session,
  inputs: KubeObject,
  live: KubeObject,
): Promise<string | undefined> {
  const awaiter = awaiterFor(inputs);
  if (!awaiter) return undefined;
  const verdict = await awaiter(live, new Look(session.client), new Date(0));
  return verdict.state === "ready" ? undefined : verdict.message;
}
