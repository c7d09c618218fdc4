import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { plannedImages } from "../images/index.ts";
import { contentKey } from "../toolchain/cache.ts";
import { toolFolder } from "../toolchain/tools.ts";
import { cephManifests, withCeph } from "./ceph.ts";
import { controlPlaneDaemons, controlPlaneFiles } from "./control-plane.ts";
import { statePath } from "./layout.ts";
import { systemManifests } from "./manifests.ts";
import { clusterRecipes } from "./tools.ts";
import { workerDaemons, workerFiles } from "./worker.ts";

/** What a cluster started now would be made of: each part's name, and a key that changes with the part. */
export function parts(): Record<string, string> {
  const settings = [controlPlaneDaemons(), controlPlaneFiles(), workerDaemons("node1"), workerFiles("node1")];
  const scripts = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".sh"));
  const texts = scripts.sort().map((name) => readFileSync(path.join(import.meta.dirname, name)));
  return Object.fromEntries([
    ...clusterRecipes(withCeph()).map((name) => [name, path.basename(toolFolder(name))]),
    ...plannedImages(withCeph()).map(({ name, archive }) => [`the image ${name}`, path.basename(archive)]),
    ["manifests", contentKey([systemManifests(""), ...(withCeph() ? cephManifests() : [])])],
    ["settings of its nodes", contentKey([JSON.stringify(settings), ...texts])],
  ]);
}

/** Writes down what the cluster is made of, for {@link outdatedParts}; to be called before its first node starts. */
export function recordParts(): void {
  writeFileSync(record(), JSON.stringify(parts()));
}

/** The parts of the running cluster that this checkout has another of; a restart takes them up. */
export function outdatedParts(): string[] {
  if (!existsSync(record())) return [];
  const running: Record<string, string> = JSON.parse(readFileSync(record(), "utf8"));
  return Object.entries(parts()).flatMap(([name, key]) => (running[name] === key ? [] : [name]));
}

/** What to say when the running cluster has outdated parts. */
export function restartAdvice(outdated: readonly string[]): string {
  return `The cluster was started with another version of: ${outdated.join(", ")}. To take up what this checkout has: npm stop, then npm start; its data is kept.`;
}

function record(): string {
  return statePath("parts.json");
}
