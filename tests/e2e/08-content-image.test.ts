import { expect } from "chai";
import { mustUp } from "../proof/up.ts";
import { inWordPress, page } from "./environment.ts";
import { WordPressSession } from "./wordpress-session.ts";

describe("content: image", function () {
  this.timeout(10 * 60_000);
  let picture: string;

  before(async () => {
    const session = await WordPressSession.login();
    const { source_url } = await session.upload(
      "kept.txt",
      "text/plain",
      Buffer.from("kept across both ways"),
    );
    picture = new URL(source_url).pathname;
  });

  after(() => mustUp());

  it("serves code from the image and finds the uploads of the shared webroot", async () => {
    await mustUp({ wordpress: { content: "image" } });
    expect((await page("/")).status).to.equal(200);
    expect((await page(picture)).body).to.equal("kept across both ways");
    const mounts = await inWordPress("cat", "/proc/mounts");
    expect(mounts.split("\n").filter((line) => line.includes(" /var/www/html "))).to.have.length(1);
    expect(
      mounts.split("\n").filter((line) => line.includes(" /var/www/html/wp-content/uploads ")),
    ).to.have.length(1);
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
  });
});
