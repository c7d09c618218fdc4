/** Keeps secrets out of messages: the API server likes to quote the value it refuses. */
import { type Properties, secretStrings } from "../rpc/values.ts";
import { kindOf } from "./objects.ts";

/** Shorter strings are not redacted: they would blank out ordinary words. */
const SHORTEST = 4;

/** Replaces every secret of `inputs`, plain or in base64, by `[secret]`. */
export function redactor(inputs: Properties): (message: string) => string {
  const isSecret = kindOf(inputs) === "Secret";
  const data = isSecret
    ? [...secretStrings(inputs.data, true), ...secretStrings(inputs.stringData, true)]
    : [];
  const plain = new Set([...secretStrings(inputs), ...data].filter((text) => text.length >= SHORTEST));
  const decoded = isSecret
    ? secretStrings(inputs.data, true).map((text) => Buffer.from(text, "base64").toString())
    : [];
  const all = [...plain, ...decoded]
    .flatMap((text) => [text, Buffer.from(text).toString("base64"), JSON.stringify(text).slice(1, -1)])
    .filter((text) => text.length >= SHORTEST)
    .sort((a, b) => b.length - a.length);
  return (message) => all.reduce((text, secret) => text.replaceAll(secret, "[secret]"), message);
}
