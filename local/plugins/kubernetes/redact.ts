/** Keeps secrets out of messages: the API server likes to quote the value it refuses, and containers log what they like. */
import { type Properties, secretStrings } from "../rpc/values.ts";
import { kindOf } from "./objects.ts";

/** Shorter strings are not redacted: they would blank out ordinary words. */
const SHORTEST = 4;
/** The same for secrets of other resources, where names are among them. */
const SHORTEST_ELSEWHERE = 16;

/**
 * Replaces by `[secret]` every secret of `inputs`, plain or in base64, and every long one of `known`: those of the
 * whole stack.
 */
export function redactor(inputs: Properties, known: Set<string> = new Set()): (message: string) => string {
  const own = remember(inputs, known);
  return (message) =>
    [...new Set([...own, ...known])]
      .sort((a, b) => b.length - a.length)
      .reduce((text, secret) => text.replaceAll(secret, "[secret]"), message);
}

/** Adds the long secrets of `inputs` to the known ones, and gives all of them. */
export function remember(inputs: Properties, known: Set<string>): string[] {
  const own = spellings(inputs);
  for (const text of own) if (text.length >= SHORTEST_ELSEWHERE) known.add(text);
  return own;
}

/** The secrets of an object in every way they may be written. */
function spellings(inputs: Properties): string[] {
  const isSecret = kindOf(inputs) === "Secret";
  const data = isSecret ? secretStrings(inputs.data, true) : [];
  const stringData = isSecret ? secretStrings(inputs.stringData, true) : [];
  const decoded = data.map((text) => Buffer.from(text, "base64").toString());
  return [...secretStrings(inputs), ...data, ...stringData, ...decoded]
    .filter((text) => text.length >= SHORTEST)
    .flatMap((text) => [text, ...linesOf(text)])
    .flatMap((text) => [text, Buffer.from(text).toString("base64"), JSON.stringify(text).slice(1, -1)]);
}

/** The lines of a key or a file, which a log may show one by one. */
function linesOf(text: string): string[] {
  if (!text.includes("\n")) return [];
  return text.split("\n").filter((line) => line.length >= SHORTEST_ELSEWHERE && !line.startsWith("-----"));
}
