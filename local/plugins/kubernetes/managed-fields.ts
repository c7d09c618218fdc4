/** Field ownership, as the API server records it in `metadata.managedFields`. */
import { parsePath, type Step } from "../rpc/paths.ts";
import { asList, asObject, dig, isObject, type Properties } from "../rpc/values.ts";
import { type KubeObject, metadataOf } from "./objects.ts";

interface Entry extends Properties {
  manager?: unknown;
  operation?: unknown;
  subresource?: unknown;
  fieldsV1?: unknown;
}

function entriesOf(object: KubeObject): Entry[] {
  return asList(metadataOf(object).managedFields).map(asObject);
}

/**
 * A POST makes its manager the owner by "Update"; only what is owned by "Apply" disappears when a later apply
 * leaves it out. Gives the managedFields with our own "Update" entry turned into "Apply"; undefined where there
 * is nothing to turn.
 */
export function asApplied(object: KubeObject, manager: string): Entry[] | undefined {
  const isOurs = (entry: Entry) => entry.manager === manager && !entry.subresource;
  const entries = entriesOf(object);
  const ours = entries.filter(isOurs);
  if (!ours.some((entry) => entry.operation === "Update")) return undefined;
  const fieldsV1 = ours.map((entry) => asObject(entry.fieldsV1)).reduce(union, {});
  return [...entries.filter((entry) => !isOurs(entry)), { ...ours[0], operation: "Apply", fieldsV1 }];
}

function union(a: Properties, b: Properties): Properties {
  const merged = { ...a };
  for (const [key, value] of Object.entries(b)) {
    merged[key] =
      isObject(merged[key]) && isObject(value) ? union(merged[key], value) : (merged[key] ?? value);
  }
  return merged;
}

/** True where some entry chosen by `whose` owns the field, or something inside it. */
function owns(entries: Entry[], path: readonly Step[], whose: (entry: Entry) => boolean): boolean {
  const keys = path.map((step) => `f:${step}`);
  return entries.filter(whose).some((entry) => dig(entry.fieldsV1, ...keys) !== undefined);
}

/**
 * The inputs with the ignored fields left to whoever manages them: dropped where somebody else owns them alone,
 * else kept as they are in the cluster.
 */
export function leaveIgnored(
  inputs: KubeObject,
  live: KubeObject,
  manager: string,
  ignoreChanges: string[],
): KubeObject {
  const entries = entriesOf(live);
  let result = inputs;
  for (const path of ignoreChanges.map(parsePath)) {
    if (path.includes("*")) continue; // the engine has already put the old inputs back
    const ours = owns(entries, path, (entry) => entry.manager === manager);
    const theirs = owns(entries, path, (entry) => entry.manager !== manager);
    const value = theirs && !ours ? undefined : at(live, path);
    if (value !== undefined || (theirs && !ours)) result = asObject(put(result, path, value));
  }
  return result;
}

function at(value: unknown, path: readonly Step[]): unknown {
  return path.reduce<unknown>(
    (here, step) =>
      Array.isArray(here) ? here[Number(step)] : isObject(here) ? here[String(step)] : undefined,
    value,
  );
}

/** A copy with one field set, or removed where the value is undefined; does nothing where the way there is missing. */
function put(target: unknown, path: readonly Step[], value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(target)) {
    return target.map((item, index) => (index === Number(step) ? put(item, rest, value) : item));
  }
  if (!isObject(target)) return target;
  const key = String(step);
  if (rest.length > 0 && target[key] === undefined) return target;
  const field = put(target[key], rest, value);
  const { [key]: _, ...others } = target;
  return field === undefined ? others : { ...target, [key]: field };
}
