import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Names under which sources point at a Debian release without its codename. */
const aliases = ["stable", "oldstable", "testing", "sid", "unstable"];

/**
 * The Debian mirror among the places apt updates from: the one that serves the machine's own release. Security,
 * update and third-party sources have other names for their suites.
 * @param updateUris what `apt-get update --print-uris` prints
 * @param codename VERSION_CODENAME of /etc/os-release
 */
export function chooseMirror(updateUris: string, codename: string): string | undefined {
  const sources = [...updateUris.matchAll(/^'(.+)\/dists\/([^']+)\/InRelease'/gm)].map((match) => ({
    mirror: match[1] as string,
    suite: match[2] as string,
  }));
  const exact = sources.find(({ suite }) => suite === codename);
  // A third party may call its suite "stable", too, but hardly its path "debian".
  const alias = sources.find(({ mirror, suite }) => aliases.includes(suite) && mirror.endsWith("/debian"));
  return (exact ?? alias)?.mirror;
}

/** The mirror apt on this machine is set to use. */
export function debianMirror(): string {
  const codename = /^VERSION_CODENAME=(.*)$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "";
  const mirror = chooseMirror(
    execFileSync("apt-get", ["update", "--print-uris"], { encoding: "utf8" }),
    codename,
  );
  if (mirror) return mirror;
  throw new Error(
    `No Debian mirror found: the images are built from Debian packages, so apt's sources must name a mirror that has ${codename || "Debian"}.`,
  );
}

/** The machine's own proxy and TLS settings of apt, which mmdebstrap does not take over by itself. */
export function downloadOptions(
  aptConfig = execFileSync("apt-config", ["dump"], { encoding: "utf8" }),
): string[] {
  return aptConfig.split("\n").filter((line) => /^Acquire::https?::\S*\s+"[^"]+";$/.test(line));
}
