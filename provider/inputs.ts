import * as pulumi from "@pulumi/pulumi";
import { checkInputs, inTypes, later } from "../stacks/config.ts";
import { type SiteConfigInput, siteSchema } from "../stacks/schema.ts";

/** Values whose texts may be known later: outputs of resources that are not made yet, or secrets. */
type WithLaterTexts<T> = T extends string
  ? string extends T
    ? pulumi.Input<string>
    : T
  : T extends pulumi.Output<unknown> | PromiseLike<unknown>
    ? T
    : T extends object
      ? { [Key in keyof T]: WithLaterTexts<T[Key]> }
      : T;

/** What the constructor is given, and what has to be there first. */
export interface SiteInputs {
  args: WithLaterTexts<Omit<SiteConfigInput, "preflight" | "verify">>;
  dependsOn: pulumi.Resource[];
}

/** What the SDK's Output has for everybody and leaves out of its types. */
interface KnowingOutput {
  isKnown: Promise<boolean>;
  promise(): Promise<unknown>;
  allResources(): Promise<Set<pulumi.Resource>>;
}

/**
 * Inputs as the engine hands them over, checked as a stack's config is: known values as they are, texts that are known
 * later or secret as outputs. Throws a FaultsError.
 */
export async function siteInputs(inputs: pulumi.Inputs): Promise<SiteInputs> {
  const dependsOn = new Set<pulumi.Resource>();
  const args = inTypes(siteSchema, await settled(inputs, dependsOn)) as SiteInputs["args"];
  checkInputs(outputsAsLater(args) as Record<string, unknown>);
  return { args, dependsOn: [...dependsOn] };
}

async function settled(value: unknown, dependsOn: Set<pulumi.Resource>): Promise<unknown> {
  if (pulumi.Output.isInstance(value)) {
    const output = value as unknown as KnowingOutput;
    for (const resource of await output.allResources()) dependsOn.add(resource);
    const plain = (await output.isKnown) && !(await pulumi.isSecret(value));
    return plain ? settled(await output.promise(), dependsOn) : value;
  }
  if (Array.isArray(value)) return Promise.all(value.map((item) => settled(item, dependsOn)));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(async ([key, inner]) => [key, await settled(inner, dependsOn)]);
  return Object.fromEntries(await Promise.all(entries));
}

function outputsAsLater(value: unknown): unknown {
  if (pulumi.Output.isInstance(value)) return later;
  if (Array.isArray(value)) return value.map(outputsAsLater);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, outputsAsLater(inner)]));
}
