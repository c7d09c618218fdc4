import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { linuxOnly } from "../../linux-only.ts";

/*
 * Runs the real script on small trees, with stand-ins for PHP, for unpack.sh and for the installer. tests/e2e runs it
 * with WordPress.
 */

const script = readFileSync(
  new URL("../../../../components/wordpress/files/provision.sh", import.meta.url),
  "utf8",
);

/** Answers the two questions the script has: a version file's version, and how two versions compare. */
const php = `#!/bin/bash
case $1 in
  -r)
    if [[ $2 =~ version_compare\\(\\'(.*)\\',\\ \\'(.*)\\'\\) ]]; then
      [ "\${BASH_REMATCH[1]}" = "\${BASH_REMATCH[2]}" ] && { echo -n 0; exit; }
      first=$(printf '%s\\n' "\${BASH_REMATCH[1]}" "\${BASH_REMATCH[2]}" | sort -V | head -1)
      [ "$first" = "\${BASH_REMATCH[1]}" ] && echo -n -1 || echo -n 1
    elif [[ $2 =~ require\\ \\'([^\\']*)\\' ]]; then
      cat "\${BASH_REMATCH[1]}"
    fi ;;
  -n) ;;
  *)
    echo "installer began" >>"$LOG"
    sleep 0.2
    echo "installer ended" >>"$LOG"
    [ -z "\${ENDS:-}" ] || { read -r code <"$ENDS"; sed -i 1d "$ENDS"; [ "$code" = 0 ] || exit "$code"; }
    echo "installer ran" ;;
esac
`;

