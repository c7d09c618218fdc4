/** When a CustomResourceDefinition serves its kind. */
import type { KubeObject } from "../objects.ts";
import { condition, failed, holds, ready, type Verdict, waiting } from "./verdict.ts";

export function definitionVerdict(definition: KubeObject): Verdict {
  if (holds(definition, "Established")) return ready;
  const names = condition(definition, "NamesAccepted");
  if (names?.status === "False") return failed(`its names are taken: ${names.message}`);
  return waiting("waiting for the API server to serve the new kind");
}
