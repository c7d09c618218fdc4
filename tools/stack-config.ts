import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";

const root = path.join(import.meta.dirname, "..");
const project = "wordpress-kubernetes";

/** Fault in the words given on a command line. */
export class UsageError extends Error {}

/** Names of the stacks this project has a config for. */
export function stackNames(): string[] {
  return readdirSync(root)
    .map((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1])
    .filter((name) => name !== undefined);
}

/**
 * The config of a stack as the engine would hand it to the program: Pulumi.yaml's defaults, the stack's file, then
 * overrides in the form `PATH=VALUE`. Keys come without the project's name.
 */
export function readStackConfig(stack: string, overrides: string[] = []): Record<string, unknown> {
  const file = path.join(root, `Pulumi.${stack}.yaml`);
  if (!existsSync(file)) {
    throw new UsageError(`There is no stack "${stack}"; known are ${stackNames().join(", ")}.`);
  }
  const values: Record<string, unknown> = {};
  const declared: Record<string, { default?: unknown }> = parse(
    readFileSync(path.join(root, "Pulumi.yaml"), "utf8"),
  ).config;
  for (const [key, { default: value }] of Object.entries(declared)) {
    if (value !== undefined) values[key] = value;
  }
  const given: Record<string, unknown> = parse(readFileSync(file, "utf8")).config ?? {};
  for (const [key, value] of Object.entries(given)) {
    if (key.startsWith(`${project}:`)) values[key.slice(project.length + 1)] = value;
  }
  for (const override of overrides) setPath(values, override);
  return values;
}

/** Sets one value the way `pulumi config set --path PATH VALUE` does. */
function setPath(values: Record<string, unknown>, override: string): void {
  const [, key, text] = /^([^=]+)=(.*)$/s.exec(override) ?? [];
  const steps = key?.replace(`${project}:`, "").match(/[^.[\]]+/g);
  if (!steps || text === undefined) throw new UsageError(`--config takes PATH=VALUE, and got "${override}".`);
  let at: Record<string, unknown> = values;
  for (const [index, step] of steps.slice(0, -1).entries()) {
    if (typeof at[step] !== "object" || at[step] === null) {
      at[step] = /^\d+$/.test(steps[index + 1] ?? "") ? [] : {};
    }
    at = at[step] as Record<string, unknown>;
  }
  at[steps[steps.length - 1] as string] = plainValue(text);
}

/** Pulumi reads true, false and whole numbers as such, and all else as text. */
function plainValue(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  return /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : text;
}
