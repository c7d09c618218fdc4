import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { run } from "../toolchain/process.ts";
import { ensureTools } from "../toolchain/tools.ts";
import { writeArchive } from "./archive.ts";
import { debianMirrors, downloadOptions } from "./debian.ts";
import { type DebianRecipe, type ImageConfig, mmdebstrapOptions, recipeFolder } from "./recipes.ts";

/** No build takes longer, in milliseconds; the slowest measured took a minute and a half. */
const patience = 30 * 60 * 1000;

/** What a build mounts and starts ends with it: a process and a mount namespace of their own. */
const apart = ["--mount", "--pid", "--mount-proc", "--fork", "--kill-child"];

/**
 * In there, the folder of a root file system while it is built is seen at a place every user may enter, as a home
 * directory may not be: apt downloads as a user of its own.
 */
const entered = "/run/lock";
const enter = ["sh", "-c", `mount --bind "$0" ${entered} && exec "$@"`];

/** Builds an image from Debian packages. `onLine` is called with each line of mmdebstrap's progress. */
export async function buildDebianImage(
  file: string,
  reference: string,
  recipe: DebianRecipe,
  onLine: (line: string) => void,
): Promise<void> {
  const programs = Object.values(await ensureTools(recipe.programs ?? [], onLine));
  await withFolder(file, async (folder) => {
    const command = [...apart, ...enter, folder, "mmdebstrap", ...mmdebstrapArguments(recipe, programs)];
    const options = { timeout: patience, env: { TMPDIR: entered }, onLine };
    await run("unshare", command, options).catch((error: Error) => {
      throw new Error(
        `${reference} could not be built. Check that the Debian mirror can be reached; mmdebstrap's last messages: ${error.message}`,
      );
    });
    await writeArchive(file, reference, recipe.config, folder);
  });
}

/** Builds an image from the files of one folder. */
export async function buildFolderImage(file: string, reference: string, config: ImageConfig, files: string) {
  await withFolder(file, async (folder) => {
    const owner = ["--owner=0", "--group=0", "--mode=755"];
    await run("tar", ["--create", "--file", path.join(folder, "layer.tar"), ...owner, "-C", files, "."]);
    await writeArchive(file, reference, config, folder);
  });
}

/**
 * Does `work` in a folder beside the archive under a name that begins alike, so that one who removes what a killed
 * build left of the one finds the other.
 */
async function withFolder(file: string, work: (folder: string) => Promise<void>): Promise<void> {
  const folder = `${file}.unpacked`;
  mkdirSync(folder, { mode: 0o755 });
  await work(folder).finally(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
}

function mmdebstrapArguments(recipe: DebianRecipe, programs: readonly string[]): string[] {
  return [
    ...mmdebstrapOptions,
    ...downloadOptions().map((option) => `--aptopt=${option}`),
    `--include=${recipe.packages.join(",")}`,
    ...programs.map((program) => `--customize-hook=copy-in '${program}' /usr/local/bin`),
    `--customize-hook='${path.join(recipeFolder(recipe), "setup.sh")}' "$1"`,
    recipe.suite,
    `${entered}/layer.tar`,
    ...debianMirrors(),
  ];
}
