import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";

/** What stands for a placeholder; a line that asks for one that is undefined is left out. */
export type TemplateValues = Record<string, pulumi.Input<string | number | undefined>>;

/** The text of a file beside the module `base` (its `import.meta.url`). */
export function fileText(name: string, base: string): string {
  return readFileSync(new URL(`./files/${name}`, base), "utf8");
}

/**
 * A file in another language, with its `@name@` filled in. Throws where the file asks for a name that is not given, and
 * where a name that is given is asked for nowhere.
 */
export function template(name: string, base: string, values: TemplateValues): pulumi.Output<string> {
  const text = fileText(name, base);
  return pulumi.output(values).apply((known) => fill(name, text, known));
}

const placeholder = /@(\w+)@/g;

/** {@link template} of values that are known. */
export function fill(
  name: string,
  text: string,
  values: Record<string, string | number | undefined>,
): string {
  const asked = new Set([...text.matchAll(placeholder)].map(([, key = ""]) => key));
  const wrong = [...new Set([...asked, ...Object.keys(values)])].filter(
    (key) => !asked.has(key) || !(key in values),
  );
  if (wrong.length > 0) throw new Error(`${name} and its values differ in ${wrong.join(", ")}`);
  return text
    .split("\n")
    .filter((line) => [...line.matchAll(placeholder)].every(([, key = ""]) => values[key] !== undefined))
    .map((line) => line.replaceAll(placeholder, (_, key: string) => String(values[key])))
    .join("\n");
}
