import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { runtime } from "@pulumi/pulumi";
import { stringify } from "yaml";
import { ConfigError, parseConfig } from "../stacks/config.ts";
import { Site } from "../stacks/site.ts";
import { type RecordedResource, recordResources } from "./mocks.ts";
import { readStackConfig, stackNames, UsageError } from "./stack-config.ts";

/** A Kubernetes object as YAML shows it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; ownerReferences?: unknown };
  [field: string]: unknown;
}

const usage = `npm run render -- STACK [--config PATH=VALUE]… [--out DIR]

Prints what a stack would deploy as Kubernetes YAML, without engine or cluster. Values of Secrets are left out.
STACK is one of ${stackNames().join(", ")}.`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      config: { type: "string", multiple: true },
      out: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  const [stack, ...rest] = positionals;
  if (values.help) {
    console.log(usage);
    return;
  }
  if (stack === undefined || rest.length > 0) throw new UsageError(usage);
  const manifests = await renderStack(readStackConfig(stack, values.config));
  if (values.out === undefined) process.stdout.write(manifests.map(toDocument).join(""));
  else writeManifests(values.out, manifests);
}

/** Kinds others refer to come first, as a person applying the stream would want it; then by name. */
const kindOrder = [
  "Namespace",
  "CephFilesystem",
  "CephBlockPool",
  "StorageClass",
  "NetworkPolicy",
  "Secret",
  "ConfigMap",
  "PersistentVolumeClaim",
  "Service",
  "StatefulSet",
  "Job",
  "Deployment",
];

/** The objects a config leads to. */
export async function renderStack(config: Record<string, unknown>): Promise<Manifest[]> {
  const recorded = recordResources();
  new Site("wordpress", parseConfig(config));
  await runtime.disconnect();
  const rank = ({ kind }: Manifest) =>
    (kindOrder.indexOf(kind) + kindOrder.length + 1) % (kindOrder.length + 1);
  return recorded
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(toManifest)
    .sort((a, b) => rank(a) - rank(b) || identity(a).localeCompare(identity(b)));
}

function identity({ kind, metadata }: Manifest): string {
  return `${kind}/${metadata.name}`;
}

function toManifest({ inputs }: RecordedResource): Manifest {
  const { apiVersion, kind, metadata: whole, ...fields } = inputs as Manifest;
  // An owner is known by its uid, which it has in a cluster only.
  const { ownerReferences, ...metadata } = whole;
  const shown = kind === "Secret" ? redact(fields) : fields;
  return { apiVersion, kind, metadata, ...shown };
}

function redact(fields: Record<string, unknown>): Record<string, unknown> {
  const hide = (values: unknown) =>
    Object.fromEntries(Object.keys(values ?? {}).map((key) => [key, "(redacted)"]));
  const hidden = ["data", "stringData"].filter((field) => field in fields);
  return { ...fields, ...Object.fromEntries(hidden.map((field) => [field, hide(fields[field])])) };
}

function toDocument(manifest: Manifest): string {
  return `---\n${stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

function writeManifests(folder: string, manifests: Manifest[]): void {
  mkdirSync(folder, { recursive: true });
  // `kubectl apply -f` would take what an earlier run left for a part of this one.
  if (readdirSync(folder).length > 0) throw new UsageError(`--out ${folder}: the folder is not empty.`);
  for (const [index, manifest] of manifests.entries()) {
    const number = String(index + 1).padStart(2, "0");
    const file = `${number}-${manifest.kind.toLowerCase()}-${manifest.metadata.name}.yaml`;
    writeFileSync(path.join(folder, file), toDocument(manifest));
  }
  console.error(`${manifests.length} objects written to ${folder}`);
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    const expected =
      error instanceof UsageError ||
      error instanceof ConfigError ||
      (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS");
    console.error(expected ? (error as Error).message : error);
    process.exitCode = 1;
  }
}
