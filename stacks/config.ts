import * as pulumi from "@pulumi/pulumi";
import { closest, distance } from "fastest-levenshtein";
import type { z } from "zod";
import { crossCheck, type Fault } from "./checks.ts";
import { type SiteConfig, siteSchema } from "./schema.ts";

/**
 * Everything wrong with a stack's config at once. A RunError, so that the engine shows the text without a stack
 * trace and deploys nothing.
 */
export class ConfigError extends pulumi.RunError {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
    super(
      `The stack's config has ${count}; nothing was deployed.\n${faults.map((fault) => `  - ${fault}`).join("\n")}`,
    );
    this.faults = faults;
  }
}

// The SDK has it for everybody and leaves it out of its types.
const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };

/** The selected stack's config: typed, checked, with every default filled in. Throws {@link ConfigError}. */
export function loadConfig(project = pulumi.getProject()): SiteConfig {
  const prefix = `${project}:`;
  const entries = Object.entries(pulumi.runtime.allConfig())
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => [key.slice(prefix.length), value] as const);
  const secret = entries.filter(([key]) => isConfigSecret(prefix + key));
  if (secret.length > 0) {
    throw new ConfigError(
      secret.map(([key]) => `${key}: holds a secret; name a Kubernetes Secret in existingSecrets instead`),
    );
  }
  return parseConfig(Object.fromEntries(entries.map(([key, value]) => [key, decode(key, value)])));
}

/** Checks a config given as plain values and fills in its defaults. Throws {@link ConfigError}. */
export function parseConfig(values: Record<string, unknown>): SiteConfig {
  const parsed = siteSchema.safeParse(values, { reportInput: true });
  if (!parsed.success) throw new ConfigError(parsed.error.issues.flatMap((issue) => describeIssue(issue)));
  const faults = crossCheck(parsed.data);
  if (faults.length > 0) throw new ConfigError(faults.map(describeFault));
  return parsed.data;
}

/** The engine hands over structured values and booleans as JSON, and strings as they are. */
function decode(key: string, value: string): unknown {
  const type = unwrap(siteSchema.shape[key as keyof typeof siteSchema.shape] as z.ZodType | undefined)?.def
    .type;
  if (type === "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(issue.path);
    return issue.keys.map((key) => describeUnknownKey(keyPath([...issue.path, key]), key, known));
  }
  return [describeFault({ key: keyPath(issue.path), value: issue.input, allowed: issue.message })];
}

/** A key as `pulumi config set --path` takes it: `site.aliases[0]`. */
function keyPath(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`))
    .join("")
    .slice(1);
}

function describeFault({ key, value, allowed }: Fault): string {
  const given = value === undefined ? "is missing" : `${JSON.stringify(value)} is not allowed`;
  return `${key}: ${given}; expected ${allowed}`;
}

function describeUnknownKey(key: string, last: string, known: string[]): string {
  const nearest = known.length > 0 ? closest(last, known) : undefined;
  const near = nearest !== undefined && distance(last, nearest) <= Math.max(2, last.length / 3);
  return `${key}: is not a known key; ${near ? `did you mean ${nearest}?` : `known are ${known.join(", ")}`}`;
}

function knownKeys(path: readonly PropertyKey[]): string[] {
  let schema: z.ZodType | undefined = siteSchema;
  for (const step of path) {
    const inner = unwrap(schema);
    if (inner && "shape" in inner.def) schema = (inner.def.shape as Record<string, z.ZodType>)[String(step)];
    else if (inner && "element" in inner.def) schema = inner.def.element as z.ZodType;
    else return [];
  }
  const end = unwrap(schema);
  return end && "shape" in end.def ? Object.keys(end.def.shape as object) : [];
}

/** The type under defaults and optionality. */
function unwrap(schema: z.ZodType | undefined): z.ZodType | undefined {
  let inner = schema;
  while (inner && "innerType" in inner.def) inner = inner.def.innerType as z.ZodType;
  return inner;
}
