import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { run } from "./process.ts";
import { type PythonRecipe, requirementsFile } from "./recipes.ts";

/** Longest download, in milliseconds. */
const patience = 15 * 60 * 1000;

/** Major and minor version of this machine's Python, such as `3.11`. */
export function pythonVersion(): string {
  const program = "import sys; print('%d.%d' % sys.version_info[:2])";
  return execFileSync("python3", ["-c", program], { encoding: "utf8", timeout: 30_000 }).trim();
}

/**
 * Installs the wheels a recipe pins into `folder`, each checked by pip against its checksum, and a program for each of
 * the recipe's, which finds them beside itself wherever the folder is moved.
 */
export async function installPythonPrograms(recipe: PythonRecipe, folder: string): Promise<void> {
  const packages = path.join(folder, "packages");
  mkdirSync(packages);
  // Python compiles what is used when it is first used, which is the smaller part.
  const quiet = ["--disable-pip-version-check", "--no-input", "--quiet", "--no-cache-dir", "--no-compile"];
  const checked = ["--no-deps", "--only-binary=:all:", "--require-hashes"];
  const wanted = ["--target", packages, "--requirement", requirementsFile(recipe)];
  const options = { timeout: patience, env: { TMPDIR: folder } };
  await run("python3", ["-m", "pip", "install", ...quiet, ...checked, ...wanted], options);
  for (const [program, module] of Object.entries(recipe.programs)) {
    const file = path.join(folder, program);
    writeFileSync(file, launcher(module));
    chmodSync(file, 0o755);
  }
}

/** The program that runs a module; part of the result's key in the cache. */
export function launcher(module: string): string {
  return `#!/bin/sh\nPYTHONPATH="$(dirname "$0")/packages" exec python3 -m ${module} "$@"\n`;
}
