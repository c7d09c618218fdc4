/** Creates an object and waits until it is ready. */
import type { CreateRequest } from "@pulumi/pulumi/proto/provider_pb.js";
import { initFailed } from "../rpc/errors.ts";
import { typeOf } from "../rpc/urn.ts";
import { decode, hasUnknown, type Properties } from "../rpc/values.ts";
import { awaiterFor } from "./await/awaiters.ts";
import { timeoutSeconds, waitUntilReady } from "./await/wait.ts";
import { ApiError, isNotFound } from "./client.ts";
import { NoSuchKind } from "./discovery.ts";
import {
  annotation,
  describe,
  idOf,
  isCustomResourceDefinition,
  isPatchOf,
  type KubeObject,
  nameOfObject,
  withMetadata,
} from "./objects.ts";
import { pause } from "./pause.ts";
import { notPreviewed, previewOfCreate } from "./preview.ts";
import { redactor } from "./redact.ts";
import type { Session } from "./session.ts";
import { newFieldManager, suffix, toObject, toState } from "./state.ts";
import { applyObject, createObject, type WriteOptions } from "./write.ts";

/** What Create answers. */
export interface Created {
  id: string;
  properties: Properties;
}

const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 500;

/** Creates the object, or says what would be created. */
export async function create(session: Session, request: CreateRequest): Promise<Created> {
  const program = decode(request.getProperties());
  const inputs = toObject(program);
  const urn = request.getUrn();
  if (request.getPreview()) return { id: "", properties: await previewCreate(session, urn, program, inputs) };

  const redact = redactor(program, session.secrets);
  const onWarning = (text: string) => session.log("warning", urn, redact(text));
  const awaiter = awaiterFor(inputs);
  const fieldManager = annotation(inputs, "patchFieldManager") ?? newFieldManager();
  const isUpsert = session.settings.upsert || isPatchOf(typeOf(urn), inputs);
  const seconds = timeoutSeconds(request.getTimeout(), inputs);
  const object = await creating(session, urn, seconds, async () => {
    const options = { fieldManager, dryRun: false, onWarning };
    return isUpsert
      ? applyObject(session, await placed(session, inputs), options)
      : createObject(session, inputs, options);
  }).catch((error: unknown) => {
    throw new Error(redact(createMessage(error, inputs)));
  });
  if (isCustomResourceDefinition(inputs)) session.discovery.reset();

  const state = (live: KubeObject) =>
    toState({ inputs, live, initialApiVersion: String(inputs.apiVersion), fieldManager }, program);
  if (!awaiter) return { id: idOf(object), properties: state(object) };
  const { live, reasons } = await waitUntilReady(session, { urn, object, awaiter, seconds, redact });
  if (isCustomResourceDefinition(inputs)) session.discovery.reset();
  if (reasons.length > 0) {
    const message = `${describe(live)} was created but is not ready: ${reasons.join("\n")}`;
    throw initFailed(message, { id: idOf(live), properties: state(live), reasons });
  }
  return { id: idOf(live), properties: state(live) };
}

/**
 * A namespace or a CRD made in this same update may need a moment: not found means try again. A namesake on its
 * way out (deleted with skipAwait, or by somebody else) is waited for as long as the object itself would be.
 */
async function creating<T>(
  session: Session,
  urn: string,
  seconds: number,
  attempt: () => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      const isLeaving = error instanceof ApiError && error.message.startsWith("object is being deleted");
      const mayCome = (isNotFound(error) || error instanceof NoSuchKind) && count < ATTEMPTS;
      if (!(mayCome || isLeaving) || Date.now() > deadline || session.signal.aborted) throw error;
      session.log(
        "status",
        urn,
        isLeaving ? "waiting for its predecessor to go" : `not yet possible: ${messageOf(error)}`,
      );
      await pause(isLeaving ? FIRST_PAUSE_MS : FIRST_PAUSE_MS * 2 ** (count - 1), session.signal);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function createMessage(error: unknown, inputs: KubeObject): string {
  if (error instanceof ApiError && error.reason === "AlreadyExists") {
    return `${describe(inputs)} already exists: take it into the stack with pulumi import, or give this one another name`;
  }
  if (error instanceof NoSuchKind) {
    return `${describe(inputs)} could not be created: ${error.message}. Install its CustomResourceDefinition first`;
  }
  return `${describe(inputs)} could not be created: ${messageOf(error)}`;
}

/** The inputs without a namespace where the kind has none (it was not known when they were checked). */
async function placed(session: Session, inputs: KubeObject): Promise<KubeObject> {
  const { namespaced } = await session.discovery.kind(inputs);
  return namespaced ? inputs : withMetadata(inputs, { namespace: undefined });
}

async function previewCreate(
  session: Session,
  urn: string,
  program: Properties,
  inputs: KubeObject,
): Promise<Properties> {
  if (hasUnknown(inputs) || isPatchOf(typeOf(urn), inputs)) return program;
  if (!(await session.discovery.kindIfServed(inputs))) return program;
  const redact = redactor(program, session.secrets);
  const onWarning = (text: string) => session.log("warning", urn, redact(text));
  const options = { fieldManager: newFieldManager(), dryRun: true, onWarning };
  try {
    const answer = await createObject(session, inputs, options);
    return stateOfPreview(answer, inputs, program, options.fieldManager);
  } catch (error) {
    if (isNotFound(error)) return program; // its namespace comes in this update
    if (error instanceof ApiError && error.code === 403) {
      onWarning(notPreviewed(error, inputs));
      return program;
    }
    if (error instanceof ApiError && error.reason === "AlreadyExists") {
      if (session.settings.upsert || isCustomResourceDefinition(inputs)) return program;
      if (!session.known.has(urn)) onWarning(createMessage(error, inputs));
      return previewUnderOtherName(session, inputs, program, options);
    }
    throw new Error(redact(createMessage(error, inputs)));
  }
}

/** The namesake will be deleted first; until then, ask for the same object under a name that is free. */
async function previewUnderOtherName(
  session: Session,
  inputs: KubeObject,
  program: Properties,
  options: WriteOptions,
): Promise<Properties> {
  const name = `${nameOfObject(inputs)
    .slice(0, 40)
    .replace(/[.-]+$/, "")}-${suffix(Buffer.from(options.fieldManager))}`;
  try {
    const answer = await createObject(session, withMetadata(inputs, { name }), options);
    return stateOfPreview(answer, inputs, program, options.fieldManager);
  } catch (error) {
    throw new Error(redactor(program, session.secrets)(createMessage(error, inputs)));
  }
}

function stateOfPreview(
  answer: KubeObject,
  inputs: KubeObject,
  program: Properties,
  fieldManager: string,
): Properties {
  const live = previewOfCreate(answer, inputs);
  return toState({ inputs, live, initialApiVersion: String(inputs.apiVersion), fieldManager }, program);
}
