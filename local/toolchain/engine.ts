import path from "node:path";
import { ensureCli, packageVersion } from "./cli.ts";
import { ensurePlugins } from "./plugins.ts";
import type { Report } from "./progress.ts";

/** A Pulumi CLI with everything this project's stacks need but their state. */
export interface Engine {
  /** Absolute path of the CLI. */
  readonly command: string;
  /** Added to the environment of every call. */
  readonly env: Record<string, string>;
  /** Folder of a Kubernetes provider built here; undefined where the engine can download any version of it. */
  readonly provider?: string | undefined;
  /** Which CLI and which plugins these are, for the reader. */
  readonly description: string;
}

/** Finds the Pulumi CLI and its plugins: what is there, else what can be downloaded, else what can be built. */
export async function ensureEngine(report: Report): Promise<Engine> {
  const cli = await ensureCli(report);
  const { home, built, description } = await ensurePlugins(cli, report);
  const env = {
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // A missing plugin is an error at once instead of a download that cannot succeed.
    ...(built ? { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" } : {}),
    ...(home ? { PULUMI_HOME: home } : {}),
  };
  const engine = {
    command: cli.command,
    env,
    provider: built,
    description: `${cli.origin}; ${description}`,
  };
  report(engine.description);
  return engine;
}

/**
 * What the environment needs besides for a state that another version of the Kubernetes provider has written. The
 * engine asks for that version until an `up` has passed; where it cannot be downloaded, a provider on PATH serves
 * every version, which the engine warns of.
 */
export function environmentFor({ provider }: Engine, state: string): Record<string, string> {
  const versions = [...state.matchAll(/::pulumi:providers:kubernetes::default_(\w+)/g)].map(([, v]) => v);
  const own = packageVersion("kubernetes").replaceAll(".", "_");
  if (provider === undefined || versions.every((version) => version === own)) return {};
  return { PATH: `${provider}${path.delimiter}${process.env.PATH ?? ""}` };
}
