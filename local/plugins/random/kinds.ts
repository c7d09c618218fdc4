/** The kinds of random values: what each makes of its inputs, and how it is imported. */
import { createHash, randomBytes, randomInt, randomUUID } from "node:crypto";
import { type Properties, Secret } from "../rpc/values.ts";
import { bcrypt } from "./bcrypt.ts";
import { type Recipe, randomString, recipeFaults } from "./characters.ts";

/** One resource: its ID and what is stored beside the inputs. */
export interface Made {
  id: string;
  outputs: Properties;
}

/** One kind. */
export interface Kind {
  /** Version of the official provider's stored form. */
  schemaVersion: number;
  faults(inputs: Properties): { property: string; reason: string }[];
  make(inputs: Properties): Made;
  /** From the ID given to `pulumi import`; the inputs that would have made it. */
  adopt?(id: string): Made & { inputs: Properties };
}

/** Fills the defaults in; `number` is the old name of `numeric`. */
export function recipeOf(inputs: Properties): Recipe {
  const flag = (name: string) => (inputs[name] ?? true) === true;
  const least = (name: string) => Number(inputs[name] ?? 0);
  return {
    length: Number(inputs.length),
    lower: flag("lower"),
    upper: flag("upper"),
    numeric: (inputs.numeric ?? inputs.number ?? true) === true,
    special: flag("special"),
    minLower: least("minLower"),
    minUpper: least("minUpper"),
    minNumeric: least("minNumeric"),
    minSpecial: least("minSpecial"),
    overrideSpecial: inputs.overrideSpecial === undefined ? undefined : String(inputs.overrideSpecial),
  };
}

function recipeOutputs(inputs: Properties): Properties {
  const recipe = recipeOf(inputs);
  return { ...recipe, number: recipe.numeric };
}

function passwordOutputs(inputs: Properties, password: string): Properties {
  return { ...recipeOutputs(inputs), result: new Secret(password), bcryptHash: new Secret(bcrypt(password)) };
}

const password: Kind = {
  schemaVersion: 3,
  faults: (inputs) => recipeFaults(recipeOf(inputs)),
  make: (inputs) => ({ id: "none", outputs: passwordOutputs(inputs, randomString(recipeOf(inputs))) }),
  adopt: (id) => ({
    id: "none",
    inputs: { length: id.length },
    outputs: passwordOutputs({ length: id.length }, id),
  }),
};

const string: Kind = {
  schemaVersion: 2,
  faults: (inputs) => recipeFaults(recipeOf(inputs)),
  make: (inputs) => {
    const result = randomString(recipeOf(inputs));
    return { id: result, outputs: { ...recipeOutputs(inputs), result } };
  },
  adopt: (id) => ({
    id,
    inputs: { length: id.length },
    outputs: { ...recipeOutputs({ length: id.length }), result: id },
  }),
};

const id: Kind = {
  schemaVersion: 0,
  faults: ({ byteLength }) => atLeastOne("byteLength", byteLength),
  make: (inputs) => idOf(randomBytes(Number(inputs.byteLength)), String(inputs.prefix ?? "")),
  adopt: (text) => {
    const comma = text.lastIndexOf(",");
    const prefix = comma < 0 ? "" : text.slice(0, comma);
    const bytes = Buffer.from(text.slice(comma + 1), "base64url");
    const inputs = { byteLength: bytes.length, ...(prefix ? { prefix } : {}) };
    return { ...idOf(bytes, prefix), inputs };
  },
};

function idOf(bytes: Buffer, prefix: string): Made {
  const decimal = BigInt(`0x${bytes.toString("hex")}`).toString();
  return {
    id: bytes.toString("base64url"),
    outputs: {
      b64Std: prefix + bytes.toString("base64"),
      b64Url: prefix + bytes.toString("base64url"),
      hex: prefix + bytes.toString("hex"),
      dec: prefix + decimal,
      byteLength: bytes.length,
    },
  };
}

const integer: Kind = {
  schemaVersion: 0,
  faults: ({ min, max }) =>
    Number(min) <= Number(max) ? [] : [{ property: "max", reason: `max ${max} is less than min ${min}` }],
  make: (inputs) => {
    const [min, max] = [Number(inputs.min), Number(inputs.max)];
    const range = max - min + 1;
    const result = min + (inputs.seed === undefined ? randomInt(range) : seeded(String(inputs.seed), range));
    return { id: String(result), outputs: { result } };
  },
};

/** The same seed gives the same number (of our own generator; the official one's sequence differs). */
function seeded(seed: string, range: number): number {
  return Number(createHash("sha256").update(seed).digest().readBigUInt64BE() % BigInt(range));
}

const uuid: Kind = {
  schemaVersion: 0,
  faults: () => [],
  make: () => uuidOf(randomUUID()),
  adopt: (text) => ({ ...uuidOf(text), inputs: {} }),
};

function uuidOf(result: string): Made {
  return { id: result, outputs: { result } };
}

const bytes: Kind = {
  schemaVersion: 0,
  faults: ({ length }) => atLeastOne("length", length),
  make: ({ length }) => bytesOf(randomBytes(Number(length))),
  adopt: (text) => {
    const data = Buffer.from(text, "base64");
    return { ...bytesOf(data), inputs: { length: data.length } };
  },
};

function bytesOf(data: Buffer): Made {
  const [base64, hex] = [data.toString("base64"), data.toString("hex")];
  return { id: "none", outputs: { base64: new Secret(base64), hex: new Secret(hex), length: data.length } };
}

function atLeastOne(property: string, value: unknown): { property: string; reason: string }[] {
  const isGood = Number.isInteger(value) && Number(value) >= 1;
  return isGood
    ? []
    : [{ property, reason: `${property} must be a whole number of at least 1, not ${value}` }];
}

/** By type token. RandomPet and RandomShuffle are not here: they need the official plugin's word lists. */
export const KINDS: Record<string, Kind> = {
  "random:index/randomPassword:RandomPassword": password,
  "random:index/randomString:RandomString": string,
  "random:index/randomId:RandomId": id,
  "random:index/randomInteger:RandomInteger": integer,
  "random:index/randomUuid:RandomUuid": uuid,
  "random:index/randomBytes:RandomBytes": bytes,
};
