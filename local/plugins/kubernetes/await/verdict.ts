/** What one look at an object says about it. */
import { asList, asObject, dig, type Properties } from "../../rpc/values.ts";
import { type KubeObject, metadataOf } from "../objects.ts";

/** Ready; not yet, and what is missing; or never, and why. */
export type Verdict =
  | { state: "ready" }
  | { state: "waiting"; message: string }
  | { state: "failed"; message: string };

export const ready: Verdict = { state: "ready" };

export function waiting(message: string): Verdict {
  return { state: "waiting", message };
}

export function failed(message: string): Verdict {
  return { state: "failed", message };
}

/** The object's condition of this type. */
export function condition(object: KubeObject, type: string): Properties | undefined {
  const found = asList(dig(object, "status", "conditions")).find((item) => dig(item, "type") === type);
  return found === undefined ? undefined : asObject(found);
}

/** True where the condition is `True`. */
export function holds(object: KubeObject, type: string): boolean {
  return condition(object, type)?.status === "True";
}

/** False until the controller has seen the last change of the object. */
export function isObserved(object: KubeObject): boolean {
  return (
    Number(dig(object, "status", "observedGeneration") ?? 0) >= Number(metadataOf(object).generation ?? 0)
  );
}

/** A number in the status; absent counts as zero. */
export function count(object: KubeObject, field: string): number {
  return Number(dig(object, "status", field) ?? 0);
}
