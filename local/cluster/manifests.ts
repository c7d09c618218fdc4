import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse, stringify } from "yaml";
import { type Report, step } from "../toolchain/progress.ts";
import { kubectl } from "./kubectl.ts";
import { addresses, statePath } from "./layout.ts";
import { authorityBundle } from "./pki.ts";

const folder = path.join(import.meta.dirname, "manifests");

/** Replaces `${NAME}` by the value of NAME; shell variables without braces stay. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`A manifest asks for ${name}, which is not known.`);
    return value;
  });
}

/** The cluster's own objects as one stream, given the authority's certificate in base64. */
export function systemManifests(caBundle: string): string {
  const values = {
    CA_BUNDLE: caBundle,
    CONTROL_PLANE: addresses.controlPlane,
    DNS_SERVICE: addresses.dnsService,
  };
  const files = readdirSync(folder).filter((file) => file !== "roles.yaml" && file !== "ceph");
  const texts = files.sort().map((file) => fill(readFileSync(path.join(folder, file), "utf8"), values));
  return [...texts, ...roles().map((object) => stringify(object))].join("\n---\n");
}

/** A ClusterRole for each user of roles.yaml, and its binding. */
function roles(): object[] {
  const rules: Record<string, object[]> = parse(readFileSync(path.join(folder, "roles.yaml"), "utf8"));
  const apiGroup = "rbac.authorization.k8s.io";
  return Object.keys(rules).flatMap((user) => {
    const name = `system:${user}`;
    const object = { apiVersion: `${apiGroup}/v1`, metadata: { name } };
    const binding = { roleRef: { apiGroup, kind: "ClusterRole", name }, subjects: [{ kind: "User", name }] };
    return [
      { ...object, kind: "ClusterRole", rules: rules[user] },
      { ...object, kind: "ClusterRoleBinding", ...binding },
    ];
  });
}

/** Applies the cluster's own objects, and the custom resource definitions when they changed since the last time. */
export async function applyManifests(definitions: readonly string[], report: Report): Promise<void> {
  await apply(systemManifests(authorityBundle()));
  const text = definitions.map((file) => readFileSync(file, "utf8")).join("\n---\n");
  const digest = createHash("sha256").update(text).digest("hex");
  const applied = statePath("applied-definitions");
  if (existsSync(applied) && readFileSync(applied, "utf8") === digest) return;
  await step(report, "custom resource definitions of Traefik and Rook", () => apply(text));
  writeFileSync(applied, digest);
}

/** Makes objects, or what changed of them. */
export function apply(text: string): Promise<string> {
  const how = ["--server-side", "--force-conflicts", "--field-manager=wordpress-kubernetes"];
  return kubectl(["apply", ...how, "--validate=false", "-f", "-"], { input: text, seconds: 120 });
}
