/** Deletes an object and waits until it is gone. */
import type { DeleteRequest } from "@pulumi/pulumi/proto/provider_pb.js";
import { typeOf } from "../rpc/urn.ts";
import { asList, decode, dig, type Properties } from "../rpc/values.ts";
import { condition } from "./await/verdict.ts";
import { timeoutSeconds } from "./await/wait.ts";
import { ApiError, isNotFound } from "./client.ts";
import { NoSuchKind } from "./discovery.ts";
import {
  annotation,
  describe,
  isCustomResourceDefinition,
  isPatchOf,
  type KubeObject,
  metadataOf,
  parseId,
  withMetadata,
} from "./objects.ts";
import { pause } from "./pause.ts";
import type { Session } from "./session.ts";
import { parseState, type Stored } from "./state.ts";
import { relinquish } from "./write.ts";

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;
/** Deletions shorter than this are not worth a word. */
const SAY_AFTER_MS = 1000;

/** Deletes the object; one that is gone already counts as deleted. */
export async function deleteObject(session: Session, request: DeleteRequest): Promise<void> {
  const old = parseState(decode(request.getProperties()), decode(request.getOldInputs()));
  const { namespace, name } = parseId(request.getId());
  const object = withMetadata(old.live, { name, namespace: namespace || undefined });
  try {
    const path = await session.discovery.path(object);
    if (isPatchOf(typeOf(request.getUrn()), object))
      return await relinquish(session, object, old.fieldManager);
    await remove(session, path, object, old);
    if (isCustomResourceDefinition(object)) session.discovery.reset();
    if (annotation(old.inputs, "skipAwait") === "true") return;
    await untilGone(
      session,
      path,
      object,
      request.getUrn(),
      timeoutSeconds(request.getTimeout(), old.inputs),
    );
  } catch (error) {
    if (isNotFound(error) || error instanceof NoSuchKind) return;
    if (error instanceof ApiError && error.code === 0 && session.settings.deleteUnreachable) return;
    throw error;
  }
}

async function remove(session: Session, path: string, object: KubeObject, old: Stored): Promise<void> {
  const uid = metadataOf(object).uid;
  const body: Properties = {
    apiVersion: "v1",
    kind: "DeleteOptions",
    propagationPolicy: propagation(annotation(old.inputs, "deletionPropagationPolicy")),
    // a namesake that somebody made meanwhile is not ours to delete
    ...(uid ? { preconditions: { uid } } : {}),
  };
  await session.client.json({ method: "DELETE", path, body }).catch(async (error: unknown) => {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === 409 && /uid|UID/.test(error.message))
      throw new ApiError(404, "NotFound", error.message);
    // `default` and its like cannot be deleted: give back what we set there
    if (error.code === 403 && object.kind === "Namespace" && error.message.includes("may not be deleted"))
      return relinquish(session, object, old.fieldManager);
    throw error;
  });
}

/** Dependents first by default, so that nothing of the object is left when it is gone. */
export function propagation(annotated: string | undefined): string {
  const policies: Record<string, string> = { orphan: "Orphan", background: "Background" };
  return policies[annotated?.toLowerCase() ?? ""] ?? "Foreground";
}

async function untilGone(
  session: Session,
  path: string,
  object: KubeObject,
  urn: string,
  seconds: number,
): Promise<void> {
  const started = Date.now();
  const deadline = started + seconds * 1000;
  const uid = metadataOf(object).uid;
  let said = "";
  for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    const live = await session.client.json({ method: "GET", path }); // not found ends it
    const current = metadataOf(live);
    if ((uid && current.uid !== uid) || current.deletionTimestamp === undefined) return;
    const message = `waiting for it to go: ${holdUp(live)}`;
    if (Date.now() >= deadline || session.signal.aborted) {
      const when = session.signal.aborted ? "when this was cancelled" : `after ${seconds} seconds`;
      throw new Error(`${describe(object)} is not gone ${when}: ${holdUp(live)}`);
    }
    if (message !== said && Date.now() - started > SAY_AFTER_MS) {
      session.log("status", urn, message);
      said = message;
    }
    await pause(Math.min(wait, Math.max(deadline - Date.now(), 1)), session.signal);
  }
}

/** What a deletion waits for. */
export function holdUp(live: KubeObject): string {
  const remaining = [
    "NamespaceFinalizersRemaining",
    "NamespaceContentRemaining",
    "NamespaceDeletionContentFailure",
  ]
    .map((type) => condition(live, type))
    .find((found) => found?.status === "True");
  if (remaining) return String(remaining.message);
  const finalizers = [...asList(metadataOf(live).finalizers), ...asList(dig(live, "spec", "finalizers"))];
  if (finalizers.includes("foregroundDeletion")) return "its dependents are being deleted";
  return finalizers.length > 0 ? `finalizers ${finalizers.join(", ")}` : "its grace period";
}
