import { mkdirSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { type Browser, type BrowserContext, chromium } from "playwright-core";
import { ensureBrowser } from "../../local/toolchain/browser.ts";
import { adminPassword, root, siteUrl } from "./environment.ts";

describe("a browser", () => {
  let browser: Browser;
  let context: BrowserContext;

  before(async function () {
    this.timeout(10 * 60_000);
    browser = await chromium.launch({
      executablePath: await ensureBrowser(console.error),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
      ],
    });
    // The certificate's chain is checked by 01-start; Chromium does not take an authority from a file.
    context = await browser.newContext({ ignoreHTTPSErrors: true });
  });

  after(() => browser?.close());

  it("shows the front page with its style and no failed request", async () => {
    const page = await context.newPage();
    const failed: string[] = [];
    page.on("response", (response) => response.status() >= 400 && failed.push(response.url()));
    page.on("requestfailed", (request) => failed.push(request.url()));
    const response = await page.goto(siteUrl);
    await page.waitForLoadState("load");
    expect(response?.status()).to.equal(200);
    expect(await page.title()).to.include("WordPress on Kubernetes");
    expect(await page.locator("a", { hasText: "Hello world!" }).count()).to.be.at.least(1);
    expect(failed.filter((url) => url.startsWith(siteUrl))).to.deep.equal([]);
    const folder = path.join(root, "out");
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: path.join(folder, "front-page.png") });
  });

  it("logs in and reaches the dashboard without a redirect loop", async () => {
    const page = await context.newPage();
    await page.goto(`${siteUrl}/wp-login.php`);
    await page.fill("#user_login", "admin");
    await page.fill("#user_pass", await adminPassword());
    await page.click("#wp-submit");
    await page.waitForURL(`${siteUrl}/wp-admin/**`);
    expect(await page.locator("#adminmenu").isVisible()).to.equal(true);
  });
});
