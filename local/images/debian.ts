import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Names under which sources point at a Debian release without its codename. */
const aliases = ["stable", "oldstable", "testing", "sid", "unstable"];

/**
 * The Debian mirror among the places apt updates from: the one that serves the machine's own release. Security,
 * update and third-party sources have other names for their suites, and other distributions' mirrors have no Debian.
 * @param updateUris what `apt-get update --print-uris` prints
 * @param osRelease text of /etc/os-release
 * @returns undefined where there is none, as on Ubuntu
 */
export function chooseMirror(updateUris: string, osRelease: string): string | undefined {
  const value = (name: string) => new RegExp(`^${name}="?([^"\n]*)`, "m").exec(osRelease)?.[1];
  const codename = value("ID") === "debian" ? value("VERSION_CODENAME") : undefined;
  const sources = [...updateUris.matchAll(/^'(.+)\/dists\/([^']+)\/InRelease'/gm)].map((match) => ({
    mirror: match[1] as string,
    suite: match[2] as string,
  }));
  const exact = sources.find(({ suite }) => suite === codename);
  // A third party may call its suite "stable", too, but hardly its path "debian".
  const alias = sources.find(({ mirror, suite }) => aliases.includes(suite) && mirror.endsWith("/debian"));
  return (exact ?? alias)?.mirror;
}

/** Where mmdebstrap is to look: the mirror apt on this machine is set to use; nothing for Debian's own archive. */
export function debianMirrors(): string[] {
  const uris = execFileSync("apt-get", ["update", "--print-uris"], { encoding: "utf8" });
  const mirror = chooseMirror(uris, readFileSync("/etc/os-release", "utf8"));
  return mirror === undefined ? [] : [mirror];
}

/** The machine's own proxy and TLS settings of apt, which mmdebstrap does not take over by itself. */
export function downloadOptions(
  aptConfig = execFileSync("apt-config", ["dump"], { encoding: "utf8" }),
): string[] {
  return aptConfig.split("\n").filter((line) => /^Acquire::https?::\S*\s+"[^"]+";$/.test(line));
}
