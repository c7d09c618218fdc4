import { run } from "./process.ts";
import { type Report, step } from "./progress.ts";

/** Longest package installation, in milliseconds. */
const patience = 10 * 60 * 1000;

/** Seconds to wait for another installation on the same machine. */
const lockTimeout = 300;

/** Installs packages from the machine's own apt sources, which takes root. */
export async function installPackages(packages: readonly string[], report: Report): Promise<void> {
  if (packages.length === 0) return;
  const options = { timeout: patience, env: { DEBIAN_FRONTEND: "noninteractive" } };
  const wait = ["-o", `DPkg::Lock::Timeout=${lockTimeout}`];
  await step(report, `installing the Debian packages ${packages.join(", ")}`, async () => {
    try {
      await run("apt-get", ["update", ...wait], options);
      await run("apt-get", ["install", "--yes", "--no-install-recommends", ...wait, ...packages], options);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(
        `Could not install ${packages.join(", ")}: check apt's sources and the network.\n${reason}`,
      );
    }
  });
}
