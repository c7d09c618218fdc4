/** The life of a random value: made once, kept for ever, made anew only when an input changes. */
import { typeOf } from "../rpc/urn.ts";
import { equal, hasUnknown, markSecrets, type Properties, reveal, revealObject } from "../rpc/values.ts";
import { KINDS, type Kind, recipeOf } from "./kinds.ts";

/** The kind of a URN; throws for one that this plugin does not have. */
export function kindOf(urn: string): Kind {
  const kind = KINDS[typeOf(urn)];
  if (kind) return kind;
  throw new Error(`the bundled random plugin has no ${typeOf(urn)}: use the official plugin for it`);
}

/** What is wrong with the inputs; unknown ones are looked at when they are known. */
export function faults(urn: string, inputs: Properties): { property: string; reason: string }[] {
  const kind = kindOf(urn);
  return hasUnknown(inputs) ? [] : kind.faults(revealObject(inputs));
}

/** Makes the value. */
export function make(urn: string, inputs: Properties): { id: string; properties: Properties } {
  const kind = kindOf(urn);
  const { id, outputs } = kind.make(revealObject(inputs));
  return { id, properties: stored(kind, id, inputs, outputs) };
}

/** Takes an existing value over, by the ID of `pulumi import`. */
export function adopt(urn: string, text: string): { id: string; inputs: Properties; properties: Properties } {
  const kind = kindOf(urn);
  if (!kind.adopt) throw new Error(`${typeOf(urn)} cannot be imported`);
  const { id, inputs, outputs } = kind.adopt(text);
  return { id, inputs, properties: stored(kind, id, inputs, outputs) };
}

function stored(kind: Kind, id: string, inputs: Properties, outputs: Properties): Properties {
  const meta =
    kind.schemaVersion > 0 ? { __meta: JSON.stringify({ schema_version: String(kind.schemaVersion) }) } : {};
  const secretive = markSecrets(outputs, inputs) as Properties;
  return { ...inputs, ...secretive, id, ...meta };
}

/** Filled in by the provider when the program says nothing. */
function withDefaults(urn: string, inputs: Properties): Properties {
  const isText = inputs.length !== undefined && /Password|RandomString/.test(typeOf(urn));
  const recipe = isText ? recipeOf(inputs) : undefined;
  return recipe ? { ...inputs, ...recipe, number: recipe.numeric } : inputs;
}

/** The inputs whose change asks for a new value: all of them. Saying a default aloud changes nothing. */
export function changedInputs(urn: string, olds: Properties, news: Properties): string[] {
  const before = withDefaults(urn, revealObject(olds));
  const after = withDefaults(urn, revealObject(news));
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => {
    if (name.startsWith("__") || name === "number") return false;
    return hasUnknown(after[name]) || !equal(reveal(before[name]), reveal(after[name]));
  });
}
