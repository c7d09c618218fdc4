/**
 * A stand-in for the provider `random`, for where the official plugin cannot be downloaded. It knows what this project
 * uses, RandomPassword, with the official plugin's form of state.
 */
import { randomInt } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";

const type = "random:index/randomPassword:RandomPassword";

/** Characters by class, in the official plugin's choice. */
const classes = {
  lower: "abcdefghijklmnopqrstuvwxyz",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  numeric: "0123456789",
  special: "!@#$%&*()-_=+[]{}<>:?",
};

/** A password's length and which classes may occur in it. */
type Recipe = { length: number } & Record<keyof typeof classes, boolean>;

const defaults = { lower: true, upper: true, numeric: true, special: true };

function faults(urn: string, inputs: Record<string, unknown>): pulumi.provider.CheckFailure[] {
  const found = urn.split("::").at(2)?.split("$").at(-1);
  if (found !== type) return [{ property: "", reason: `this stand-in of the random plugin has no ${found}` }];
  const known = ["length", ...Object.keys(defaults)];
  const unknown = Object.keys(inputs).filter((key) => !key.startsWith("__") && !known.includes(key));
  const failures = unknown.map((key) => fault(key, inputs[key], `one of ${known.join(", ")} as a key`));
  if (!Number.isInteger(inputs.length) || Number(inputs.length) < 1 || Number(inputs.length) > 4096)
    failures.push(fault("length", inputs.length, "a whole number from 1 to 4096"));
  for (const name of Object.keys(defaults)) {
    if (!["boolean", "undefined"].includes(typeof inputs[name]))
      failures.push(fault(name, inputs[name], "true or false"));
  }
  if (Object.keys(defaults).every((name) => inputs[name] === false))
    failures.push(fault("lower", false, "at least one class of characters"));
  return failures;
}

function fault(property: string, value: unknown, allowed: string): pulumi.provider.CheckFailure {
  const reason = `${property}: ${JSON.stringify(value)} is not allowed; this stand-in of the random plugin takes ${allowed}`;
  return { property, reason };
}

function password(recipe: Recipe): string {
  const names = Object.keys(classes) as (keyof typeof classes)[];
  const characters = names.map((name) => (recipe[name] ? classes[name] : "")).join("");
  return Array.from({ length: recipe.length }, () => characters[randomInt(characters.length)]).join("");
}

/** `bcryptHash` is left out: nothing here reads it. */
async function create(_urn: string, inputs: { length: number }) {
  const recipe: Recipe = { ...defaults, ...inputs };
  const minimums = { minLower: 0, minUpper: 0, minNumeric: 0, minSpecial: 0 };
  const outs = { ...recipe, ...minimums, number: recipe.numeric, result: password(recipe), id: "none" };
  return { id: "none", outs: { ...outs, __meta: '{"schema_version":"3"}' } };
}

/** Made anew when any input changes; a default that is said aloud changes nothing. */
async function diff(_id: string, _urn: string, olds: Partial<Recipe>, news: Partial<Recipe>) {
  const wanted = { ...defaults, ...news };
  const names = ["length", ...Object.keys(defaults)] as (keyof Recipe)[];
  const replaces = names.filter((name) => wanted[name] !== olds[name]);
  return { changes: replaces.length > 0, replaces };
}

await pulumi.provider.main(
  {
    version: process.env.RANDOM_PROVIDER_VERSION,
    check: async (urn, _olds, inputs) => ({ inputs, failures: faults(urn, inputs) }),
    create,
    diff,
    update: async (_id, _urn, olds, news) => ({ outs: { ...olds, ...news } }),
  },
  process.argv.slice(2),
);
