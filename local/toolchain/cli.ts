import { existsSync, linkSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { cacheFolder, cachePath } from "./cache.ts";
import { goFaultOf } from "./prerequisites.ts";
import { run } from "./process.ts";
import { type Report, step } from "./progress.ts";
import { moduleFolder } from "./recipes.ts";
import { ensureTools } from "./tools.ts";
import { isUnreachable, rememberUnreachable } from "./unreachable.ts";

/** Oldest CLI this project was tried with: [major, minor]. */
const oldest = [3, 250] as const;

/** Longest download of the release, in milliseconds. */
const downloadPatience = 5 * 60 * 1000;

const quiet = { PULUMI_SKIP_UPDATE_CHECK: "true" };

/** A CLI and where it came from. */
export interface Cli {
  readonly command: string;
  readonly origin: string;
  /** PULUMI_HOME the CLI uses of its own; undefined for the user's. */
  readonly home?: string;
  /** Whether official plugins are worth a try: not for a CLI that had to be built for lack of downloads. */
  readonly released: boolean;
}

/** Finds the Pulumi CLI: the one on PATH, else the release, else one built from its Go module. */
export async function ensureCli(report: Report): Promise<Cli> {
  return (await cliOnPath(report)) ?? (await releasedCli(report)) ?? (await builtCli(report));
}

/** Whether a CLI's `version` output names a release this project works with. */
export function isUsable(version: string): boolean {
  const [major = 0, minor = 0] = /^v(\d+)\.(\d+)\./.exec(version)?.slice(1).map(Number) ?? [];
  return major === oldest[0] && minor >= oldest[1];
}

async function cliOnPath(report: Report): Promise<Cli | undefined> {
  const command = findOnPath("pulumi");
  if (!command) return undefined;
  const version = await run(command, ["version"], { timeout: 30_000, env: quiet }).catch(() => "");
  if (isUsable(version)) {
    report(`Pulumi CLI ${version.trim()} found on PATH`);
    return { command, origin: `Pulumi CLI ${version.trim()} from ${command}`, released: true };
  }
  report(
    `${command} is not used: it says ${version.trim() || "nothing"}, and v${oldest.join(".")} or newer is needed`,
  );
  return undefined;
}

/** A program on PATH. npm puts the packages' own programs there, too: those are not the user's. */
export function findOnPath(program: string, searchPath = process.env.PATH ?? ""): string | undefined {
  return searchPath
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder) && !folder.includes("node_modules"))
    .map((folder) => path.join(folder, program))
    .find(
      (file) =>
        existsSync(file) && !realpathSync(file).includes("node_modules") && !isOurs(realpathSync(file)),
    );
}

function isOurs(file: string): boolean {
  return file.startsWith(`${cachePath()}${path.sep}`);
}

/** The release that the npm package installs below PULUMI_HOME, by its own script. */
async function releasedCli(report: Report): Promise<Cli | undefined> {
  const require = createRequire(import.meta.url);
  const { version } = require("pulumi/package.json") as { version: string };
  const home = cacheFolder("pulumi");
  const command = path.join(home, "versions", version, "bin", "pulumi");
  const cli = { command, origin: `Pulumi CLI v${version}, the official release`, home, released: true };
  if (existsSync(command)) return cli;
  if (isUnreachable("release")) {
    report("The Pulumi release could not be downloaded from here within the last day: not tried again");
    return undefined;
  }
  const launcher = path.join(path.dirname(require.resolve("pulumi/package.json")), "run.js");
  const options = {
    timeout: downloadPatience,
    env: { ...quiet, PULUMI_HOME: home, PULUMI_VERSION: version },
  };
  const download = () => run(process.execPath, [launcher, "version"], options);
  try {
    await step(report, `Pulumi CLI v${version}: downloading the release`, download);
    return cli;
  } catch (error) {
    rmSync(path.join(home, "versions", version), { recursive: true, force: true });
    rememberUnreachable("release");
    report(`The Pulumi release cannot be downloaded from here (${firstLine(error)})`);
    return undefined;
  }
}

/** The CLI from the Go module proxy, where the npm launcher would have put its release. */
async function builtCli(report: Report): Promise<Cli> {
  const goMod = readFileSync(path.join(moduleFolder("pulumi"), "go.mod"), "utf8");
  const version = /pulumi\/pkg\/v3 v(\S+)/.exec(goMod)?.[1] ?? "unknown";
  const fault = goFaultOf();
  if (fault) throw new Error(`The Pulumi CLI is neither on PATH nor to be downloaded. ${fault}`);
  const { pulumi } = await ensureTools(["pulumi"], report);
  const home = cacheFolder("pulumi");
  const command = path.join(cacheFolder("pulumi", "versions", version, "bin"), "pulumi");
  // A link, not a symbolic one: the CLI looks for the language host beside its resolved path.
  if (!existsSync(command) || statSync(command).ino !== statSync(pulumi).ino) {
    rmSync(command, { force: true });
    linkSync(pulumi, command);
  }
  return { command, origin: `Pulumi CLI v${version}, built from its Go module`, home, released: false };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n").at(-1) ?? "";
}
