/** What scanners of other people find in Kubernetes objects. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { plainReport } from "../../local/toolchain/progress.ts";
import { ensureTools, type ToolName } from "../../local/toolchain/tools.ts";
import type { Manifest } from "../../tools/render.ts";
import { temporaryFolder } from "./temporary.ts";

/** The oldest Kubernetes the preflight takes, and the embedded cluster's. */
const versions = ["1.30", "1.36"];

/** What each finds, as `scanner check object`: the object is `Kind/name`, with the container behind it where there is one. */
export async function scan(objects: readonly Manifest[]): Promise<string[]> {
  const folder = temporaryFolder("scanners");
  writeFileSync(
    path.join(folder, "objects.yaml"),
    objects.map((object) => `---\n${stringify(object)}`).join(""),
  );
  // Made side by side where they are missing.
  await ensureTools(["checkov", "kube-score", "kubernetes-validate"], plainReport());
  const found = [await checkov(folder, objects), await kubeScore(folder), await validate(folder, objects)];
  return [...new Set(found.flat())].sort();
}

/** What a scanner prints; with findings it fails, and so it does when it cannot read something. */
async function output(folder: string, tool: ToolName, args: readonly string[]): Promise<string> {
  const program = (await ensureTools([tool], plainReport()))[tool];
  // They keep files of their own beside temporary ones, and read settings from both places.
  const options = { cwd: folder, env: { HOME: folder, TMPDIR: folder }, timeout: 300_000, reject: false };
  const { stdout, stderr, exitCode } = await execa(program, [...args, "objects.yaml"], options);
  if (stdout === "" || (exitCode ?? 2) > 1) throw new Error(`${tool} ended with ${exitCode}: ${stderr}`);
  return stdout;
}

interface CheckovReport {
  results: { failed_checks: CheckovCheck[] };
  /** Skipped is what an annotation of the object asks to skip. */
  summary: { parsing_errors: number; skipped: number };
}

interface CheckovCheck {
  check_id: string;
  resource: string;
  check_result: { evaluated_keys?: string[] };
}

async function checkov(folder: string, objects: readonly Manifest[]): Promise<string[]> {
  const quiet = ["--quiet", "--compact", "--skip-download", "--output=json"];
  const text = await output(folder, "checkov", ["--framework=kubernetes", ...quiet, "--file"]);
  const { results, summary } = JSON.parse(text) as CheckovReport;
  if (summary.parsing_errors + summary.skipped > 0) throw new Error(`checkov left out some: ${text}`);
  return results.failed_checks.map(({ check_id, resource, check_result }) => {
    const [kind = "", , ...name] = resource.split(".");
    const object = objects.find((one) => one.kind === kind && one.metadata.name === name.join("."));
    const container = containerAt(object, check_result.evaluated_keys?.[0] ?? "");
    return `checkov ${check_id} ${kind}/${name.join(".")}${container}`;
  });
}

/** Name of the container that a path such as `spec/template/spec/containers/[1]/image` leads through. */
function containerAt(object: Manifest | undefined, keys: string): string {
  const [, steps] = /^(.+ontainers\/\[\d+\])/.exec(keys) ?? [];
  const container = steps?.split(/[/[\]]+/).reduce<unknown>(
    // The path ends with nothing behind the bracket.
    (value, step) => (step === "" ? value : (value as Record<string, unknown> | undefined)?.[step]),
    object,
  );
  return container === undefined ? "" : ` ${(container as { name: string }).name}`;
}

interface KubeScoreObject {
  type_meta: { kind: string };
  object_meta: { name: string };
  checks: { check: { id: string }; grade: number; skipped: boolean; comments: { path: string }[] | null }[];
}

/** Its grade for what it has nothing to say about. */
const allOk = 10;

async function kubeScore(folder: string): Promise<string[]> {
  const settings = [`--kubernetes-version=v${versions.at(-1)}`, "--disable-ignore-checks-annotations"];
  const optional = [
    "container-resource-requests-equal-limits",
    "container-seccomp-profile",
    "container-ports-check",
  ];
  const tests = `--enable-optional-test=${optional.join(",")}`;
  const text = await output(folder, "kube-score", ["score", ...settings, tests, "--output-format=json"]);
  return (JSON.parse(text) as KubeScoreObject[]).flatMap(({ type_meta, object_meta, checks }) =>
    checks
      .filter(({ grade, skipped }) => !skipped && grade < allOk)
      .flatMap(({ check, comments }) =>
        (comments ?? []).map(({ path: container }) =>
          `kube-score ${check.id} ${type_meta.kind}/${object_meta.name} ${container}`.trim(),
        ),
      ),
  );
}

async function validate(folder: string, objects: readonly Manifest[]): Promise<string[]> {
  const asked = versions.flatMap((version) => ["--kubernetes-version", version]);
  const lines = (await output(folder, "kubernetes-validate", ["--strict", ...asked])).trim().split("\n");
  if (lines.length !== objects.length * versions.length)
    throw new Error(`kubernetes-validate: ${lines.join("\n")}`);
  return lines
    .filter((line) => !line.startsWith("INFO "))
    .map((line) => {
      const [, kind, api] = /find schema for kind (\S+) with api version (\S+)/.exec(line) ?? [];
      return `kubernetes-validate ${kind ? `schema ${api}/${kind}` : line.replace(/^\w+ \S+ /, "")}`;
    });
}
