import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { copyFileSync, cpSync, existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { cacheFolder, cachePath } from "./cache.ts";
import { run } from "./process.ts";
import { type GoRecipe, type ModuleFilesRecipe, moduleFolder } from "./recipes.ts";

/** No build takes longer, in milliseconds; the slowest measured took eleven minutes on two busy cores. */
const patience = 45 * 60 * 1000;

/** How every program is built; part of its key in the cache. */
export const goFlags = ["-mod=readonly", "-trimpath", "-buildvcs=false"];
/** Without symbol table and debug data, a third of the size. */
export const linkerFlags = ["-s", "-w"];
/** No debug data is made that the linker would only leave out. Not part of the key: it changes no instruction. */
const withoutDebugData = "-gcflags=all=-dwarf=false";

/** Go's own caches while building, apart from the user's so that they can be deleted afterwards. */
function goEnvironment(): Record<string, string> {
  return {
    GOMODCACHE: cacheFolder("go", "mod"),
    GOCACHE: cacheFolder("go", "build"),
    // What it links lies here before it is in its place, by the hundred megabytes, and stays after a kill.
    GOTMPDIR: cacheFolder("go", "tmp"),
    CGO_ENABLED: "0",
    // The compiler takes a fifth less processor time for its largest package (the provider's own SDK) than with Go's
    // default of 100, and 2.5 instead of 2.2 GB.
    GOGC: "200",
    // Settings meant for other work must not change what is built; the proxy settings stay the user's. A Go older than
    // the go.mod asks for fetches the release named there, also where an image forbids it by GOTOOLCHAIN=local.
    GOFLAGS: "-modcacherw",
    GOWORK: "off",
    GOTOOLCHAIN: "auto",
    GOOS: "",
    GOARCH: "",
    GOAMD64: "",
    GOEXPERIMENT: "",
  };
}

/**
 * Deletes Go's caches, gigabytes that only further builds would use. That takes most of a minute, so it is left to a
 * process that outlives this one; what an interrupted one left is deleted, too.
 */
export function removeGoCaches(): void {
  const doomed = /^go\.deleted-/;
  if (existsSync(cachePath("go"))) renameSync(cachePath("go"), cachePath(`go.deleted-${randomUUID()}`));
  const folders = readdirSync(cacheFolder()).filter((name) => doomed.test(name));
  if (folders.length === 0) return;
  const paths = folders.map((name) => cachePath(name));
  // The cluster starts meanwhile, and goes first.
  const child = spawn("nice", ["-n", "19", "rm", "-rf", "--", ...paths], { detached: true, stdio: "ignore" });
  child.on("error", () => {});
  child.unref();
}

/** Builds all programs of a recipe into `folder`. */
export async function buildGoPrograms(
  recipe: GoRecipe,
  folder: string,
  onLine: (line: string) => void,
): Promise<void> {
  const variables = (recipe.variables ?? []).map((variable) => `-X ${variable}`);
  const flags = [...goFlags, withoutDebugData, "-v", `-ldflags=${[...linkerFlags, ...variables].join(" ")}`];
  const programs = Object.entries(recipe.programs);
  const cwd = await sourceFolder(recipe, folder);
  const options = { cwd, env: goEnvironment(), timeout: patience, onLine };
  // One call builds several packages side by side, but only into names Go chooses itself.
  const plain = programs.every(([program, pkg]) => path.posix.basename(pkg) === program);
  if (plain) {
    await run("go", ["build", ...flags, "-o", `${folder}/`, ...programs.map(([, pkg]) => pkg)], options);
    return;
  }
  for (const [program, pkg] of programs) {
    await run("go", ["build", ...flags, "-o", path.join(folder, program), pkg], options);
  }
  if (recipe.embedded) rmSync(cwd, { recursive: true });
}

/**
 * The folder to build in: the module's own, or, where files of another module have to lie beside its main.go, a copy.
 * Go checks what it downloads against the go.sum.
 */
async function sourceFolder({ module, embedded }: GoRecipe, folder: string): Promise<string> {
  if (!embedded) return moduleFolder(module);
  const copy = path.join(folder, "src");
  cpSync(moduleFolder(module), copy, { recursive: true });
  const options = { cwd: copy, env: goEnvironment(), timeout: patience };
  const answer = await run("go", ["mod", "download", "-json", embedded.module], options);
  const { Dir } = JSON.parse(answer) as { Dir: string };
  for (const file of embedded.files) {
    copyFileSync(path.join(Dir, file), path.join(copy, path.basename(file)));
  }
  return copy;
}

/** Downloads a module, checks its content against the pinned checksum, and returns its folder. */
export async function downloadModule(recipe: ModuleFilesRecipe): Promise<string> {
  const options = { cwd: os.tmpdir(), env: goEnvironment(), timeout: patience };
  const answer = await run("go", ["mod", "download", "-json", `${recipe.module}@${recipe.version}`], options);
  const { Dir, Sum } = JSON.parse(answer) as { Dir: string; Sum: string };
  if (Sum === recipe.sum) return Dir;
  throw new Error(
    `${recipe.module}@${recipe.version} has the checksum ${Sum} instead of ${recipe.sum}: do not use it, and find out what the Go proxy serves.`,
  );
}
