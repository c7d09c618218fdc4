import { closeSync, openSync, readSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { run } from "./process.ts";
import { type Report, step } from "./progress.ts";
import { isUnreachable, rememberUnreachable } from "./unreachable.ts";

/** Longest download of one plugin, in milliseconds. */
const patience = 2 * 60 * 1000;

/** A resource plugin of the version its npm package asks for. */
interface Plugin {
  readonly name: string;
  readonly version: string;
}

/** The resource plugins of this project's stacks. */
export function requiredPlugins(): Plugin[] {
  const require = createRequire(import.meta.url);
  return ["kubernetes", "random"].map((name) => {
    const { version } = require(`@pulumi/${name}/package.json`) as { version: string };
    return { name, version };
  });
}

/**
 * Makes sure that the official plugins are there; one quick try, whose failure is remembered for a day.
 * @param home PULUMI_HOME, or undefined for the user's own
 * @returns whether all of them are
 */
export async function installOfficialPlugins(
  command: string,
  home: string | undefined,
  report: Report,
): Promise<boolean> {
  const folder = path.join(home ?? process.env.PULUMI_HOME ?? path.join(os.homedir(), ".pulumi"), "plugins");
  const missing = requiredPlugins().filter((plugin) => !isOfficial(pluginFile(folder, plugin)));
  if (missing.length === 0) return true;
  if (isUnreachable("plugins")) return false;
  const env = { PULUMI_SKIP_UPDATE_CHECK: "true", ...(home ? { PULUMI_HOME: home } : {}) };
  try {
    for (const { name, version } of missing) {
      // Reinstalling replaces a plugin of ours of the same version.
      const args = ["plugin", "install", "resource", name, `v${version}`, "--reinstall"];
      await step(report, `plugin ${name} ${version}: downloading`, () =>
        run(command, args, { timeout: patience, env }),
      );
    }
    return true;
  } catch {
    rememberUnreachable("plugins");
    report("The official plugins cannot be downloaded from here: this project's own are used");
    return false;
  }
}

function pluginFile(folder: string, { name, version }: Plugin): string {
  return path.join(folder, `resource-${name}-v${version}`, `pulumi-resource-${name}`);
}

/** The official plugins are compiled programs, the bundled ones scripts. */
export function isOfficial(file: string): boolean {
  const start = Buffer.alloc(2);
  try {
    const descriptor = openSync(file, "r");
    readSync(descriptor, start, 0, 2, 0);
    closeSync(descriptor);
  } catch {
    return false;
  }
  return start.toString() !== "#!";
}
