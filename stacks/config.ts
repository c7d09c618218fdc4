import * as pulumi from "@pulumi/pulumi";
import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import { crossCheck } from "./checks.ts";
import { describe, FaultsError, notAllowed } from "./fault.ts";
import { type SiteConfig, siteSchema } from "./schema.ts";

/** Everything wrong with a stack's config at once. */
export class ConfigError extends FaultsError {
  constructor(faults: readonly string[]) {
    super("The stack's config has", faults);
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
  const parsed = siteSchema.safeParse(inTypes(siteSchema, values), { reportInput: true });
  if (!parsed.success) throw new ConfigError(parsed.error.issues.flatMap((issue) => describeIssue(issue)));
  const faults = crossCheck(parsed.data);
  if (faults.length > 0) throw new ConfigError(faults.map(describe));
  return parsed.data;
}

/** Stands for a value that is known later. */
export const later = Symbol("known later");

/** Checks the inputs of a Site, {@link inTypes}, where texts may be known {@link later}. Throws {@link FaultsError}. */
export function checkInputs(inputs: Record<string, unknown>): void {
  const parsed = siteSchema.safeParse(inputs, { reportInput: true });
  const faults = parsed.success
    ? crossCheck(parsed.data).map(describe)
    : parsed.error.issues.filter((issue) => !isLaterText(issue)).flatMap((issue) => describeIssue(issue));
  if (faults.length > 0) throw new FaultsError("Its inputs have", faults);
}

function isLaterText(issue: z.core.$ZodIssue): boolean {
  return issue.input === later && issue.code === "invalid_type" && issue.expected === "string";
}

/** The engine hands over structured values as JSON, and all others as text. */
function decode(key: string, value: string): unknown {
  const schema = unwrap(siteSchema.shape[key as keyof typeof siteSchema.shape] as z.ZodType | undefined);
  if (!(schema instanceof z.ZodObject)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/**
 * Values with each scalar in its key's type, where it means the same there: YAML and `pulumi config set` make numbers
 * and flags of texts that look like them, and leave fractions texts. No text is made of a fraction but an amount: 1.10
 * is 1.1 by now.
 */
export function inTypes(schema: z.ZodType | undefined, value: unknown): unknown {
  const type = unwrap(schema);
  if (Array.isArray(value) && type instanceof z.ZodArray) {
    return value.map((item) => inTypes(type.element as z.ZodType, item));
  }
  if (isMap(value)) {
    const typeOf = (key: string): z.ZodType | undefined => {
      if (type instanceof z.ZodObject) return type.shape[key];
      return type instanceof z.ZodRecord ? (type.valueType as z.ZodType) : undefined;
    };
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, inTypes(typeOf(key), inner)]),
    );
  }
  if (type instanceof z.ZodString) return isText(value, type) ? String(value) : value;
  if (type instanceof z.ZodNumber && typeof value === "string") {
    return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(value) ? Number(value) : value;
  }
  if (type instanceof z.ZodBoolean && (value === "true" || value === "false")) return value === "true";
  return value;
}

function isText(value: unknown, type: z.ZodString): boolean {
  if (typeof value === "number") return Number.isInteger(value) || type.meta()?.mayBeFraction === true;
  return typeof value === "boolean";
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(issue.path);
    return issue.keys.map((key) => describeUnknownKey(keyPath([...issue.path, key]), key, known));
  }
  const key = keyPath(issue.path);
  if (issue.input === later) {
    const problem = "has to be known before anything is made";
    return [describe({ key, problem, remedy: `expected ${issue.message}, not an output or a secret` })];
  }
  const fraction =
    typeof issue.input === "number" && issue.code === "invalid_type" && issue.expected === "string";
  return [describe(notAllowed(key, issue.input, `${issue.message}${fraction ? ", in quotes" : ""}`))];
}

/** A key as `pulumi config set --path` takes it: `site.aliases[0]`. */
function keyPath(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`))
    .join("")
    .slice(1);
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
