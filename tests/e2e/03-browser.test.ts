import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import type { Browser, BrowserContext } from "playwright-core";
import { until } from "../proof/kube.ts";
import { mustUp } from "../proof/up.ts";
import { openBrowser } from "./browser.ts";
import { editorsDay, logIn } from "./editors-day.ts";
import { page as fetched, root, siteHealth, siteUrl } from "./environment.ts";

describe("a browser", () => {
  let browser: Browser;
  let context: BrowserContext;

  before(async function () {
    this.timeout(10 * 60_000);
    browser = await openBrowser();
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
    const page = await logIn(context);
    expect(await page.locator("#adminmenu").isVisible()).to.equal(true);
  });

  it("goes through an editor's day, behind the page cache", async () => {
    expect((await fetched("/")).headers).to.have.property("x-cache");
    await editorsDay(browser);
  });

  it("finds nothing in Site Health that the deployment could mend", async () => {
    const page = await context.newPage();
    await page.goto(`${siteUrl}/wp-admin/site-health.php`);
    await page.locator(".site-health-progress-wrapper:not(.loading)").waitFor({ timeout: 60_000 });
    const found = (status: string) =>
      page.locator(`#health-check-issues-${status} .health-check-accordion-trigger .title`).allTextContents();
    expect(await found("critical")).to.deep.equal([]);
    expect(await found("recommended")).to.deep.equal([]);
    const good = await found("good");
    for (const answered of ["loopback requests", "REST API", "is closed to the internet", "with the image"]) {
      expect(good.join("\n")).to.include(answered);
    }
  });

  it("finds as little with network.internetEgress, were WordPress.org there", async () => {
    const results = await siteHealth("open");
    const found = results.filter(({ status }) => status !== "good");
    expect(found.map(({ label }) => label)).to.deep.equal([]);
    expect(results.map(({ label }) => label)).to.include("Can communicate with WordPress.org");
  });

  it("is told why nothing can be installed from WordPress.org", async () => {
    const page = await context.newPage();
    await page.goto(`${siteUrl}/wp-admin/plugin-install.php`);
    const notice = page.locator(".notice-info", { hasText: "network.internetEgress: false" });
    expect(await notice.isVisible()).to.equal(true);
  });

  describe("under the enforced policies of docs/operations.md", () => {
    const violations: string[] = [];
    const documented = (key: string) => {
      const text = readFileSync(path.join(root, "docs", "operations.md"), "utf8");
      return new RegExp(`^  ${key}: "(.+)"$`, "m").exec(text)?.[1] ?? `${key} is not in the document`;
    };
    const policies = {
      contentSecurityPolicy: documented("contentSecurityPolicy"),
      permissionsPolicy: documented("permissionsPolicy"),
    };

    before(async function () {
      this.timeout(5 * 60_000);
      await mustUp({ route: { ...policies, contentSecurityPolicyReportOnly: false } });
      await until("the policies", 30, async () => {
        const { headers } = await fetched("/");
        return (
          headers["content-security-policy"] === policies.contentSecurityPolicy &&
          headers["permissions-policy"] === policies.permissionsPolicy
        );
      });
      context.on("console", (message) => {
        if (/Content Security Policy|Permissions[- ]Policy/i.test(message.text()))
          violations.push(message.text());
      });
    });

    after(function () {
      this.timeout(5 * 60_000);
      return mustUp();
    });

    it("publishes with the block editor, and nothing is kept from it", async () => {
      const page = await context.newPage();
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(error.message));
      await page.goto(`${siteUrl}/wp-admin/post-new.php`);
      // The guide that opens at the first time.
      await page.evaluate(
        "wp.data.dispatch('core/preferences').set('core/edit-post', 'welcomeGuide', false)",
      );
      const canvas = page.frameLocator("iframe[name=editor-canvas]");
      await canvas.getByRole("textbox", { name: "Add title" }).fill("Written under a policy");
      await page.keyboard.press("Enter");
      await page.keyboard.type("A paragraph of it.");
      await page.getByRole("button", { name: "Publish", exact: true }).click();
      const panel = page.getByLabel("Editor publish");
      await panel.getByRole("button", { name: "Publish", exact: true }).click();
      const link = panel.getByRole("link", { name: "View Post" });
      await page.goto(String(await link.getAttribute("href")));
      await page.getByText("A paragraph of it.").waitFor();
      expect([...violations, ...faults]).to.deep.equal([]);
    });

    it("loads nothing from elsewhere", async () => {
      const page = await context.newPage();
      await page.goto(siteUrl);
      await page.evaluate("fetch('https://example.com/').catch(() => {})");
      expect(violations.filter((text) => text.includes("https://example.com/"))).not.to.deep.equal([]);
    });
  });
});
