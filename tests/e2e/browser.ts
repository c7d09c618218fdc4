import { type Browser, chromium } from "playwright-core";
import { findOnPath } from "../../local/toolchain/cli.ts";
import { installPackages } from "../../local/toolchain/debian-packages.ts";

/** A Chromium without a window. The site's certificate is checked by 01-start: Chromium takes no authority from a file. */
export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await ensureBrowser(),
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  });
}

/** The Chromium on PATH, else Debian's, which is installed. */
async function ensureBrowser(): Promise<string> {
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const found = () => names.map((name) => findOnPath(name)).find((file) => file !== undefined);
  if (!found()) await installPackages(["chromium", "fonts-dejavu-core"], console.error);
  const browser = found();
  if (browser) return browser;
  throw new Error("No Chromium was found: install Debian's package chromium and put it on PATH.");
}
