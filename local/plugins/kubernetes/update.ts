/** Updates an object in place and waits until it is ready again. */
import type { UpdateRequest } from "@pulumi/pulumi/proto/provider_pb.js";
import { initFailed } from "../rpc/errors.ts";
import { typeOf } from "../rpc/urn.ts";
import { decode, hasUnknown, type Properties } from "../rpc/values.ts";
import { awaiterFor } from "./await/awaiters.ts";
import { timeoutSeconds, waitUntilReady } from "./await/wait.ts";
import { ApiError, isNotFound } from "./client.ts";
import { asApplied, leaveIgnored } from "./managed-fields.ts";
import {
  annotation,
  describe,
  idOf,
  isCustomResourceDefinition,
  isPatchOf,
  type KubeObject,
  metadataOf,
  nameOfObject,
  withMetadata,
} from "./objects.ts";
import { notPreviewed, previewOfUpdate } from "./preview.ts";
import { redactor } from "./redact.ts";
import type { Session } from "./session.ts";
import { parseState, type Stored, toObject, toState } from "./state.ts";
import { applyObject, putObject, type WriteOptions } from "./write.ts";

/** Tries against somebody who writes to the same object. */
const ATTEMPTS = 5;

/** Updates the object, or says what would change. */
export async function update(session: Session, request: UpdateRequest): Promise<Properties> {
  const program = decode(request.getNews());
  const old = parseState(decode(request.getOlds()), decode(request.getOldInputs()));
  const inputs = named(toObject(program), old);
  const fieldManager = annotation(inputs, "patchFieldManager") ?? old.fieldManager;
  const redact = redactor(program, session.secrets);
  const state = (live: KubeObject) =>
    toState({ ...old, inputs: toObject(program), live, fieldManager }, program);

  if (request.getPreview()) {
    if (hasUnknown(inputs) || !(await session.discovery.kindIfServed(inputs))) return program;
  }
  const awaiter = request.getPreview() ? undefined : awaiterFor(inputs);
  const write: Write = {
    inputs,
    fieldManager,
    dryRun: request.getPreview(),
    onWarning: (text) => session.log("warning", request.getUrn(), redact(text)),
    ignoreChanges: request.getIgnorechangesList(),
    isPatch: isPatchOf(typeOf(request.getUrn()), inputs),
  };
  const object = await applied(session, write).catch((error: unknown) => {
    if (write.dryRun && error instanceof ApiError && error.code === 403) {
      write.onWarning?.(notPreviewed(error, inputs));
      return inputs;
    }
    throw new Error(redact(updateMessage(error, inputs)));
  });
  if (write.dryRun) return state(previewOfUpdate(object));
  if (isCustomResourceDefinition(inputs)) session.discovery.reset();
  if (!awaiter) return state(object);
  const seconds = timeoutSeconds(request.getTimeout(), inputs);
  const { live, reasons } = await waitUntilReady(session, {
    urn: request.getUrn(),
    object,
    awaiter,
    seconds,
    redact,
  });
  if (reasons.length === 0) return state(live);
  const message = `${describe(live)} was updated but is not ready: ${reasons.join("\n")}`;
  throw initFailed(message, { id: idOf(live), properties: state(live), reasons });
}

/** An object whose name the API server chose keeps it. */
function named(inputs: KubeObject, old: Stored): KubeObject {
  return nameOfObject(inputs) ? inputs : withMetadata(inputs, { name: nameOfObject(old.live) });
}

interface Write extends WriteOptions {
  inputs: KubeObject;
  ignoreChanges: string[];
  isPatch: boolean;
}

async function applied(session: Session, write: Write): Promise<KubeObject> {
  const { inputs, fieldManager, dryRun, onWarning } = write;
  const options = { fieldManager, dryRun, onWarning };
  const path = await session.discovery.path(inputs);
  const look = () => session.client.json({ method: "GET", path });
  if (isCustomResourceDefinition(inputs)) {
    return onLatest(look, (live) => putObject(session, inputs, live, options));
  }
  const live =
    dryRun || write.isPatch
      ? await look()
      : await onLatest(look, (latest) => takeOwnership(session, path, latest, fieldManager));
  const body = leaveIgnored(inputs, live, fieldManager, write.ignoreChanges);
  return applyObject(session, body, options);
}

/** A controller may write between our look at the object and our own write: then look again. */
async function onLatest<T>(
  look: () => Promise<KubeObject>,
  write: (live: KubeObject) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write(await look());
    } catch (error) {
      const isStale = error instanceof ApiError && (error.code === 409 || error.code === 422);
      if (!isStale || attempt >= ATTEMPTS) throw error;
    }
  }
}

/** See `asApplied`: without this, fields that left the program would stay in the object. Gives the object as it then is. */
async function takeOwnership(
  session: Session,
  path: string,
  live: KubeObject,
  fieldManager: string,
): Promise<KubeObject> {
  const managedFields = asApplied(live, fieldManager);
  if (!managedFields) return live;
  const resourceVersion = metadataOf(live).resourceVersion;
  const body = [
    { op: "test", path: "/metadata/resourceVersion", value: resourceVersion },
    { op: "replace", path: "/metadata/managedFields", value: managedFields },
  ];
  return session.client.json({ method: "PATCH", path, body, type: "application/json-patch+json" });
}

function updateMessage(error: unknown, inputs: KubeObject): string {
  if (isNotFound(error))
    return `${describe(inputs)} is gone: run pulumi refresh, then pulumi up to make it again`;
  return `${describe(inputs)} could not be updated: ${error instanceof Error ? error.message : error}`;
}
