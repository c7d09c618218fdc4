import { expect } from "chai";
import { mustUp, upWith } from "../proof/up.ts";
import { inWordPress, objectOf, page } from "./environment.ts";
import { deployNextImage } from "./next-image.ts";
import { php, schemaVersion, setSchemaBack, updatedUnderLoad, versionsOfAPage } from "./upgrade.ts";

describe("an image of a newer version", function () {
  this.timeout(15 * 60_000);
  let first: string;
  let schema: string;
  let next: string;

  before(async () => {
    first = await php("echo $wp_version;");
    schema = await php(schemaVersion);
    await inWordPress("sh", "-c", "printf own > /var/www/html/ads.txt");
    next = await deployNextImage("7.9");
  });

  after(async () => {
    // As from a backup: the volume holds something older than the first image, the database the schema it knows.
    await setSchemaBack(schema);
    await inWordPress("sed", "-i", "s/'7\\.9'/'7.0'/", "/var/www/html/wp-includes/version.php");
    await mustUp();
  });

  it("takes the older one's place on the volume with no failed request and no page of two versions", async () => {
    const { load, pages } = await updatedUnderLoad({ wordpress: { image: next } });
    expect(load.failed, JSON.stringify(load.codes)).to.equal(0);
    expect(pages).to.deep.equal([`200: ${first}, first`, "200: 7.9, 7.9"]);
  });

  it("leaves what is the site's own, and nothing of the older version", async () => {
    expect((await page("/ads.txt")).body).to.equal("own");
    const files = ["wp-includes/next-version.php", "wp-includes/https-migration.php", "wp-links-opml.php"];
    expect((await inWordPress("sh", "-c", `ls ${files.join(" ")} 2>/dev/null || true`)).trim()).to.equal(
      files[0],
    );
    expect(
      await php("echo get_option('upgraded_to'), ' ', get_option('db_version') - $wp_db_version;"),
    ).to.equal("7.9 0");
  });

  it("does not give way to the older one: the up says why in one sentence, and no pod changes", async () => {
    const templates = async () => {
      const { items } = await objectOf<{ items: { metadata: { labels: object } }[] }>(
        "pods",
        "-l",
        "tier=frontend",
      );
      return new Set(items.map(({ metadata }) => JSON.stringify(metadata.labels)));
    };
    const before = await templates();
    const { code, output } = await upWith();
    expect(code).not.to.equal(0);
    expect(output).to.include("wordpress-provision");
    expect(output).to.include(
      `The volume holds WordPress 7.9 and the image ${first}: going back could lose data, so nothing was changed; set wordpress.image to 7.9 or newer, or restore a backup made with ${first}.`,
    );
    expect(await templates()).to.deep.equal(before);
    expect(await versionsOfAPage()).to.equal("200: 7.9, 7.9");
  });
});
