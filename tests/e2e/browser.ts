import { type Browser, chromium } from "playwright-core";
import { ensureBrowser } from "../../local/toolchain/browser.ts";

/** A Chromium without a window. The site's certificate is checked by 01-start: Chromium takes no authority from a file. */
export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await ensureBrowser(console.error),
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  });
}
