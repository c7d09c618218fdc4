import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { cacheFolder } from "./cache.ts";
import { type Report, step } from "./progress.ts";

/** Seconds to wait for another installation on the same machine. */
const lockTimeout = 300;

/**
 * Installs packages from the machine's own apt sources, which takes root. What apt and dpkg have begun is never ended:
 * half an installation would be the machine's trouble. So they run in a session of their own, which no Ctrl-C reaches,
 * write to a file and not to this process, and go on without it.
 */
export async function installPackages(packages: readonly string[], report: Report): Promise<void> {
  if (packages.length === 0) return;
  const wait = ["-o", `DPkg::Lock::Timeout=${lockTimeout}`];
  await step(report, `installing the Debian packages ${packages.join(", ")}`, async () => {
    await apt(["update", ...wait], packages);
    await apt(["install", "--yes", "--no-install-recommends", ...wait, ...packages], packages);
  });
}

async function apt(args: string[], packages: readonly string[]): Promise<void> {
  const file = `${cacheFolder()}/apt.log`;
  const log = openSync(file, "w");
  const child = spawn("apt-get", args, {
    stdio: ["ignore", log, log],
    detached: true,
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  const ended = await once(child, "close").then(
    ([code]) => code,
    (error: Error) => error.message,
  );
  closeSync(log);
  if (ended === 0) return;
  const said = readFileSync(file, "utf8").trimEnd().split("\n").slice(-12).join("\n");
  throw new Error(
    `Could not install ${packages.join(", ")}: check apt's sources and the network.\n${said || `apt-get: ${ended}`}`,
  );
}
