import { existsSync, mkdirSync, realpathSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { cachePath } from "./cache.ts";
import { run } from "./process.ts";
import { type Report, step } from "./progress.ts";
import { buildFault, ensureTools } from "./tools.ts";
import { isUnreachable, rememberUnreachable } from "./unreachable.ts";

/** Oldest CLI this project was tried with: [major, minor]. */
const oldest = [3, 250] as const;

/** Longest download of the release, in milliseconds. */
const downloadPatience = 5 * 60 * 1000;

/** What a CLI that is built here is built from, with the provider it will need. */
const sources = ["pulumi", "kubernetes-provider"] as const;

/** A CLI and where it came from. */
export interface Cli {
  readonly command: string;
  readonly origin: string;
  /** PULUMI_HOME of the CLI; undefined for the user's. */
  readonly home?: string;
  /** Whether official plugins are worth a try: not for a CLI that had to be built for lack of downloads. */
  readonly released: boolean;
}

/** Version of an npm package of Pulumi's, which the program of the same name has to have, too. */
export function packageVersion(name: "pulumi" | "kubernetes" | "random"): string {
  const require = createRequire(import.meta.url);
  return (require(`@pulumi/${name}/package.json`) as { version: string }).version;
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
  const options = { timeout: 30_000, env: { PULUMI_SKIP_UPDATE_CHECK: "true" } };
  const version = (await run(command, ["version"], options).catch(() => "")).trim();
  if (isUsable(version)) return { command, origin: `Pulumi CLI ${version} from ${command}`, released: true };
  report(
    `${command} is not used: it says ${version || "nothing"}, and v${oldest.join(".")} or newer is needed`,
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
  return existsSync(cachePath()) && file.startsWith(`${realpathSync(cachePath())}${path.sep}`);
}

/** The release of the SDK's version, as the Automation API installs it. */
async function releasedCli(report: Report): Promise<Cli | undefined> {
  const version = packageVersion("pulumi");
  const home = cachePath("pulumi");
  const root = path.join(home, "versions", version);
  const command = path.join(root, "bin", "pulumi");
  const cli = { command, origin: `Pulumi CLI v${version}, downloaded`, home, released: true };
  if (existsSync(command)) return cli;
  const fault = buildFault(sources);
  // Who cannot build it has no other way than to try again.
  if (fault === undefined && isUnreachable("release")) {
    report("The Pulumi release could not be downloaded from here within the last day: not tried again");
    return undefined;
  }
  const installer = path.join(import.meta.dirname, "install-cli.ts");
  // The archive is unpacked in there, and what a killed one left goes with the next.
  const temporary = path.join(home, "download");
  const download = async () => {
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary, { recursive: true });
    const env = { TMPDIR: temporary };
    await run(process.execPath, [installer, root], { timeout: downloadPatience, env });
    rmSync(temporary, { recursive: true });
  };
  try {
    await step(report, `Pulumi CLI v${version}: downloading the release`, download);
    return cli;
  } catch {
    rmSync(root, { recursive: true, force: true });
    if (fault !== undefined) {
      throw new Error(`The Pulumi CLI is neither on PATH nor to be downloaded: install it. ${fault}`);
    }
    rememberUnreachable("release");
    report("The Pulumi release cannot be downloaded from here: it is built from its Go module");
    return undefined;
  }
}

/** The CLI from the Go module proxy; the provider it will need is built beside it. */
async function builtCli(report: Report): Promise<Cli> {
  const { pulumi } = await ensureTools(["pulumi", "pulumi-resource-kubernetes"], report);
  const origin = `Pulumi CLI v${packageVersion("pulumi")}, built from source`;
  return { command: pulumi, origin, home: cachePath("pulumi"), released: false };
}
