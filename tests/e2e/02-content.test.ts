import { createHash } from "node:crypto";
import { crc32, deflateSync } from "node:zlib";
import { expect } from "chai";
import { rowsOf } from "../proof/sql.ts";
import { kubectl, objectOf, page, siteUrl } from "./environment.ts";
import { WordPressSession } from "./wordpress-session.ts";

describe("content", () => {
  let session: WordPressSession;

  before(async () => {
    session = await WordPressSession.login();
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
    const pods = await objectOf<{ items: { metadata: { name: string } }[] }>("pods", "-l", "tier=frontend");
    const sums = await Promise.all(
      pods.items.map(({ metadata }) =>
        kubectl("-n", "kube-example", "exec", metadata.name, "-c", "wordpress", "--", "sha256sum", file),
      ),
    );
    const expected = createHash("sha256").update(picture).digest("hex");
    expect(sums.map((line) => line.split(" ")[0])).to.deep.equal(pods.items.map(() => expected));
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
    const pages = () => Promise.all(Array.from({ length: 30 }, () => page("/")));
    await pages();
    const before = await connections();
    await pages();
    const after = await connections();
    expect(before).to.have.length.greaterThan(2);
    expect(after.filter((id) => before.includes(id))).to.have.length.at.least(before.length / 2);
  });

  it("lets no upload run as PHP", async () => {
    const [pod] = (await objectOf<{ items: { metadata: { name: string } }[] }>("pods", "-l", "tier=frontend"))
      .items;
    const write = "mkdir -p wp-content/uploads/x && echo '<?php echo 6*7;' > wp-content/uploads/x/run.php";
    await kubectl(
      "-n",
      "kube-example",
      "exec",
      String(pod?.metadata.name),
      "-c",
      "wordpress",
      "--",
      "sh",
      "-c",
      write,
    );
    expect((await page("/wp-content/uploads/x/run.php")).status).to.equal(403);
  });

  it("runs WordPress' scheduled work in a CronJob", async () => {
    await kubectl("-n", "kube-example", "create", "job", "cron-now", "--from=cronjob/wordpress-cron");
    await kubectl("-n", "kube-example", "wait", "--for=condition=Complete", "job/cron-now", "--timeout=90s");
    await kubectl("-n", "kube-example", "delete", "job", "cron-now");
  });
});

/** A grey PNG. Source of the format: W3C "PNG Specification". */
function png(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const framed = Buffer.alloc(body.length + 8);
    framed.writeUInt32BE(data.length);
    body.copy(framed, 4);
    framed.writeUInt32BE(crc32(body), body.length + 4);
    return framed;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(8, 8);
  const rows = Buffer.alloc((width + 1) * height, 0x80);
  for (let row = 0; row < height; row++) rows[row * (width + 1)] = 0;
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
