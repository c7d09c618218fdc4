/** Puts the bundled plugins where the Pulumi CLI looks for them: tiny launchers that run this checkout's files. */
import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

/** A provider must be of the very version that its npm SDK asks for. */
const PROVIDERS = ["kubernetes", "random"];

/**
 * Writes the language host beside the CLI binary in `cliFolder` and the providers below `pulumiHome`. Quick, and
 * without effect where everything is in place already.
 */
export async function installPlugins(pulumiHome: string, cliFolder: string): Promise<void> {
  const compileCache = path.join(pulumiHome, "compile-cache");
  await write(path.join(cliFolder, "pulumi-language-nodejs"), launcher("language", compileCache));
  for (const name of PROVIDERS) {
    const { version } = require(`@pulumi/${name}/package.json`) as { version: string };
    const folder = path.join(pulumiHome, "plugins", `resource-${name}-v${version}`);
    await write(path.join(folder, `pulumi-resource-${name}`), launcher(name, compileCache, version));
  }
}

/** A shell script that becomes Node; a NODE_COMPILE_CACHE of the caller's own wins. */
function launcher(plugin: string, compileCache: string, version?: string): string {
  return [
    "#!/bin/sh",
    `export NODE_COMPILE_CACHE="\${NODE_COMPILE_CACHE:-${quote(compileCache)}}"`,
    ...(version ? [`export PULUMI_BUNDLED_PLUGIN_VERSION=${version}`] : []),
    `exec "${quote(process.execPath)}" "${quote(path.join(here, plugin, "main.ts"))}" "$@"`,
    "",
  ].join("\n");
}

/** For use inside double quotes. */
function quote(text: string): string {
  return text.replace(/[\\"$`]/g, "\\$&");
}

/** Replaces the file in one step, and only where it differs: a CLI may be running it. */
async function write(file: string, text: string): Promise<void> {
  if ((await readFile(file, "utf8").catch(() => "")) === text) return;
  await mkdir(path.dirname(file), { recursive: true });
  const next = `${file}.${process.pid}.new`;
  await writeFile(next, text);
  await chmod(next, 0o755);
  await rename(next, file);
}
