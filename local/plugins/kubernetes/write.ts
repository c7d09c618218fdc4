/** The writing calls: create, apply, replace; for real or as a dry run. */
import { asList, asObject, dig, isObject, type Properties } from "../rpc/values.ts";
import { ApiError } from "./client.ts";
import { annotation, isSecretObject, type KubeObject, withMetadata } from "./objects.ts";
import type { Session } from "./session.ts";

/** How a write is done. */
export interface WriteOptions {
  fieldManager: string;
  /** Ask the server what would happen, without it happening. */
  dryRun: boolean;
  /** Hears the server's warnings. */
  onWarning?: (text: string) => void;
}

function query(options: WriteOptions, more: Record<string, string> = {}): Record<string, string> {
  return {
    fieldManager: options.fieldManager,
    fieldValidation: "Warn",
    ...(options.dryRun ? { dryRun: "All" } : {}),
    ...more,
  };
}

/**
 * `stringData` is a one-way convenience that field ownership does not understand: send it as `data`, so that a
 * key which leaves the program leaves the object.
 */
export function withoutStringData(object: KubeObject): KubeObject {
  if (!isSecretObject(object) || !isObject(object.stringData)) return object;
  const encoded = Object.entries(object.stringData).map(([key, text]) => [
    key,
    Buffer.from(String(text)).toString("base64"),
  ]);
  const { stringData, ...rest } = object;
  return { ...rest, data: { ...asObject(object.data), ...Object.fromEntries(encoded) } };
}

/** POST: fails with AlreadyExists where the object is there. */
export async function createObject(
  session: Session,
  object: KubeObject,
  options: WriteOptions,
): Promise<KubeObject> {
  const path = await session.discovery.path(object, true);
  const body = withoutStringData(object);
  return session.client.json({
    method: "POST",
    path,
    query: query(options),
    body,
    onWarning: options.onWarning,
  });
}

/** Server-side apply. Fields taken from kubectl need no permission; from anybody else they do. */
export async function applyObject(
  session: Session,
  object: KubeObject,
  options: WriteOptions,
): Promise<KubeObject> {
  const path = await session.discovery.path(object);
  const apply = (force: boolean) =>
    session.client.json({
      method: "PATCH",
      path,
      query: query(options, { force: String(force) }),
      body: withoutStringData(object),
      type: "application/apply-patch+yaml",
      onWarning: options.onWarning,
    });
  const forced = session.settings.patchForce || annotation(object, "patchForce") === "true";
  try {
    return await apply(forced);
  } catch (error) {
    const others = conflictingManagers(error);
    if (others.length === 0) throw error;
    if (others.every((manager) => BY_HAND.test(manager))) return apply(true);
    throw new ApiError(409, "Conflict", conflictMessage(error, others));
  }
}

/** Changes made by hand, and by this provider under its other names: the program wins. */
const BY_HAND = /^(kubectl|before-first-apply|pulumi-kubernetes|pulumi-resource-kubernetes)/;

/** Who owns the fields that an apply was refused for; empty for any other error. */
export function conflictingManagers(error: unknown): string[] {
  if (!(error instanceof ApiError) || error.code !== 409) return [];
  return asList(error.details.causes)
    .filter((cause) => dig(cause, "reason") === "FieldManagerConflict")
    .map((cause) => /conflict with "([^"]*)"/.exec(String(dig(cause, "message")))?.[1] ?? "");
}

function conflictMessage(error: unknown, managers: string[]): string {
  const message = error instanceof Error ? error.message : String(error);
  const names = [...new Set(managers)].join(", ");
  return `${message}. These fields are managed by ${names}: leave them out of the program, list them in ignoreChanges, or take them over with the annotation pulumi.com/patchForce: "true"`;
}

/** PUT on top of the live version: for CRDs, whose schemas do not merge. */
export async function putObject(
  session: Session,
  object: KubeObject,
  live: KubeObject,
  options: WriteOptions,
): Promise<KubeObject> {
  const body = withMetadata(object, { resourceVersion: dig(live, "metadata", "resourceVersion") });
  const path = await session.discovery.path(object);
  return session.client.json({
    method: "PUT",
    path,
    query: query(options),
    body,
    onWarning: options.onWarning,
  });
}

/** Gives up every field of ours; fields nobody else holds go away. */
export async function relinquish(session: Session, object: KubeObject, fieldManager: string): Promise<void> {
  const { name, namespace } = asObject(object.metadata);
  const bare: Properties = {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { name, namespace },
  };
  await applyObject(session, bare, { fieldManager, dryRun: false });
}
