import { expect } from "chai";
import { upWith } from "../proof/up.ts";
import { inWordPress, kubectl, page, pulumi } from "./environment.ts";

/** Runs PHP in one of the site's pods. */
function php(code: string): Promise<string> {
  return inWordPress("php", "-r", code);
}

const loadWordPress = "require '/var/www/html/wp-load.php';";
const versionFile = "/var/www/html/wp-includes/version.php";

/** Makes the code on the volume say that it is of another version than the image's. */
function pretendVersion(version: string): Promise<string> {
  return php(
    `file_put_contents('${versionFile}', preg_replace("/wp_version = '[^']+'/", "wp_version = '${version}'", file_get_contents('${versionFile}')));`,
  );
}

describe("an image of another version than the volume", function () {
  this.timeout(10 * 60_000);
  let version: string;

  before(async () => {
    version = await php("require '/usr/src/wordpress/wp-includes/version.php'; echo $wp_version;");
  });

  after(async () => {
    // Back to what the stack's files say.
    const { code, output } = await pulumi(["up", "--yes", "--skip-preview"], 9);
    expect(code, output).to.equal(0);
  });

  it("brings older code and an older schema up to the image before the pods roll", async () => {
    await pretendVersion("6.0.0");
    await php(`${loadWordPress} update_option('db_version', 57155);`);

    const { code, output } = await upWith({ wordpress: { php: { extraIni: ["; an older volume"] } } });
    expect(code, output).to.equal(0);
    expect(await php("require '/var/www/html/wp-includes/version.php'; echo $wp_version;")).to.equal(version);
    expect(
      await php(
        `${loadWordPress} echo get_option('db_version') === (string) $wp_db_version ? 'current' : 'old';`,
      ),
    ).to.equal("current");
    const log = await kubectl("-n", "kube-example", "logs", "-l", "tier=provision", "--tail=-1");
    expect(log).to.include("Updating the code on the volume from 6.0.0");
    expect((await page("/")).status).to.equal(200);
  });

  it("refuses to go back, says so, and leaves the site as it is", async () => {
    await pretendVersion("99.0.0");
    const { code, output } = await upWith({ wordpress: { php: { extraIni: ["; a newer volume"] } } });
    expect(code).not.to.equal(0);
    expect(output).to.include("wordpress-provision");
    const log = await kubectl("-n", "kube-example", "logs", "-l", "tier=provision", "--tail=-1");
    expect(log).to.include("going back could lose data");
    expect((await page("/")).status).to.equal(200);

    await pretendVersion(version);
    const repaired = await pulumi(["up", "--yes", "--skip-preview"], 9);
    expect(repaired.code, repaired.output).to.equal(0);
  });
});
