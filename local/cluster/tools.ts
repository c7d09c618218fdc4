import { copyFileSync, linkSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import type { Report } from "../toolchain/progress.ts";
import { type RecipeName, recipes, toolsOf } from "../toolchain/recipes.ts";
import { ensureTools } from "../toolchain/tools.ts";
import { statePath } from "./layout.ts";

/** Recipes of everything a cluster, or one with Ceph, is made of but its images. */
export function clusterRecipes(ceph: boolean): RecipeName[] {
  return [
    ...(["etcd", "kubernetes", "network-policies", "containerd", "cni", "coredns"] as const),
    ...(["metrics-server", "local-path-provisioner", "pebble", "traefik"] as const),
    ...(["traefik-crds", "rook-crds"] as const),
    ...(ceph ? (["rook-common"] as const) : []),
  ];
}

/** What the cluster is made of, as absolute paths. */
export interface ClusterTools {
  /** Programs the nodes run. */
  readonly programs: readonly string[];
  /** Manifests with custom resource definitions, and with Rook's rights. */
  readonly definitions: readonly string[];
}

/** Makes sure that everything the cluster runs is built. */
export async function ensureClusterTools(report: Report, ceph = false): Promise<ClusterTools> {
  const names = clusterRecipes(ceph).flatMap((name) => toolsOf(recipes[name]));
  const files = Object.values(await ensureTools(names, report));
  const isDefinition = (file: string) => file.endsWith(".yaml");
  return { programs: files.filter((file) => !isDefinition(file)), definitions: files.filter(isDefinition) };
}

/**
 * Gives the cluster its programs in one folder, which is the nodes' search path. They are links of its own, so that
 * nothing that is removed from the cache is missing to a node.
 */
export function linkPrograms(programs: readonly string[]): void {
  mkdirSync(statePath("bin"), { recursive: true });
  for (const program of programs) {
    const own = statePath("bin", path.basename(program));
    rmSync(own, { force: true });
    link(program, own);
  }
}

/** A second name of a file; a copy where that is on another file system. */
function link(file: string, name: string): void {
  try {
    linkSync(file, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    copyFileSync(file, name);
  }
}
