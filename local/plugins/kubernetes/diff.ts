/**
 * What an update would change, field by field. Three sides: the inputs last applied, the live object, and the
 * new inputs. Only fields the program names, or named, count; everything else belongs to the cluster.
 */
import { contains, formatPath, parsePath, type Step } from "../rpc/paths.ts";
import { asList, dig, equal, hasUnknown, isObject } from "../rpc/values.ts";
import {
  isAutonamed,
  type KubeObject,
  metadataOf,
  nameOfObject,
  namespaceOf,
  withMetadata,
} from "./objects.ts";
import { sameQuantity } from "./quantity.ts";
import { type Mutability, replacePatterns, touches } from "./replace.ts";
import type { Stored } from "./state.ts";

/** One changed field. */
export interface Change {
  kind: "add" | "delete" | "update";
  replace: boolean;
}

/** The whole comparison. */
export interface Comparison {
  /** Property path to change. */
  changes: Map<string, Change>;
  deleteBeforeReplace: boolean;
}

/** What the comparison depends on besides the objects. */
export interface DiffOptions extends Mutability {
  namespaced: boolean;
  ignoreChanges: string[];
  /** A Patch resource: only its identity is immutable. */
  isPatch: boolean;
}

const READ_ONLY =
  "creationTimestamp deletionGracePeriodSeconds deletionTimestamp generation managedFields resourceVersion uid";

/** Compares what is stored with what the program wants now. */
export function compare(stored: Stored, news: KubeObject, options: DiffOptions): Comparison {
  const before = canonical(stored.inputs, options.namespaced);
  const after = canonical(news, options.namespaced);
  const live = canonical(stored.live, options.namespaced);
  const patterns = options.isPatch
    ? ["metadata.name", "metadata.namespace"]
    : replacePatterns(after, options);
  const ignored = options.ignoreChanges.map(parsePath);
  const changes = new Map<string, Change>();

  const named = nameOfObject(after) !== "" && nameOfObject(before) === "";
  const old = named ? withMetadata(before, { name: nameOfObject(live) }) : before;
  for (const { path, from, to } of differences([], old, live, after)) {
    if (ignored.some((pattern) => contains(pattern, path))) continue;
    if (to === undefined && !appliedByUs(stored)) continue;
    const kind = to === undefined ? "delete" : from === undefined ? "add" : "update";
    changes.set(formatPath(path), { kind, replace: touches(patterns, path, to ?? from) });
  }
  const replaces = [...changes.values()].some((change) => change.replace);
  return { changes, deleteBeforeReplace: replaces && mustMakeRoom(live, after) };
}

/**
 * An object that was adopted (imported) and never applied by us: what the program does not name was set by
 * somebody else and stays.
 */
function appliedByUs(stored: Stored): boolean {
  const entries = asList(metadataOf(stored.live).managedFields);
  return entries.length === 0 || entries.some((entry) => dig(entry, "manager") === stored.fieldManager);
}

/** The replacement has the same name at the same place, so the old object has to go first. */
function mustMakeRoom(live: KubeObject, after: KubeObject): boolean {
  const name = metadataOf(after).name;
  if (typeof name !== "string" || isAutonamed(after)) return false;
  return name === nameOfObject(live) && namespaceOf(after) === namespaceOf(live);
}

function canonical(object: KubeObject, namespaced: boolean): KubeObject {
  const readOnly = Object.fromEntries(READ_ONLY.split(" ").map((field) => [field, undefined]));
  const namespace = namespaced ? (metadataOf(object).namespace ?? "default") : undefined;
  return withMetadata(object, { ...readOnly, namespace });
}

interface Difference {
  path: Step[];
  from: unknown;
  to: unknown;
}

function* differences(path: Step[], before: unknown, live: unknown, after: unknown): Generator<Difference> {
  if (same(before, after, path)) return;
  if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      yield* differences([...path, key], before[key], isObject(live) ? live[key] : undefined, after[key]);
    }
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index++) {
      yield* differences([...path, index], before[index], asList(live)[index], after[index]);
    }
    return;
  }
  // already so in the cluster: the program has caught up with it
  if (after !== undefined && !hasUnknown(after) && covers(live, after, path)) return;
  yield { path, from: before, to: after };
}

function same(a: unknown, b: unknown, path: readonly Step[]): boolean {
  if (hasUnknown(a) || hasUnknown(b)) return false;
  return equal(a ?? undefined, b ?? undefined) || sameQuantity(a, b, path);
}

/** True where the live value already says all that the new input says. */
function covers(live: unknown, after: unknown, path: Step[]): boolean {
  if (Array.isArray(after)) {
    return (
      Array.isArray(live) &&
      live.length === after.length &&
      after.every((item, index) => covers(live[index], item, [...path, index]))
    );
  }
  if (isObject(after)) {
    return (
      isObject(live) &&
      Object.entries(after).every(([key, field]) => covers(live[key], field, [...path, key]))
    );
  }
  return live !== undefined && same(live, after, path);
}
