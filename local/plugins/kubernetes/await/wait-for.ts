/** The annotation `pulumi.com/waitFor`: the program's own idea of ready. */
import { asList, dig, isObject } from "../../rpc/values.ts";
import type { KubeObject } from "../objects.ts";
import { condition, ready, type Verdict, waiting } from "./verdict.ts";

type Check = (object: KubeObject) => Verdict;

/**
 * Reads `jsonpath={.status.phase}=Ready` (without a value: the field is there), `condition=Ready` (or
 * `condition=Ready=False`), or a JSON list of such of which all must hold. Throws on anything else.
 */
export function parseWaitFor(text: string): Check {
  const trimmed = text.trim();
  if (trimmed.startsWith("[")) {
    const checks = asList(JSON.parse(trimmed)).map((item) => parseWaitFor(String(item)));
    return (object) =>
      checks.map((check) => check(object)).find((verdict) => verdict.state !== "ready") ?? ready;
  }
  if (trimmed.startsWith("condition=")) return conditionCheck(trimmed.slice("condition=".length));
  if (trimmed.startsWith("jsonpath=")) return jsonPathCheck(trimmed.slice("jsonpath=".length));
  throw new Error(
    `pulumi.com/waitFor takes jsonpath={.path}=value, condition=Type or a JSON list of these, not ${text}`,
  );
}

function conditionCheck(text: string): Check {
  const [type = "", wanted = "True"] = text.split("=");
  return (object) => {
    const found = condition(object, type);
    if (String(found?.status).toLowerCase() === wanted.toLowerCase()) return ready;
    const told = found ? `${found.status}${found.message ? `: ${found.message}` : ""}` : "not set";
    return waiting(`condition ${type} should be ${wanted} and is ${told}`);
  };
}

function jsonPathCheck(text: string): Check {
  const match = /^(.*?\}|[^=]*)(?:=(.*))?$/s.exec(text);
  const path = (match?.[1] ?? "").replace(/^'|'$/g, "");
  const wanted = match?.[2]?.replace(/^(["'])(.*)\1$/s, "$2");
  const read = parseJsonPath(path);
  return (object) => {
    const values = read(object).map(textOf);
    const isMet =
      wanted === undefined
        ? values.length > 0
        : values.length > 0 && values.every((value) => value === wanted);
    if (isMet) return ready;
    const now = values.length > 0 ? values.join(", ") : "not set";
    return waiting(`${path} should be ${wanted === undefined ? "set" : wanted} and is ${now}`);
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

const PATH_STEP =
  /\.((?:\\.|[^.[\]{}\\])+)|\[(\d+|\*)\]|\['([^']+)'\]|\[\?\(@\.([^=!]+?)\s*==\s*(?:"([^"]*)"|'([^']*)'|([^)]*))\)\]/y;

/** The part of kubectl's JSONPath that waiting needs: names, indexes, `[*]` and `[?(@.type=="Ready")]`. */
export function parseJsonPath(text: string): (object: unknown) => unknown[] {
  const body = text
    .trim()
    .replace(/^\{(.*)\}$/s, "$1")
    .replace(/^\$/, "");
  const source = body.startsWith(".") || body.startsWith("[") ? body : `.${body}`;
  const steps: ((value: unknown) => unknown[])[] = [];
  PATH_STEP.lastIndex = 0;
  while (PATH_STEP.lastIndex < source.length) {
    const match = PATH_STEP.exec(source);
    if (!match) throw new Error(`cannot read the JSONPath ${text}`);
    const [, name, index, quoted, field, ...values] = match;
    const wanted = values.find((value) => value !== undefined);
    if (field !== undefined) {
      const keys = field.split(".");
      steps.push((list) => asList(list).filter((item) => textOf(dig(item, ...keys)) === wanted));
    } else if (index === "*") steps.push((value) => (isObject(value) ? Object.values(value) : asList(value)));
    else if (index !== undefined)
      steps.push((value) => asList(value).slice(Number(index), Number(index) + 1));
    else {
      const key = quoted ?? (name ?? "").replaceAll("\\", "");
      steps.push((value) => (isObject(value) && value[key] !== undefined ? [value[key]] : []));
    }
  }
  return (object) => steps.reduce<unknown[]>((values, step) => values.flatMap(step), [object]);
}
