import { spawn } from "node:child_process";
import path from "node:path";
import { writeArchive } from "./archive.ts";
import { debianMirror, downloadOptions } from "./debian.ts";
import { type DebianRecipe, type ImageConfig, mmdebstrapOptions, recipeFolder } from "./recipes.ts";
import { removeFolder, temporaryFolder } from "./temporary.ts";

/** No build takes longer, in milliseconds; the slowest measured took a minute and a half. */
const patience = 30 * 60 * 1000;

/**
 * The program, everything it starts and everything it mounts end with this process, also when it is killed: a
 * process and a mount namespace of their own.
 */
const endWithUs = [
  "--pdeathsig",
  "KILL",
  "unshare",
  "--mount",
  "--pid",
  "--mount-proc",
  "--fork",
  "--kill-child",
];

/** Builds an image from Debian packages. `latest` is called with mmdebstrap's last line of progress. */
export async function buildDebianImage(
  file: string,
  reference: string,
  recipe: DebianRecipe,
  latest: (line: string) => void,
): Promise<void> {
  await archiveOutput(file, reference, recipe.config, "mmdebstrap", mmdebstrapArguments(recipe), latest);
}

/** Builds an image from the files of one folder. */
export async function buildFolderImage(file: string, reference: string, config: ImageConfig, folder: string) {
  const args = ["--create", "--owner=0", "--group=0", "--mode=755", "--directory", folder, "."];
  await archiveOutput(file, reference, config, "tar", args, () => {});
}

/** Runs a program that writes a root file system as tar to its output and archives that. */
async function archiveOutput(
  file: string,
  reference: string,
  config: ImageConfig,
  command: string,
  args: readonly string[],
  latest: (line: string) => void,
): Promise<void> {
  const folder = temporaryFolder();
  const child = spawn("setpriv", [...endWithUs, command, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: patience,
    env: { ...process.env, TMPDIR: folder },
  });
  let messages = "";
  child.stderr.on("data", (chunk: Buffer) => {
    messages = (messages + chunk).slice(-4000);
    latest(messages.trimEnd().split("\n").at(-1) ?? "");
  });
  const exit = new Promise<number | null>((resolve, reject) =>
    child.on("error", reject).on("close", resolve),
  );
  await Promise.all([writeArchive(file, reference, config, child.stdout), exit]).finally(() =>
    removeFolder(folder),
  );
  if ((await exit) === 0) return;
  throw new Error(
    `${reference} could not be built: ${command} failed. Check that the Debian mirror can be reached; its last messages:\n${messages}`,
  );
}

function mmdebstrapArguments(recipe: DebianRecipe): string[] {
  return [
    ...mmdebstrapOptions,
    ...downloadOptions().map((option) => `--aptopt=${option}`),
    `--include=${recipe.packages.join(",")}`,
    `--customize-hook='${path.join(recipeFolder(recipe), "setup.sh")}' "$1"`,
    recipe.suite,
    "-",
    debianMirror(),
  ];
}
