import { findOnPath } from "./cli.ts";
import { installPackages } from "./debian-packages.ts";
import type { Report } from "./progress.ts";

const names = ["chromium", "chromium-browser", "google-chrome"];

/**
 * A Chromium for tests: the one on PATH, else Debian's, which is installed.
 * @returns absolute path of the program
 */
export async function ensureBrowser(report: Report): Promise<string> {
  const found = () => names.map((name) => findOnPath(name)).find((file) => file !== undefined);
  if (!found()) await installPackages(["chromium", "fonts-dejavu-core"], report);
  const browser = found();
  if (browser) return browser;
  throw new Error("No Chromium was found: install Debian's package chromium and put it on PATH.");
}