describe("provision.sh", () => {
  before(linuxOnly);
  let folder: string;
  const at = (...parts: string[]) => path.join(folder, ...parts);

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "provision-test-"));
    tree("image", "7.1.0");
    write("bin/php", php);
    write("bin/unpack.sh", "echo unpacked");
    chmodSync(at("bin/php"), 0o755);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(file: string, content: string): void {
    mkdirSync(path.dirname(at(file)), { recursive: true });
    writeFileSync(at(file), content);
  }

  /** WordPress of a version, as far as the script looks at it. */
  function tree(root: string, version: string): void {
    for (const file of ["index.php", "wp-settings.php", "wp-admin/index.php", "wp-includes/version.php"]) {
      write(`${root}/${file}`, version);
    }
    // The list WordPress removes files by, as the stand-in for PHP gives it.
    write(`${root}/wp-admin/includes/update-core.php`, "wp-rss.php\0wp-feed.php");
    write(`${root}/wp-config-docker.php`, `sample of ${version}`);
    write(`${root}/wp-content/themes/theme/style.css`, version);
  }

  /**
   * @param end what is done instead where requests have begun to wait
   * @param ends file of the exit codes the installer ends with, one after the other
   */
  async function provision(content = "shared", end = "", ends = "") {
    const text = script
      .replace("root=/var/www/html", `root=${at("site")}`)
      .replace("image=/usr/src/wordpress", `image=${at("image")}`)
      .replace("/etc/wordpress/unpack.sh", at("bin/unpack.sh"))
      .replace("sleep 6", `${end}sleep 0.1`)
      .replace("for pause in 10 20 40", "for pause in 0 0 0");
    const { exitCode, stdout, stderr } = await execa("bash", ["-c", text], {
      reject: false,
      env: {
        PATH: `${at("bin")}:${process.env.PATH}`,
        LOG: at("log"),
        WORDPRESS_CONTENT: content,
        ENDS: ends,
      },
    });
    return { exitCode, stdout: stdout.split("\n"), stderr };
  }

  const read = (file: string) => readFileSync(at("site", file), "utf8");
  const code = ["index.php", "wp-settings.php", "wp-admin/index.php", "wp-includes/version.php"];
  const leftBehind = () => readdirSync(at("site")).filter((name) => name.startsWith(".upgrade"));

  it("leaves code of the image's version as it is", async () => {
    tree("site", "7.1.0");
    write("site/index.php", "changed by hand");
    const { exitCode, stdout } = await provision();
    expect(exitCode).to.equal(0);
    expect(stdout).to.deep.equal(["unpacked", "WordPress 7.1.0 is on the volume already", "installer ran"]);
    expect(read("index.php")).to.equal("changed by hand");
  });

  it("leaves the code to the init container when it comes from the image", async () => {
    tree("site", "7.1.0");
    const { exitCode, stdout } = await provision("image");
    expect(exitCode).to.equal(0);
    expect(stdout).to.deep.equal(["WordPress 7.1.0 is on the volume already", "installer ran"]);
  });

  it("replaces older code by the image's, and nothing else", async () => {
    tree("site", "7.0.2");
    write("site/wp-admin/gone-in-7.1.php", "");
    write("site/wp-config.php", "own");
    write("site/wp-config-docker.php", "own");
    const { exitCode, stdout } = await provision();
    expect(exitCode).to.equal(0);
    expect(stdout.slice(1)).to.deep.equal([
      "Updating the code on the volume from 7.0.2 to 7.1.0",
      "installer ran",
    ]);
    expect(code.map(read)).to.deep.equal(code.map(() => "7.1.0"));
    expect(existsSync(at("site/wp-admin/gone-in-7.1.php"))).to.equal(false);
    expect([read("wp-config.php"), read("wp-config-docker.php")]).to.deep.equal(["own", "own"]);
    expect(read("wp-content/themes/theme/style.css")).to.equal("7.0.2");
    expect(leftBehind()).to.deep.equal([]);
  });

  it("takes away what WordPress has no more, and leaves what is the site's own", async () => {
    tree("site", "7.0.2");
    const own = ["ads.txt", "shop/index.php", "wp-admin/.htaccess", "wp-includes/css/.user.ini"];
    const stale = ["wp-rss.php", "wp-includes/css/gone.css", "wp-includes/gone/gone.php"];
    for (const file of [...own, ...stale]) write(`site/${file}`, "here");
    expect((await provision()).exitCode).to.equal(0);
    expect(own.map(read)).to.deep.equal(own.map(() => "here"));
    expect(stale.filter((file) => existsSync(at("site", file)))).to.deep.equal([]);
  });

  it("has requests wait until the new code is in place", async () => {
    tree("site", "7.0.2");
    const mark = () => statSync(at("site/.code-exchanged")).mtimeMs;
    const { exitCode } = await provision("shared", "exit 9; ");
    expect(exitCode).to.equal(9);
    expect(mark()).to.be.greaterThan(Date.now());
    expect(code.map(read)).to.deep.equal(code.map(() => "7.0.2"));
    expect((await provision()).exitCode).to.equal(0);
    expect(mark()).to.be.at.most(Date.now());
    expect(code.map(read)).to.deep.equal(code.map(() => "7.1.0"));
  });

  it("refuses to go back, for good, in one sentence, and changes nothing", async () => {
    tree("site", "7.2.0");
    const { exitCode, stderr, stdout } = await provision();
    expect(exitCode).to.equal(78);
    expect(stderr).to.equal(
      "The volume holds WordPress 7.2.0 and the image 7.1.0: going back could lose data, so nothing was changed; set wordpress.image to 7.2.0 or newer, or restore a backup made with 7.1.0.",
    );
    expect(stdout).to.deep.equal([""]);
    expect(code.map(read)).to.deep.equal(code.map(() => "7.2.0"));
  });

  for (const { ends, tries, code } of [
    { ends: [1, 255, 0], tries: 3, code: 0 },
    { ends: [1, 1, 1, 1, 0], tries: 4, code: 1 },
    { ends: [78, 0], tries: 1, code: 78 },
  ]) {
    it(`ends with ${code} where the installer would end with ${ends.join(", ")}`, async () => {
      tree("site", "7.1.0");
      write("ends", ends.join("\n").concat("\n"));
      const { exitCode } = await provision("shared", "", at("ends"));
      expect(exitCode).to.equal(code);
      const log = readFileSync(at("log"), "utf8");
      expect(log.match(/installer ended/g)).to.have.length(tries);
    });
  }

  it("waits for another run that is still at it, with code and database", async () => {
    tree("site", "7.0.2");
    const runs = await Promise.all([provision(), provision()]);
    expect(runs.map(({ exitCode }) => exitCode)).to.deep.equal([0, 0]);
    const did = runs.map(({ stdout }) => stdout[1]).sort();
    expect(did).to.deep.equal([
      "Updating the code on the volume from 7.0.2 to 7.1.0",
      "WordPress 7.1.0 is on the volume already",
    ]);
    const log = readFileSync(at("log"), "utf8").trim().split("\n");
    const turn = ["installer began", "installer ended"];
    expect(log).to.deep.equal([...turn, ...turn]);
  });

  it("takes its lock among the uploads, which are on the volume wherever the code is", async () => {
    const { exitCode } = await provision();
    expect(exitCode).to.equal(0);
    expect(existsSync(at("site/wp-content/uploads/.provision.lock"))).to.equal(true);
  });

  it("does again what was killed between two renames", async () => {
    tree("site", "7.0.2");
    write("site/wp-includes/.htaccess", "own");
    // wp-includes is on its way out, its successor not yet in: nothing says which version this is.
    tree("site/.upgrade-7.1.0", "7.1.0");
    mkdirSync(at("site/.upgrade-7.1.0.old"));
    renameSync(at("site/wp-includes"), at("site/.upgrade-7.1.0.old/wp-includes"));
    const { exitCode, stdout } = await provision();
    expect(exitCode).to.equal(0);
    expect(stdout).to.include("Updating the code on the volume from 7.0.2 to 7.1.0");
    expect(code.map(read)).to.deep.equal(code.map(() => "7.1.0"));
    expect(read("wp-includes/.htaccess")).to.equal("own");
    expect(leftBehind()).to.deep.equal([]);
  });

  it("makes the code whole where the older image is back after a kill between two renames", async () => {
    tree("site", "7.1.0");
    write("site/wp-admin/index.php", "7.2.0");
    mkdirSync(at("site/.upgrade-7.2.0"));
    expect((await provision()).exitCode).to.equal(0);
    expect(code.map(read)).to.deep.equal(code.map(() => "7.1.0"));
    expect(leftBehind()).to.deep.equal([]);
  });

  it("does again what was killed before the last file was in place", async () => {
    tree("site", "7.1.0");
    write("site/wp-settings.php", "7.0.2");
    write("site/.upgrade-7.1.0/wp-settings.php", "7.1.0");
    expect((await provision()).exitCode).to.equal(0);
    expect(read("wp-settings.php")).to.equal("7.1.0");
    expect(leftBehind()).to.deep.equal([]);
  });
});
