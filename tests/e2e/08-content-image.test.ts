import { expect } from "chai";
import { wordpressLogs } from "../proof/kube.ts";
import { mustUp } from "../proof/up.ts";
import { adminPassword, freshPage, inWordPress, page, siteHealth } from "./environment.ts";
import { ClusterMailServer } from "./mail/in-cluster.ts";
import { deployNextImage } from "./next-image.ts";
import { php, schemaVersion, setSchemaBack, updatedUnderLoad } from "./upgrade.ts";
import { WordPressSession } from "./wordpress-session.ts";

/** Asks for a new password as a visitor does; what WordPress answers. */
async function askForPassword(): Promise<{ to: string; says: string }> {
  const form = "/wp-login.php?action=lostpassword";
  const { headers, body } = await new WordPressSession().submit(form, { user_login: "admin" });
  return { to: String(headers.location ?? ""), says: body.toString() };
}

/** What the serving pods have logged of mails. */
async function mailLog(): Promise<string> {
  return (await wordpressLogs(new Date(0)))
    .flatMap((log) => log.split("\n"))
    .filter((line) => line.includes("was not sent"))
    .join("\n");
}

describe("a site with no mail server", () => {
  it("says to who has lost a password that no mail was sent, and why in the log", async () => {
    expect((await askForPassword()).says).to.include("The email could not be sent.");
    expect(await mailLog()).to.include("The deployment has no SMTP server (site.smtp).");
  });

  it("tells its administrator on the dashboard", async () => {
    const { body } = await (await WordPressSession.login()).request("GET", "/wp-admin/index.php");
    expect(body.toString()).to.include("This site cannot send mail");
  });
});

describe("content: image, and a mail server", function () {
  this.timeout(10 * 60_000);
  let picture: string;
  let mailServer: ClusterMailServer;
  let schema: string;

  before(async () => {
    schema = await php(schemaVersion);
    const session = await WordPressSession.login();
    const { source_url } = await session.upload(
      "kept.txt",
      "text/plain",
      Buffer.from("kept across both ways"),
    );
    picture = new URL(source_url).pathname;
    mailServer = await ClusterMailServer.start();
  });

  after(async () => {
    await setSchemaBack(schema);
    await mustUp();
    await mailServer.stop();
  });

  it("rolls out a newer version with no failed request and no page of two versions", async () => {
    const first = await php("echo $wp_version;");
    const image = await deployNextImage("7.9");
    const settings = { wordpress: { content: "image", image }, site: { smtp: mailServer.settings } };
    const { load, pages } = await updatedUnderLoad(settings);
    expect(load.failed, JSON.stringify(load.codes)).to.equal(0);
    // Pods of both versions serve for a while, each with code of its own.
    expect(pages.sort()).to.deep.equal([`200: ${first}, first`, "200: 7.9, 7.9"]);
    const upgraded = "echo get_option('upgraded_to'), ' ', get_option('db_version') - $wp_db_version;";
    expect(await php(upgraded)).to.equal("7.9 0");
  });

  it("serves code from the image and finds the uploads of the shared webroot", async () => {
    expect((await freshPage("/")).status).to.equal(200);
    expect((await page(picture)).body).to.equal("kept across both ways");
    const mounts = await inWordPress("cat", "/proc/mounts");
    expect(mounts.split("\n").filter((line) => line.includes(" /var/www/html "))).to.have.length(1);
    expect(
      mounts.split("\n").filter((line) => line.includes(" /var/www/html/wp-content/uploads ")),
    ).to.have.length(1);
  });

  it("finds nothing critical in Site Health, which says that the code is the image's", async () => {
    const found = await siteHealth();
    expect(found.filter(({ status }) => status === "critical")).to.deep.equal([]);
    expect(found.map(({ label }) => label)).to.include("Plugins and themes come with the image");
  });

  it("takes uploads and lets nobody install plugins", async () => {
    const session = await WordPressSession.login();
    const media = await session.upload(
      "image-mode.txt",
      "text/plain",
      Buffer.from("written with code from the image"),
    );
    expect((await page(new URL(media.source_url).pathname)).body).to.equal(
      "written with code from the image",
    );
    const { status, body } = await session.request("GET", "/wp-admin/plugin-install.php");
    expect(status).to.equal(403);
    expect(body.toString()).to.match(/not allowed/i);
    const dashboard = await session.request("GET", "/wp-admin/index.php");
    expect(dashboard.body.toString()).not.to.include("This site cannot send mail");
  });

  it("mails who has lost a password a link, by which a new one is set that logs in", async () => {
    expect((await askForPassword()).to).to.include("checkemail=confirm");
    expect(mailServer.mails).to.have.length(1);
    const [mail] = mailServer.mails;
    expect(mail).to.include({ from: "blog@example.com", user: "blog", encrypted: true });
    const [, link = ""] =
      /https:\/\/\S+(\/wp-login\.php\?[^\s>]*action=rp[^\s>]*)/.exec(mail?.text ?? "") ?? [];

    const visitor = new WordPressSession();
    // The key goes into a cookie, and out of the address.
    const { status, headers } = await visitor.request("GET", link);
    expect(status).to.equal(302);
    const form = await visitor.request("GET", String(headers.location));
    const [, key = ""] = /name="rp_key" value="([^"]+)"/.exec(form.body.toString()) ?? [];
    const password = "a password of the test";
    const fields = { pass1: password, pass2: password, rp_key: key };
    const { body } = await visitor.submit("/wp-login.php?action=resetpass", fields);
    expect(body.toString()).to.include("Your password has been reset.");
    await WordPressSession.login(password);

    const back =
      "require '/var/www/html/wp-load.php'; wp_set_password($argv[1], get_user_by('login', 'admin')->ID);";
    await inWordPress("php", "-r", back, await adminPassword());
  });

  it("says that no mail was sent when the mail server refuses the password, and why in the log", async () => {
    await mailServer.acceptPassword("another");
    expect((await askForPassword()).says).to.include("The email could not be sent.");
    expect(await mailLog())
      .to.include("Could not authenticate.")
      .and.include("535 the password is another");
  });
});
