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
import { previewOfUpdate } from "./preview.ts";
import { redactor } from "./redact.ts";
import type { Session } from "./session.ts";
import { parseState, type Stored, toObject, toState } from "./state.ts";
import { applyObject, putObject, type WriteOptions } from "./write.ts";

/** Updates the object, or says what would change. */
export async function update(session: Session, request: UpdateRequest): Promise<Properties> {
  const program = decode(request.getNews());
  const old = parseState(decode(request.getOlds()), decode(request.getOldInputs()));
  const inputs = named(toObject(program), old);
  const fieldManager = annotation(inputs, "patchFieldManager") ?? old.fieldManager;
  const redact = redactor(program);
  const state = (live: KubeObject) =>
    toState({ ...old, inputs: toObject(program), live, fieldManager }, program);

  if (request.getPreview()) {
    if (hasUnknown(inputs) || !(await session.discovery.kindIfServed(inputs))) return program;
  }
  const write: Write = {
    inputs,
    fieldManager,
    dryRun: request.getPreview(),
    onWarning: (text) => session.log("warning", request.getUrn(), redact(text)),
    ignoreChanges: request.getIgnorechangesList(),
    isPatch: isPatchOf(typeOf(request.getUrn()), inputs),
  };
  const object = await applied(session, write).catch((error: unknown) => {
    if (write.dryRun && error instanceof ApiError && error.code === 403) return inputs;
    throw new Error(redact(updateMessage(error, inputs)));
  });
  if (write.dryRun) return state(previewOfUpdate(object));
  if (isCustomResourceDefinition(inputs)) session.discovery.reset();

  const awaiter = awaiterFor(inputs);
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
  const live = await session.client.json({ method: "GET", path });
  if (isCustomResourceDefinition(inputs)) return putObject(session, inputs, live, options);
  if (!dryRun && !write.isPatch) await takeOwnership(session, path, live, fieldManager);
  const body = leaveIgnored(inputs, live, fieldManager, write.ignoreChanges);
  return applyObject(session, body, options);
}

/** See `asApplied`: without this, fields that left the program would stay in the object. */
async function takeOwnership(
  session: Session,
  path: string,
  live: KubeObject,
  fieldManager: string,
): Promise<void> {
  const managedFields = asApplied(live, fieldManager);
  if (!managedFields) return;
  const resourceVersion = metadataOf(live).resourceVersion;
  const body = [
    { op: "test", path: "/metadata/resourceVersion", value: resourceVersion },
    { op: "replace", path: "/metadata/managedFields", value: managedFields },
  ];
  await session.client.json({ method: "PATCH", path, body, type: "application/json-patch+json" });
}

function updateMessage(error: unknown, inputs: KubeObject): string {
  if (isNotFound(error))
    return `${describe(inputs)} is gone: run pulumi refresh, then pulumi up to make it again`;
  return `${describe(inputs)} could not be updated: ${error instanceof Error ? error.message : error}`;
}
