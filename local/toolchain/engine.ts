import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, linkSync, mkdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { installPlugins } from "../plugins/install.ts";
import { cacheFolder } from "./cache.ts";
import { type Cli, ensureCli } from "./cli.ts";
import { installOfficialPlugins, requiredPlugins } from "./official-plugins.ts";
import type { Report } from "./progress.ts";

/** A Pulumi CLI with everything this project's stacks need. */
export interface Engine {
  /** Absolute path of the CLI. */
  readonly command: string;
  /** Added to the environment of every call. */
  readonly env: Record<string, string>;
  /** Which CLI and which plugins these are, for the reader. */
  readonly description: string;
}

/**
 * Finds the Pulumi CLI: the one on PATH, else the release that the npm package `pulumi` downloads, else one built
 * from its Go module; then its plugins: the official ones where they can be had, else this project's own.
 */
export async function ensureEngine(report: Report): Promise<Engine> {
  const cli = await ensureCli(report);
  const official = cli.released && (await installOfficialPlugins(cli.command, cli.home, report));
  const engine = official ? withOfficialPlugins(cli) : await withBundledPlugins(cli);
  report(engine.description);
  return engine;
}

function withOfficialPlugins({ command, origin, home }: Cli): Engine {
  const env = { ...commonEnv(), ...(home ? { PULUMI_HOME: home } : {}) };
  return { command, env, description: `${origin}, with the official plugins (${pluginNames()})` };
}

async function withBundledPlugins(cli: Cli): Promise<Engine> {
  const home = cli.home ?? cacheFolder("pulumi");
  const hasLanguageHost =
    cli.released && existsSync(path.join(path.dirname(realpathSync(cli.command)), languageHost));
  // Beside a CLI of our own; for one of the user's, whose folder is not ours to write to, in a folder on PATH.
  const folder = cli.released ? cacheFolder("pulumi", "language") : path.dirname(cli.command);
  await installPlugins(home, folder);
  const searchPath = `${folder}${path.delimiter}${process.env.PATH ?? ""}`;
  const env = {
    ...commonEnv(),
    PULUMI_HOME: home,
    // A missing plugin is an error at once instead of a download that cannot succeed.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    ...(cli.released && !hasLanguageHost ? { PATH: searchPath } : {}),
  };
  const plugins = hasLanguageHost ? pluginNames() : `language host, ${pluginNames()}`;
  return {
    command: cli.command,
    env,
    description: `${cli.origin}, with this project's own plugins (${plugins})`,
  };
}

const languageHost = "pulumi-language-nodejs";

function pluginNames(): string {
  return requiredPlugins()
    .map(({ name, version }) => `${name} ${version}`)
    .join(", ");
}

/** State in files of the cache, and compiled JavaScript kept from one call to the next. */
function commonEnv(): Record<string, string> {
  const state = cacheFolder("state");
  chmodSync(state, 0o700);
  return {
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile(state),
    NODE_COMPILE_CACHE: cacheFolder("pulumi", "compile-cache"),
  };
}

/** The passphrase that encrypts the stacks' secrets, made once; readable by its owner only. */
export function passphraseFile(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, "passphrase");
  if (existsSync(file)) return file;
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, randomBytes(32).toString("base64url"), { mode: 0o600 });
  try {
    // A link fails when another run was first: its passphrase holds. A half-written one is never seen.
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return file;
}
