import type { Fault } from "../fault.ts";
import type { SiteConfig } from "../schema.ts";
import type { Cluster } from "./cluster.ts";

/** What may go wrong and cannot be told for sure, in one sentence. */
export interface Warning {
  warning: string;
}

/** What a rule finds: faults are certain to go wrong. */
export type Finding = Fault | Warning;

/** Looks at one subject, reading of the cluster what it needs. What could not be read is no fault. */
export type Rule = (
  config: SiteConfig,
  cluster: Cluster,
) => Promise<(Finding | false | null | undefined | "")[]>;

/** Path of a namespace's objects in the API; of the core group without one. */
export function inNamespace(namespace: string, api?: string): string {
  return `${api === undefined ? "/api/v1" : `/apis/${api}`}/namespaces/${namespace}`;
}
