import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import type { Report } from "../toolchain/progress.ts";
import { ensureTools, type ToolName } from "../toolchain/tools.ts";
import { statePath } from "./layout.ts";

/** Programs the nodes run. */
const programs = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kube-proxy",
  "kubectl",
  "network-policies",
  "containerd",
  "containerd-shim-runc-v2",
  "ctr",
  "ptp",
  "host-local",
  "loopback",
  "portmap",
  "coredns",
  "metrics-server",
  "local-path-provisioner",
  "pebble",
  "traefik",
] as const satisfies readonly ToolName[];

/** Files with custom resource definitions. */
const definitions = ["traefik-crds.yaml", "rook-crds.yaml"] as const satisfies readonly ToolName[];

/** What the cluster is made of, as absolute paths. */
export interface ClusterTools {
  readonly programs: Readonly<Record<(typeof programs)[number], string>>;
  /** Manifests with custom resource definitions. */
  readonly definitions: readonly string[];
}

/** Makes sure that everything the cluster runs is built. */
export async function ensureClusterTools(report: Report): Promise<ClusterTools> {
  const paths = await ensureTools([...programs, ...definitions], report);
  return { programs: paths, definitions: definitions.map((name) => paths[name]) };
}

/** Links the programs into one folder, which is the nodes' search path. */
export function linkPrograms(tools: ClusterTools): void {
  mkdirSync(statePath("bin"), { recursive: true });
  for (const name of programs) {
    rmSync(statePath("bin", name), { force: true });
    symlinkSync(tools.programs[name], statePath("bin", name));
  }
}
