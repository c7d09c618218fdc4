/** Where the stack's own volumes are, as its state has them. */
import * as pulumi from "@pulumi/pulumi";
import { type Fault, notAllowed } from "../fault.ts";
import type { SiteConfig } from "../schema.ts";

interface StateResource {
  type: string;
  outputs?: { metadata?: { namespace?: string } };
}

/** Namespaces of the volume claims in the stack's state; none where no engine answers. */
export async function claimNamespaces(): Promise<string[]> {
  const resources = await stateResources().catch(() => []);
  const claims = resources.filter(({ type }) => type === "kubernetes:core/v1:PersistentVolumeClaim");
  return [...new Set(claims.flatMap(({ outputs }) => outputs?.metadata?.namespace ?? []))];
}

async function stateResources(): Promise<StateResource[]> {
  const stackName = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");
  const state = await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName });
  return Object.values(state.outputs);
}

/** What another namespace would do to the volumes in these. */
export function movedFaults({ namespace }: SiteConfig, namespaces: string[]): Fault[] {
  const others = namespaces.filter((other) => other !== namespace);
  if (others.length === 0) return [];
  return [
    notAllowed(
      "namespace",
      namespace,
      `${others.join(", ")}, where this stack's volumes are: another namespace replaces the claims, and the site begins empty. To move it, restore a backup into a stack of its own there`,
    ),
  ];
}
