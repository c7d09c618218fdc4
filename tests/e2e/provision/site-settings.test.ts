import { expect } from "chai";
import type { WordPressArgs } from "../../../components/wordpress/index.ts";
import type { Ended, Step } from "./run.ts";
import { ProvisionStage } from "./stage.ts";
import { zipOf } from "./zip.ts";

/* The Job's own commands, with PHP, WordPress and MySQL themselves, and files of a language as wordpress.org gives them. */

const settings = ["WPLANG", "timezone_string", "permalink_structure"];
const config = { language: "de_DE", timezone: "Europe/Berlin", permalinks: "/%postname%/" };
const german =
  "<?php return ['messages' => ['Hello world!' => 'Hallo Welt!', 'Sample Page' => 'Beispielseite']];";

describe("language, time zone and permalinks of the config", () => {
  const ended: Record<string, Ended> = {};

  before(async () => {
    const stage = await ProvisionStage.shared();
    const prefix = { extraEnv: [{ name: "WORDPRESS_TABLE_PREFIX", value: "de_" }] };
    const job = (args: Partial<WordPressArgs> = {}) => stage.job({ ...prefix, ...args });
    const read = `echo json_encode([...array_map('get_option', ${JSON.stringify(settings)}), get_post(1)->post_title, get_permalink(1)]);`;
    const files = stage.serve("de_DE.zip", zipOf({ "de_DE.l10n.php": german }).bytes);
    const offer = {
      language: "de_DE",
      version: "7.1",
      package: files.replace("127.0.0.1", "downloads.wordpress.org"),
    };
    const answer = JSON.stringify({ translations: [offer] });
    stage.serve("translations/core/1.0/index.php", `<?php echo '${answer}';`);
    const older = await job({ timezone: "Africa/Cairo" });
    const steps: Record<string, Step> = {
      missing: await job({ language: "tlh" }),
      missingInImage: await job({ language: "de_DE", content: "image" }),
      timezone: await job({ timezone: "Europe/berlin" }),
      installed: await job(config),
      found: stage.php(older, read),
      dashboard: stage.php(older, "update_option('timezone_string', 'Asia/Tokyo');"),
      again: await job(config),
      kept: stage.php(older, read),
      changed: await job({ ...config, language: "en_US", permalinks: "/%year%/%postname%/" }),
      foundChanged: stage.php(older, read),
      forget: stage.php(
        older,
        "delete_option('deployment_settings'); update_option('permalink_structure', '/own/%postname%/');",
      ),
      older,
      foundOlder: stage.php(older, read),
    };
    const results = await stage.run(Object.values(steps));
    Object.keys(steps).forEach((name, index) => {
      ended[name] = results[index] as Ended;
    });
  });

  function output(name: string): string {
    const { code, stdout, stderr } = ended[name] as Ended;
    expect(code, `${name}: ${stdout}${stderr}`).to.equal(0);
    return stdout;
  }
  const lastWords = (name: string) => ended[name]?.stderr.trim().split("\n").at(-1);

  it("are those of a new site, its first texts in its language, whose files come from wordpress.org", () => {
    output("installed");
    const link = "https://blog.example.com/hello-world/";
    expect(JSON.parse(output("found"))).to.deep.equal([...Object.values(config), "Hallo Welt!", link]);
  });

  it("are refused where there are no files of the language, and where PHP does not know the time zone", () => {
    expect([ended.missing?.code, ended.missingInImage?.code, ended.timezone?.code]).to.deep.equal([
      78, 78, 78,
    ]);
    const refusal = (language: string) =>
      `site.language: ${language} cannot be set: wp-content/languages/${language}.mo is not`;
    expect(lastWords("missing")).to.equal(
      `${refusal("tlh")} there, and could not be had from wordpress.org.`,
    );
    expect(lastWords("missingInImage")).to.equal(`${refusal("de_DE")} in the image.`);
    expect(lastWords("timezone")).to.equal(
      "site.timezone: Europe/berlin cannot be set: PHP does not know it.",
    );
  });

  it("leave alone what the dashboard has set, until the config changes", () => {
    expect(output("again")).not.to.include("Set ");
    expect(JSON.parse(output("kept"))[1]).to.equal("Asia/Tokyo");
    expect(output("changed")).to.include(
      "Set WPLANG to en_US\nSet permalink_structure to /%year%/%postname%/\n",
    );
    const [language, timezone, permalinks, , link] = JSON.parse(output("foundChanged"));
    expect([language, timezone, permalinks]).to.deep.equal(["", "Asia/Tokyo", "/%year%/%postname%/"]);
    expect(link).to.match(/\/20\d\d\/hello-world\/$/);
  });

  it("leave a site from before they were in the config as it is, but for what the config has now", () => {
    expect(output("older"))
      .to.include("Set timezone_string to Africa/Cairo")
      .and.not.include("Set permalink");
    expect(JSON.parse(output("foundOlder")).slice(0, 3)).to.deep.equal([
      "",
      "Africa/Cairo",
      "/own/%postname%/",
    ]);
  });
});
