/**
 * Property values as the engine sends them: JSON plus secrets and values that are not known before `up`.
 * On the wire both are disguised as plain JSON by a signature; here they are classes.
 */
import struct from "google-protobuf/google/protobuf/struct_pb.js";

type Struct = InstanceType<typeof struct.Struct>;

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** One sentinel string per type of unknown value; the first is the one we send ourselves. */
const UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const UNKNOWNS = new Set([
  UNKNOWN_STRING,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** A value that must be stored encrypted and never shown. */
export class Secret {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

/** A value that only `up` will decide. */
export class Unknown {}
export const unknown = new Unknown();

/** A JSON object whose leaves may be secret or unknown. */
export type Properties = Record<string, unknown>;

/** True for a JSON object: not an array, not a secret, not an unknown. */
export function isObject(value: unknown): value is Properties {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Secret) &&
    !(value instanceof Unknown)
  );
}

/** The value as a JSON object; anything else counts as empty. */
export function asObject(value: unknown): Properties {
  return isObject(value) ? value : {};
}

/** The value as a list; anything else counts as empty. */
export function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Reads a nested field; undefined where any step is missing. */
export function dig(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), value);
}

/** A copy of the object without the fields that are undefined or null, at this level only. */
function withoutNulls(entries: [string, unknown][]): Properties {
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== null));
}

/** Wire form to values. Null fields of objects are dropped, as in the official SDKs. */
export function decode(message: Struct | undefined): Properties {
  return message ? asObject(decodeValue(message.toJavaScript())) : {};
}

function decodeValue(wire: unknown): unknown {
  if (typeof wire === "string") return UNKNOWNS.has(wire) ? unknown : wire;
  if (Array.isArray(wire)) return wire.map(decodeValue);
  if (!isObject(wire)) return wire;
  if (wire[SIGNATURE] === SECRET) return new Secret(decodeValue(wire.value));
  if (wire[SIGNATURE] === OUTPUT) {
    const value = wire.value === undefined ? unknown : decodeValue(wire.value);
    return wire.secret === true ? new Secret(value) : value;
  }
  return withoutNulls(Object.entries(wire).map(([key, value]) => [key, decodeValue(value)]));
}

/** Values to wire form. */
export function encode(properties: Properties): Struct {
  return struct.Struct.fromJavaScript(
    asObject(encodeValue(properties)) as Parameters<typeof struct.Struct.fromJavaScript>[0],
  );
}

function encodeValue(value: unknown): unknown {
  if (value instanceof Unknown) return UNKNOWN_STRING;
  if (value instanceof Secret) return { [SIGNATURE]: SECRET, value: encodeValue(value.value) };
  if (Array.isArray(value)) return value.map((item) => encodeValue(item ?? null));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([key, field]) => [key, encodeValue(field)]),
  );
}

/** The value with secrets replaced by what they hold, at every depth. Unknowns stay. */
export function reveal(value: unknown): unknown {
  if (value instanceof Secret) return reveal(value.value);
  if (Array.isArray(value)) return value.map(reveal);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, reveal(field)]));
}

/** `reveal` for a whole property bag. */
export function revealObject(value: unknown): Properties {
  return asObject(reveal(value));
}

/** True where the value holds an unknown at any depth. */
export function hasUnknown(value: unknown): boolean {
  if (value instanceof Unknown) return true;
  if (value instanceof Secret) return hasUnknown(value.value);
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isObject(value) && Object.values(value).some(hasUnknown);
}

/** True where the value holds a secret at any depth. */
export function hasSecret(value: unknown): boolean {
  if (value instanceof Secret) return true;
  if (Array.isArray(value)) return value.some(hasSecret);
  return isObject(value) && Object.values(value).some(hasSecret);
}

/**
 * Marks in `target` what is secret in `source` at the same place. Where lists differ in length nobody knows
 * which element moved, so the whole list becomes secret.
 */
export function markSecrets(target: unknown, source: unknown): unknown {
  if (target === undefined || target instanceof Secret) return target;
  if (source instanceof Secret) return new Secret(reveal(target));
  if (Array.isArray(target) && Array.isArray(source)) {
    if (target.length !== source.length) return hasSecret(source) ? new Secret(reveal(target)) : target;
    return target.map((item, index) => markSecrets(item, source[index]));
  }
  if (!isObject(target) || !isObject(source)) return target;
  return Object.fromEntries(
    Object.entries(target).map(([key, field]) => [key, markSecrets(field, source[key])]),
  );
}

/** Every string inside a secret of this value. */
export function secretStrings(value: unknown, inside = false): string[] {
  if (value instanceof Secret) return secretStrings(value.value, true);
  if (Array.isArray(value)) return value.flatMap((item) => secretStrings(item, inside));
  if (isObject(value)) return Object.values(value).flatMap((field) => secretStrings(field, inside));
  return inside && typeof value === "string" ? [value] : [];
}

/** Deep equality of JSON values; key order does not matter. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => equal(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => equal(a[key], b[key]));
}
