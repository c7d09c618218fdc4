import { existsSync, readFileSync } from "node:fs";
import { link, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { cachePath, createAtomically } from "./cache.ts";
import { type Cli, packageVersion } from "./cli.ts";
import { quote, run } from "./process.ts";
import { type Report, step } from "./progress.ts";
import { moduleFolder } from "./recipes.ts";
import { buildFault, ensureTools } from "./tools.ts";
import { isUnreachable, rememberUnreachable } from "./unreachable.ts";

/** Longest download of one plugin, in milliseconds. */
const patience = 2 * 60 * 1000;

const names = ["kubernetes", "random"] as const;

type Name = (typeof names)[number];

/** Plugins for a CLI. */
export interface Plugins {
  /** PULUMI_HOME that has them; undefined for the user's. */
  readonly home: string | undefined;
  /** Folder of the Kubernetes provider; undefined where the engine can download any version of it. */
  readonly built?: string;
  /** Which ones they are, for the reader. */
  readonly description: string;
}

/**
 * The resource plugins of this project's stacks, of the versions their npm packages ask for: downloaded, by one quick
 * try whose failure is remembered for a day; else the official Kubernetes provider built from its source, and a
 * stand-in for `random`, in a PULUMI_HOME of their own.
 */
export async function ensurePlugins(cli: Cli, report: Report): Promise<Plugins> {
  if (cli.released && (await download(cli, report))) {
    return { home: cli.home, description: `plugins downloaded: ${names.map(titleOf).join(", ")}` };
  }
  const home = cachePath("pulumi", "built");
  const { "pulumi-resource-kubernetes": built } = await ensureTools(["pulumi-resource-kubernetes"], report);
  // In one step each: an engine may be starting the one that is there.
  await createAtomically(pluginFile(home, "kubernetes"), (draft) => link(built, draft));
  await createAtomically(pluginFile(home, "random"), (draft) =>
    writeFile(draft, launcher(), { mode: 0o755 }),
  );
  const kubernetes = `${titleOf("kubernetes")} built from source at commit ${commit()}`;
  const folder = path.dirname(pluginFile(home, "kubernetes"));
  return {
    home,
    built: folder,
    description: `plugins: ${kubernetes}, ${titleOf("random")} by a stand-in of this project`,
  };
}

async function download({ command, home }: Cli, report: Report): Promise<boolean> {
  const folder = home ?? process.env.PULUMI_HOME ?? path.join(os.homedir(), ".pulumi");
  const missing = names.filter((name) => !existsSync(pluginFile(folder, name)));
  if (missing.length === 0) return true;
  const fault = buildFault(["kubernetes-provider"]);
  // Who cannot build them has no other way than to try again.
  if (fault === undefined && isUnreachable("plugins")) return false;
  const env = { PULUMI_SKIP_UPDATE_CHECK: "true", ...(home ? { PULUMI_HOME: home } : {}) };
  try {
    for (const name of missing) {
      const args = ["plugin", "install", "resource", name, `v${packageVersion(name)}`];
      await step(report, `plugin ${titleOf(name)}: downloading`, () =>
        run(command, args, { timeout: patience, env }),
      );
    }
    return true;
  } catch {
    if (fault !== undefined) {
      throw new Error(
        `Pulumi's plugins ${missing.map(titleOf).join(", ")} cannot be downloaded: see that its releases can be reached from here. ${fault}`,
      );
    }
    rememberUnreachable("plugins");
    report("The plugins cannot be downloaded from here: kubernetes is built from its source");
    return false;
  }
}

function titleOf(name: Name): string {
  return `${name} ${packageVersion(name)}`;
}

/** Where the engine looks for a plugin. */
function pluginFile(home: string, name: Name): string {
  return path.join(home, "plugins", `resource-${name}-v${packageVersion(name)}`, `pulumi-resource-${name}`);
}

/** The commit of the provider's source. */
function commit(): string {
  const goMod = readFileSync(path.join(moduleFolder("kubernetes-provider"), "go.mod"), "utf8");
  return /provider\/v4 v\S+-(\w+)$/m.exec(goMod)?.[1] ?? "unknown";
}

/** The checkout may have moved since the last time: the launcher is always written anew. */
function launcher(): string {
  const words = [process.execPath, path.join(import.meta.dirname, "random-provider.ts")].map(quote);
  return `#!/bin/sh\nRANDOM_PROVIDER_VERSION=${packageVersion("random")} exec ${words.join(" ")} "$@"\n`;
}
