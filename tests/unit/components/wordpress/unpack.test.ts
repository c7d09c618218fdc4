import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { execa } from "execa";

/* Runs the real script on a small tree, with a stand-in for the image's entry point. tests/e2e runs it in its image. */

const files = fileURLToPath(new URL("../../../../components/wordpress/files", import.meta.url));
const script = readFileSync(path.join(files, "unpack.sh"), "utf8");
const ours = readFileSync(path.join(files, "db.php"), "utf8");

describe("unpack.sh", () => {
  let folder: string;
  const at = (...parts: string[]) => path.join(folder, ...parts);

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "unpack-test-"));
    for (const name of ["bin", "mounted", "site/wp-content/mu-plugins"])
      mkdirSync(at(name), { recursive: true });
    writeFileSync(at("bin/docker-entrypoint.sh"), "#!/bin/sh\n");
    chmodSync(at("bin/docker-entrypoint.sh"), 0o755);
    cpSync(path.join(files, "db.php"), at("mounted/db.php"));
    for (const name of ["hardening.php", "outgoing-mail.php"])
      cpSync(path.join(files, name), at(`mounted/must-use-${name}`));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** @param end where the script is cut short */
  async function unpack(end?: RegExp, ...args: string[]): Promise<string> {
    const text = script
      .slice(0, end && script.search(end))
      .replace("root=/var/www/html", `root=${at("site")}`)
      .replace("image=/usr/src/wordpress", `image=${at("image")}`)
      .replaceAll("/etc/wordpress/", `${at("mounted")}/`);
    const env = { PATH: `${at("bin")}:${process.env.PATH}` };
    return (await execa("bash", ["-c", text, "bash", ...args], { env, timeout: 10_000 })).stdout;
  }

  const content = (name: string) => at("site/wp-content", name);
  const plugins = () => readdirSync(content("mu-plugins")).sort();

  it("places the deployment's plugins and its drop-in, and nothing else", async () => {
    writeFileSync(at("mounted/must-use-more.php"), "<?php");
    expect(await unpack()).to.equal("");
    expect(plugins()).to.deep.equal(["hardening.php", "more.php", "outgoing-mail.php"]);
    expect(readFileSync(content("db.php"), "utf8")).to.equal(ours);
    expect(readdirSync(at("site/wp-content")).sort()).to.deep.equal([
      ".deployment-files",
      "db.php",
      "mu-plugins",
      "uploads",
    ]);
  });

  it("gives files the image's own times where all of them are the image's, and elsewhere leaves them", async () => {
    const entrypoint = `#!/bin/sh\ncp -r ${at("image")}/. ${at("site")}\n`;
    writeFileSync(at("bin/docker-entrypoint.sh"), entrypoint);
    mkdirSync(at("image/wp-includes"), { recursive: true });
    writeFileSync(at("image/wp-includes/a.css"), "a");
    utimesSync(at("image/wp-includes/a.css"), 1_700_000_000, 1_700_000_000);
    const time = () => statSync(at("site/wp-includes/a.css")).mtimeMs / 1000;
    await unpack();
    expect(time()).to.be.greaterThan(1_700_000_000);
    await unpack(undefined, "fresh");
    expect(time()).to.equal(1_700_000_000);
    expect(readFileSync(at("site/wp-includes/a.css"), "utf8")).to.equal("a");
  });

  it("takes away plugins an earlier deployment has placed, and no others", async () => {
    writeFileSync(at("mounted/must-use-earlier.php"), "<?php");
    writeFileSync(
      content("mu-plugins/own.php"),
      "<?php /* Placed here by the deployment, somebody wrote. */",
    );
    writeFileSync(content(".deployment-files"), "");
    await unpack();
    rmSync(at("mounted/must-use-earlier.php"));
    await unpack();
    expect(plugins()).to.deep.equal(["hardening.php", "outgoing-mail.php", "own.php"]);
  });

  it("leaves a plugin it has placed and somebody has changed", async () => {
    writeFileSync(at("mounted/must-use-earlier.php"), "<?php");
    await unpack();
    rmSync(at("mounted/must-use-earlier.php"));
    writeFileSync(content("mu-plugins/earlier.php"), "<?php /* changed */");
    await unpack();
    expect(plugins()).to.deep.equal(["earlier.php", "hardening.php", "outgoing-mail.php"]);
  });

  it("knows its files on a volume from before it kept a list", async () => {
    writeFileSync(content("mu-plugins/earlier.php"), "<?php /* Placed here by the deployment. */");
    writeFileSync(content("mu-plugins/own.php"), "<?php /* the site's */");
    writeFileSync(content("db.php"), "<?php /* An older one. Placed here by the deployment. */");
    expect(await unpack()).to.equal("");
    expect(plugins()).to.deep.equal(["hardening.php", "outgoing-mail.php", "own.php"]);
    expect(readFileSync(content("db.php"), "utf8")).to.equal(ours);
  });

  it("brings its drop-in up to date", async () => {
    writeFileSync(at("mounted/db.php"), "<?php /* An older one. */");
    await unpack();
    cpSync(path.join(files, "db.php"), at("mounted/db.php"));
    expect(await unpack()).to.equal("");
    expect(readFileSync(content("db.php"), "utf8")).to.equal(ours);
  });

  it("goes on where it was killed: after the new file, before the new list", async () => {
    writeFileSync(at("mounted/db.php"), "<?php /* An older one. */");
    await unpack();
    cpSync(path.join(files, "db.php"), at("mounted/db.php"));
    await unpack(/^# What an earlier deployment/m);
    expect(await unpack()).to.equal("");
    expect(readFileSync(content("db.php"), "utf8")).to.equal(ours);
  });

  it("leaves a drop-in of a plugin that came in the place of its own", async () => {
    await unpack();
    writeFileSync(content("db.php"), "<?php /* HyperDB */");
    expect(await unpack()).to.include("wp-content/db.php is not the deployment's and stays");
  });

  it("leaves a drop-in of the site's own", async () => {
    writeFileSync(content("db.php"), "<?php /* HyperDB */");
    expect(await unpack()).to.include("wp-content/db.php is not the deployment's and stays");
    expect(readFileSync(content("db.php"), "utf8")).to.equal("<?php /* HyperDB */");
  });

  it("leaves a plugin's link to its own drop-in, also one that leads nowhere", async () => {
    symlinkSync(at("site/plugins/query-monitor/db.php"), content("db.php"));
    expect(await unpack()).to.include("stays");
    expect(existsSync(at("site/plugins"))).to.equal(false);
  });
});
