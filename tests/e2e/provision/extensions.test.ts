import { expect } from "chai";
import type { Extension, WordPressArgs } from "../../../components/wordpress/index.ts";
import type { Ended, Step } from "./run.ts";
import { ProvisionStage } from "./stage.ts";
import { zipOf } from "./zip.ts";

/* The Job's own commands, with PHP, WordPress and MySQL themselves, and zip files from a web server. */

const greeting = (version: string, code = "") => ({
  "greeting/greeting.php": `<?php\n/* Plugin Name: Greeting\n * Version: ${version}\n */\n${code}`,
  "greeting/readme.txt": version,
});
const theme = { "plain/style.css": "/*\nTheme Name: Plain\nVersion: 2.0\n*/", "plain/index.php": "<?php" };
const zeros = "0".repeat(64);
const state =
  "echo json_encode([get_option('active_plugins'), get_stylesheet(), get_file_data(WP_PLUGIN_DIR . '/greeting/greeting.php', ['Version'])[0]]);";

describe("plugins and themes of the config", () => {
  const ended: Record<string, Ended> = {};

  before(async () => {
    const stage = await ProvisionStage.shared();
    const steps: Record<string, Step> = {};
    const files: Record<string, Extension> = {};
    const offer = (name: string, slug: string, version: string, content: Record<string, string>) => {
      const { bytes, sha256 } = zipOf(content);
      files[name] = { slug, version, sha256, url: stage.serve(`${name}.zip`, bytes) };
    };
    offer("1.0", "greeting", "1.0", greeting("1.0"));
    offer("1.1", "greeting", "1.1", greeting("1.1"));
    offer("broken", "greeting", "1.2", greeting("1.2", "no_such_function();"));
    offer("leaving", "greeting", "1.3", greeting("1.3", "exit;"));
    offer("mislabelled", "greeting", "1.4", greeting("1.0"));
    offer("other folder", "greetings", "1.0", greeting("1.0"));
    offer("late", "greeting", "1.5", greeting("1.5", "add_action('init', fn() => no_such_function());"));
    offer("theme", "plain", "2.0", theme);
    const refused = async (name: string, args: Partial<WordPressArgs>) => {
      const { command, env } = await stage.job(args);
      // A function of bash: its pauses between tries take no time.
      steps[name] = { command, env: { ...env, "BASH_FUNC_sleep%%": "() { :; }" } };
    };
    const deploy = async (name: string, args: Partial<WordPressArgs>) => {
      steps[name] = await stage.job(args);
      steps[`after ${name}`] = stage.php(steps[name], state);
    };
    const plugins = (name: string, changes: Partial<Extension> = {}) => ({
      plugins: [{ ...(files[name] as Extension), ...changes }],
    });
    await deploy("nothing", {});
    await deploy("first", { ...plugins("1.0"), themes: [files.theme as Extension] });
    await deploy("again", { ...plugins("1.0"), themes: [files.theme as Extension] });
    await refused("wrong sum", { plugins: [{ ...files["1.1"], sha256: zeros } as Extension], themes: [] });
    await refused("no file", plugins("1.1", { url: "http://127.0.0.1/none.zip" }));
    await refused("nobody there", plugins("1.1", { url: "http://127.0.0.1:8081/none.zip" }));
    await refused("mislabelled", plugins("mislabelled"));
    await deploy("other folder", plugins("other folder"));
    await deploy("newer", plugins("1.1"));
    await refused("broken", plugins("broken"));
    await deploy("leaving", plugins("leaving"));
    await deploy("older", plugins("1.0"));
    const emptied = {
      ...(steps.older as Step),
      command: ["sh", "-c", "rm -rf /var/www/html/* /var/www/html/.[a-z]*"],
    };
    steps.emptied = emptied;
    await deploy("empty volume", { ...plugins("1.0"), themes: [files.theme as Extension] });
    await deploy("taken out", {});
    await deploy("late", plugins("late"));
    await deploy("image", { content: "image", plugins: [{ slug: "greeting" }], themes: [{ slug: "plain" }] });
    await refused("not in the image", { content: "image", plugins: [{ slug: "seo" }] });
    const results = await stage.run(Object.values(steps));
    Object.keys(steps).forEach((name, index) => {
      ended[name] = results[index] as Ended;
    });
  });

  /** What the site has after a deployment: active plugins, theme, the plugin's version. */
  function found(name: string): unknown {
    const { stdout, stderr } = ended[`after ${name}`] as Ended;
    try {
      return JSON.parse(stdout);
    } catch {
      throw new Error(`${name}: ${stdout}${stderr}`);
    }
  }
  function succeeds(name: string): string {
    const { code, stdout, stderr } = ended[name] as Ended;
    expect(code, `${name}: ${stdout}${stderr}`).to.equal(0);
    return stdout;
  }
  /** The last line, which is what the engine shows. */
  function refusal(name: string, code: number): string {
    const found = ended[name] as Ended;
    expect(found.code, `${name}: ${found.stdout}${found.stderr}`).to.equal(code);
    const pauses = [...found.stderr.matchAll(/^Once more in (\d+) seconds$/gm)].map(([, seconds]) => seconds);
    expect(pauses).to.deep.equal(code === 78 ? [] : ["10", "20", "40"]);
    return found.stderr.trim().split("\n").at(-1) ?? "";
  }
  const active = ["greeting/greeting.php"];

  it("are installed and activated, once", () => {
    expect(succeeds("nothing")).to.include("Installed WordPress");
    expect(succeeds("first")).to.include("Installed greeting 1.0");
    expect(found("first")).to.deep.equal([active, "plain", "1.0"]);
    expect(succeeds("again")).not.to.match(/Installed|Activated/);
    expect(found("again")).to.deep.equal([active, "plain", "1.0"]);
  });

  it("are refused with a wrong sum, without a file, and with another plugin's file, by one sentence", () => {
    expect(refusal("wrong sum", 78)).to.match(
      /^wordpress\.plugins: greeting 1\.1 from http:\S+1\.1\.zip has the SHA-256 [0-9a-f]{64} and not the declared 0{64}: nothing was changed\.$/,
    );
    expect(refusal("no file", 1)).to.equal(
      "wordpress.plugins: greeting 1.1 cannot be had from http://127.0.0.1/none.zip: the answer is 404.",
    );
    expect(refusal("nobody there", 1)).to.match(
      /^wordpress\.plugins: greeting 1\.1 cannot be had from http:/,
    );
    expect(refusal("mislabelled", 78)).to.include("greeting 1.4 from http://127.0.0.1/mislabelled.zip");
    expect(refusal("mislabelled", 78)).to.include("the version in it is 1.0.");
    expect(refusal("other folder", 78)).to.include("the folder in it is greeting.");
    // After all of them.
    expect(found("other folder")).to.deep.equal([active, "plain", "1.0"]);
  });

  it("are replaced by the version declared, newer or older", () => {
    expect(succeeds("newer")).to.include("Installed greeting 1.1; there was 1.0");
    expect(found("newer")).to.deep.equal([active, "plain", "1.1"]);
    expect(succeeds("older")).to.include("Installed greeting 1.0; there was 1.1");
    expect(found("older")).to.deep.equal([active, "plain", "1.0"]);
  });

  it("are as they were when the new version ends WordPress", () => {
    expect(refusal("broken", 78)).to.match(
      /^WordPress with its active plugins ended too soon: .*no_such_function.*greeting\.php/,
    );
    expect(ended.broken?.stdout).to.include("greeting is as it was before");
    expect(refusal("leaving", 78)).to.equal(
      "WordPress with its active plugins ended too soon: exit was called",
    );
    expect(found("leaving")).to.deep.equal([active, "plain", "1.1"]);
  });

  it("are not active when they end WordPress only after their activation", () => {
    expect(refusal("late", 78)).to.match(
      /^WordPress with its active plugins ended too soon: .*no_such_function/,
    );
    expect(found("late")).to.deep.equal([[], "plain", "1.0"]);
  });

  it("are there again on an empty volume", () => {
    succeeds("emptied");
    expect(succeeds("empty volume")).to.include("Installed plain 2.0; there was none");
    expect(found("empty volume")).to.deep.equal([active, "plain", "1.0"]);
  });

  it("are deactivated when they are taken out, and their files and the theme stay", () => {
    expect(succeeds("taken out")).to.include("Deactivated greeting, which wordpress.plugins names no more");
    expect(found("taken out")).to.deep.equal([[], "plain", "1.0"]);
  });

  it("are only activated where the code comes from the image, and have to be in it", () => {
    expect(succeeds("image")).to.include("Activated greeting");
    expect(found("image")).to.deep.equal([active, "plain", "1.0"]);
    expect(refusal("not in the image", 78)).to.equal(
      "wordpress.plugins: seo is not in the image, where it has to be with wordpress.content: image.",
    );
  });
});
