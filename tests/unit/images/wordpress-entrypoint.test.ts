import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect } from "chai";
import { linuxOnly } from "../linux-only.ts";

const root = path.join(import.meta.dirname, "../../../local/images/wordpress/root");
const config = readFileSync(path.join(root, "usr/src/wordpress/wp-config-docker.php"), "utf8");
const phrase = "put your unique phrase here";

/** Runs the real script on a small tree; what it copies and writes is looked at, nothing is served. */
describe("the entry point of the WordPress image", () => {
  let folder: string;
  let site: string;

  // The script uses util-linux's flock and Linux's /proc.
  before(linuxOnly);

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "entrypoint-test-"));
    site = path.join(folder, "site");
    mkdirSync(site);
    const tree = { "index.php": "index", "wp-login.php": "login", "wp-config-docker.php": config };
    write("tree", { ...tree, "wp-includes/version.php": "7.1" });
    write("tree", { "wp-content/index.php": "", "wp-content/themes/theme/style.css": "theme" });
    write("bin", {
      "apache2-foreground": "#!/bin/sh\necho serving $*\n",
      other: "#!/bin/sh\necho other $*\n",
    });
    // Only the owner may be changed by root, and only where the user www-data exists.
    write("bin", { chown: "#!/bin/sh\n" });
    for (const name of readdirSync(path.join(folder, "bin")))
      chmodSync(path.join(folder, "bin", name), 0o755);
    const script = readFileSync(path.join(root, "usr/local/bin/docker-entrypoint.sh"), "utf8");
    write(".", { "entrypoint.sh": script.replace("/usr/src/wordpress", path.join(folder, "tree")) });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function write(base: string, files: Record<string, string>) {
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(folder, base, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  }

  function start(
    args = ["apache2-foreground", "-X"],
    env: Record<string, string> = { WORDPRESS_DB_HOST: "db" },
  ) {
    const PATH = `${path.join(folder, "bin")}:${process.env.PATH}`;
    const options = { cwd: site, env: { PATH, ...env }, encoding: "utf8", stdio: "pipe" } as const;
    return execFileSync("sh", [path.join(folder, "entrypoint.sh"), ...args], options);
  }

  const inSite = (name: string) => readFileSync(path.join(site, name), "utf8");
  const listing = () => (readdirSync(site, { recursive: true }) as string[]).sort();

  it("fills an empty directory and becomes the command", () => {
    expect(start()).to.equal("serving -X\n");
    const tree = readdirSync(path.join(folder, "tree"), { recursive: true }) as string[];
    expect(listing()).to.deep.equal([...tree, "wp-config.php"].sort());
    expect(inSite("wp-content/themes/theme/style.css")).to.equal("theme");
  });

  it("gives each key a random phrase of its own and changes nothing else", () => {
    start();
    const phrases = [...inSite("wp-config.php").matchAll(/_(?:KEY|SALT)', '([^']*)'/g)].map(
      ([, value]) => value,
    );
    expect(phrases).to.have.lengthOf(8);
    expect(new Set(phrases).size).to.equal(8);
    for (const value of phrases) expect(value).to.match(/^[A-Za-z0-9+/]{64}$/);
    const restored = inSite("wp-config.php").replace(/(_(?:KEY|SALT)', )'[^']*'/g, `$1'${phrase}'`);
    expect(restored).to.equal(config);
  });

  it("leaves a site that is there as it is", () => {
    write("site", { "index.php": "own", "wp-config.php": "own config" });
    start();
    expect(listing()).to.deep.equal(["index.php", "wp-config.php"]);
    expect(inSite("index.php")).to.equal("own");
    expect(inSite("wp-config.php")).to.equal("own config");
  });

  it("leaves a wp-content that is there as it is", () => {
    write("site", { "wp-content/index.php": "own" });
    start();
    expect(inSite("wp-content/index.php")).to.equal("own");
    expect(existsSync(path.join(site, "wp-content/themes"))).to.equal(false);
    expect(inSite("wp-login.php")).to.equal("login");
  });

  it("completes a copy that was cut short", () => {
    write("site", {
      ".wordpress-copy.lock": "",
      "wp-includes/version.php": "7.",
      "wp-content/themes/theme/style.css": "",
    });
    start();
    expect(inSite("index.php")).to.equal("index");
    expect(inSite("wp-includes/version.php")).to.equal("7.1");
    expect(inSite("wp-content/themes/theme/style.css")).to.equal("theme");
    expect(existsSync(path.join(site, ".wordpress-copy.lock"))).to.equal(false);
  });

  it("writes no configuration without a variable of its own", () => {
    start(["apache2-foreground"], {});
    expect(existsSync(path.join(site, "wp-config.php"))).to.equal(false);
  });

  it("runs any other command as it is", () => {
    expect(start(["other", "a b"])).to.equal("other a b\n");
    expect(listing()).to.deep.equal([]);
  });
});
