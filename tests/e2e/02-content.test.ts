import { createHash } from "node:crypto";
import { expect } from "chai";
import { readyPods } from "../proof/kube.ts";
import { rowsOf } from "../proof/sql.ts";
import { freshPage, inWordPress, kubectl, page, phpFile, siteUrl } from "./environment.ts";
import { png } from "./png.ts";
import { WordPressSession } from "./wordpress-session.ts";

describe("content", () => {
  let session: WordPressSession;

  before(async () => {
    session = await WordPressSession.login();
  });

  it("has a database whose new tables compare with WordPress' own", async () => {
    const collations = await rowsOf(
      "wordpress-mysql-0",
      "SELECT DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = DATABASE() UNION SELECT TABLE_COLLATION FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE();",
    );
    expect(collations).to.deep.equal(["utf8mb4_unicode_520_ci"]);
  });

  it("takes a post with a picture through the REST API and shows it to visitors", async () => {
    const picture = png(640, 480);
    const media = await session.upload("picture.png", "image/png", picture);
    const post = await session.publish("A post of the test", `<img src="${media.source_url}" alt="">`);

    const { status, body } = await page(new URL(post.link).pathname);
    expect(status).to.equal(200);
    expect(body).to.include("A post of the test");
    expect(body).to.include(media.source_url);
    expect(media.source_url).to.match(new RegExp(`^${siteUrl}/`));
  });

  it("gives the picture back unchanged from every replica", async () => {
    const picture = png(320, 200);
    const media = await session.upload("same.png", "image/png", picture);
    const file = `/var/www/html${new URL(media.source_url).pathname}`;
    const pods = await readyPods("frontend");
    const sums = await Promise.all(
      pods.map(({ metadata }) =>
        kubectl("-n", "kube-example", "exec", metadata.name, "-c", "wordpress", "--", "sha256sum", file),
      ),
    );
    const expected = createHash("sha256").update(picture).digest("hex");
    expect(sums.map((line) => line.split(" ")[0])).to.deep.equal(pods.map(() => expected));
  });

  it("keeps a login valid on every replica: the salts are shared", async () => {
    // Twelve requests over several pods; each pod with salts of its own would send some to the login page.
    for (let count = 0; count < 12; count++) {
      expect((await session.request("GET", "/wp-admin/profile.php")).status).to.equal(200);
    }
  });

  it("serves pages over connections to the database that were there before", async () => {
    const connections = async () => {
      const idle = "USER = 'wordpress' AND COMMAND = 'Sleep'";
      return rowsOf("wordpress-mysql-0", `SELECT ID FROM information_schema.PROCESSLIST WHERE ${idle};`);
    };
    // All at once, so that several workers of each pod have one.
    const pages = () => Promise.all(Array.from({ length: 30 }, () => freshPage("/")));
    await pages();
    const before = await connections();
    await pages();
    const after = await connections();
    expect(before).to.have.length.greaterThan(2);
    expect(after.filter((id) => before.includes(id))).to.have.length.at.least(before.length / 2);
  });

  it("lets no upload run as PHP", async () => {
    const write = "mkdir -p wp-content/uploads/x && echo '<?php echo 6*7;' > wp-content/uploads/x/run.php";
    await inWordPress("sh", "-c", write);
    expect((await page("/wp-content/uploads/x/run.php")).status).to.equal(403);
  });

  it("asks itself within the closed network, along its own redirects", async () => {
    const ask = "wp_remote_retrieve_response_code(wp_remote_get(home_url('/?p=1')))";
    expect(await inWordPress("php", "-r", `require '/var/www/html/wp-load.php'; echo ${ask};`)).to.equal(
      "200",
    );
  });

  it("has calls out fail at once", async () => {
    const ask = "wp_remote_get('https://api.wordpress.org/')->get_error_code()";
    const code = await inWordPress("php", "-r", `require '/var/www/html/wp-load.php'; echo ${ask};`);
    expect(code).to.equal("http_request_not_executed");
  });

  it("updates plugins and themes by itself, and not the core", async () => {
    const outcome = await inWordPress("php", "-r", phpFile("automatic-update.php"));
    expect(JSON.parse(outcome)).to.deep.equal({ version: "2.0", core: false });
  });

  describe("scheduled work", () => {
    const inNamespace = (...args: string[]) => kubectl("-n", "kube-example", ...args);
    const inSite = (code: string) => inWordPress("php", "-r", `require '/var/www/html/wp-load.php'; ${code}`);
    const plugin = "/var/www/html/wp-content/mu-plugins/scheduled-by-the-test.php";
    const suspend = (value: boolean) =>
      inNamespace("patch", "cronjob", "wordpress-cron", "-p", JSON.stringify({ spec: { suspend: value } }));

    /** Runs what is due in a Job of the CronJob; it has to end so. */
    async function run(condition: "Complete" | "Failed"): Promise<string> {
      await inNamespace("create", "job", "cron-now", "--from=cronjob/wordpress-cron");
      try {
        await inNamespace("wait", `--for=condition=${condition}`, "job/cron-now", "--timeout=90s");
        return await inNamespace("logs", "job/cron-now");
      } finally {
        await inNamespace("delete", "job", "cron-now");
      }
    }

    before(async () => {
      // Its own run would take the events away.
      await suspend(true);
      const events = [
        "add_action('test_says', fn() => update_option('test_said', [is_ssl(), includes_url('a.js')]));",
        "add_action('test_leaves', fn() => exit(0));",
      ];
      await inWordPress("sh", "-c", `printf '%s' "$0" > ${plugin}`, `<?php ${events.join(" ")}`);
    });
    after(async () => {
      await inWordPress("rm", "-f", plugin);
      await suspend(false);
    });

    it("runs in a CronJob, by the site's own scheme and host", async () => {
      await inSite("wp_schedule_single_event(time() - 1, 'test_says');");
      await run("Complete");
      const said = await inSite("echo json_encode(get_option('test_said')); delete_option('test_said');");
      expect(JSON.parse(said)).to.deep.equal([true, `${siteUrl}/wp-includes/a.js`]);
    });

    it("that has not run to its end is a Job that failed", async () => {
      await inSite("wp_schedule_single_event(time() - 1, 'test_leaves');");
      expect(await run("Failed")).to.include("an event ended the run, in test_leaves");
      await inSite("delete_transient('doing_cron');");
    });
  });
});
