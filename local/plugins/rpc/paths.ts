/** Property paths as Pulumi writes them: `spec.template.containers[0].env`, `metadata.labels["a.b/c"]`. */

/** One step: a field's name or a list index. */
export type Step = string | number;

/** Steps to text; names with special characters are quoted. */
export function formatPath(steps: readonly Step[]): string {
  return steps.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (/[."[\]]/.test(step)) return `${text}["${step.replaceAll('"', '\\"')}"]`;
    return text ? `${text}.${step}` : step;
  }, "");
}

const STEP = /\.?([^.[\]"]+)|\[(\d+|\*)\]|\["((?:\\.|[^"\\])*)"\]/y;

/** Text to steps; `[*]` becomes the step `*`. Throws on text that is no path. */
export function parsePath(text: string): Step[] {
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const match = STEP.exec(text);
    if (!match) throw new Error(`not a property path: ${text}`);
    const [, name, index, quoted] = match;
    if (name !== undefined) steps.push(name);
    else if (index !== undefined) steps.push(index === "*" ? "*" : Number(index));
    else steps.push((quoted ?? "").replaceAll('\\"', '"'));
  }
  return steps;
}

/** True where `pattern` names `path` or something that holds it; `*` stands for any one step. */
export function contains(pattern: readonly Step[], path: readonly Step[]): boolean {
  return (
    pattern.length <= path.length &&
    pattern.every((step, index) => step === "*" || String(step) === String(path[index]))
  );
}
