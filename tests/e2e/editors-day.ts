import { expect } from "chai";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { until } from "../proof/kube.ts";
import { adminPassword, inWordPress, kubectl, siteUrl } from "./environment.ts";
import { png } from "./png.ts";

/** Logs the administrator in, as somebody at a keyboard does, and returns the dashboard. */
export async function logIn(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${siteUrl}/wp-login.php`);
  await page.fill("#user_login", "admin");
  await page.fill("#user_pass", await adminPassword());
  await page.click("#wp-submit");
  await page.waitForURL(`${siteUrl}/wp-admin/**`);
  return page;
}

/**
 * What an editor does in a day, in a browser, and what a visitor sees of it: a picture uploaded, a post written, looked
 * at before it is published, and published by the clock; a comment written, and approved. What it has made is deleted.
 */
export async function editorsDay(browser: Browser): Promise<void> {
  const [editor, visitor] = await Promise.all([newContext(browser), newContext(browser)]);
  const page = await logIn(editor);
  const title = `A day of ${new Date().toISOString()}`;
  await uploadPicture(page);
  const id = await writeDraft(page, title);
  try {
    await previewBeforeVisitors(page, visitor, id, title);
    await publishByTheClock(page, visitor, id, title);
    await approveComment(page, visitor, id);
  } finally {
    await inSite(`wp_delete_post(${id}, true);`);
    await Promise.all([editor.close(), visitor.close()]);
  }
}

async function newContext(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  context.setDefaultTimeout(30_000);
  return context;
}

function inSite(code: string): Promise<string> {
  return inWordPress("php", "-r", `require '/var/www/html/wp-load.php'; ${code}`);
}

async function uploadPicture(page: Page): Promise<void> {
  const name = "an-editors-day.png";
  await page.goto(`${siteUrl}/wp-admin/media-new.php?browser-uploader`);
  await page.setInputFiles("#async-upload", { name, mimeType: "image/png", buffer: png(640, 480) });
  await page.click("#html-upload");
  await page.waitForURL(`${siteUrl}/wp-admin/upload.php**`);
  const address = await inSite(
    "echo wp_get_attachment_url(get_posts(['post_type' => 'attachment', 'numberposts' => 1])[0]->ID);",
  );
  const response = await page.goto(address);
  expect([response?.status(), response?.headers()["content-type"]]).to.deep.equal([200, "image/png"]);
}

/** Writes a post in the block editor; returns its number. */
async function writeDraft(page: Page, title: string): Promise<number> {
  await page.goto(`${siteUrl}/wp-admin/post-new.php`);
  // The guide that opens at the first time.
  await page.evaluate("wp.data.dispatch('core/preferences').set('core/edit-post', 'welcomeGuide', false)");
  const canvas = page.frameLocator("iframe[name=editor-canvas]");
  await canvas.getByRole("textbox", { name: "Add title" }).fill(title);
  await page.keyboard.press("Enter");
  await page.keyboard.type("What was thought of today.");
  await page.getByRole("button", { name: "Save draft" }).click();
  await page.getByRole("button", { name: "Saved" }).waitFor();
  return page.evaluate("wp.data.select('core/editor').getCurrentPostId()");
}

async function previewBeforeVisitors(
  page: Page,
  visitor: BrowserContext,
  id: number,
  title: string,
): Promise<void> {
  const preview = `${siteUrl}/?p=${id}&preview=true`;
  await page.goto(preview);
  expect(await page.title()).to.include(title);
  const reader = await visitor.newPage();
  expect((await reader.goto(preview))?.status()).to.equal(404);
}

/** Schedules the post in the editor; its time comes by the database's clock, and the CronJob publishes it. */
async function publishByTheClock(
  page: Page,
  visitor: BrowserContext,
  id: number,
  title: string,
): Promise<void> {
  const reader = await visitor.newPage();
  await reader.goto(siteUrl);
  expect(await reader.getByText(title).count()).to.equal(0);
  await page.goto(`${siteUrl}/wp-admin/post.php?post=${id}&action=edit`);
  await page.frameLocator("iframe[name=editor-canvas]").getByText("What was thought of today.").waitFor();
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
  await page.evaluate(
    `(async () => {
      const editor = wp.data.dispatch('core/editor');
      await editor.editPost({ status: 'future', date: '${inAnHour}' });
      await editor.savePost();
    })()`,
  );
  expect(await inSite(`echo get_post_status(${id});`)).to.equal("future");
  await inSite(
    `$wpdb->query("UPDATE $wpdb->posts SET post_date = NOW() - INTERVAL 1 MINUTE, post_date_gmt = UTC_TIMESTAMP() - INTERVAL 1 MINUTE WHERE ID = ${id}");
     wp_clear_scheduled_hook('publish_future_post', [${id}]);
     wp_schedule_single_event(time() - 1, 'publish_future_post', [${id}]);`,
  );
  await runScheduledWork();
  await until("the post on the front page", 60, async () => {
    await reader.goto(siteUrl);
    return (await reader.getByText(title).count()) > 0;
  });
}

async function runScheduledWork(): Promise<void> {
  const inNamespace = (...args: string[]) => kubectl("-n", "kube-example", ...args);
  await inNamespace("create", "job", "editors-day", "--from=cronjob/wordpress-cron");
  await inNamespace("wait", "--for=condition=Complete", "job/editors-day", "--timeout=90s").finally(() =>
    inNamespace("delete", "job", "editors-day"),
  );
}

/** A visitor comments; others see it once the editor has approved it. */
async function approveComment(page: Page, visitor: BrowserContext, id: number): Promise<void> {
  const post = await inSite(`echo get_permalink(${id});`);
  const said = `Well said at ${Date.now()}.`;
  const reader = await visitor.newPage();
  await reader.goto(post);
  await reader.fill("#comment", said);
  await reader.fill("#author", "A Reader");
  await reader.fill("#email", "reader@example.com");
  await reader.click("#submit");
  await reader.getByText("awaiting moderation").first().waitFor();

  const stranger = await (await newContext(page.context().browser() as Browser)).newPage();
  await stranger.goto(post);
  expect(await stranger.getByText(said).count()).to.equal(0);
  await page.goto(`${siteUrl}/wp-admin/edit-comments.php?comment_status=moderated`);
  const row = page.locator("#the-comment-list tr", { hasText: said });
  await page.goto(new URL(String(await row.locator(".approve a").getAttribute("href")), page.url()).href);
  await until("the approved comment", 60, async () => {
    await stranger.goto(post);
    return (await stranger.getByText(said).count()) > 0;
  });
  await stranger.context().close();
}
