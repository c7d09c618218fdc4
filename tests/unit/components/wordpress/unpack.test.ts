import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
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
    for (const name of ["hardening.php", "db.php"]) cpSync(path.join(files, name), at("mounted", name));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function unpack(): Promise<string> {
    const text = script
      .replace("root=/var/www/html", `root=${at("site")}`)
      .replaceAll("/etc/wordpress/", `${at("mounted")}/`);
    const env = { PATH: `${at("bin")}:${process.env.PATH}` };
    return (await execa("bash", ["-c", text], { env, timeout: 10_000 })).stdout;
  }

  const content = (name: string) => at("site/wp-content", name);
  const plugins = () => readdirSync(content("mu-plugins")).sort();

  it("places the deployment's plugins and its drop-in, and nothing else", async () => {
    writeFileSync(at("mounted/must-use-more.php"), "<?php");
    expect(await unpack()).to.equal("");
    expect(plugins()).to.deep.equal(["hardening.php", "more.php"]);
    expect(readFileSync(content("db.php"), "utf8")).to.equal(ours);
    expect(readdirSync(at("site/wp-content")).sort()).to.deep.equal(["db.php", "mu-plugins", "uploads"]);
  });

  it("takes away plugins an earlier deployment has placed, and no others", async () => {
    writeFileSync(content("mu-plugins/earlier.php"), "<?php /* Placed here by the deployment. */");
    writeFileSync(content("mu-plugins/own.php"), "<?php /* the site's */");
    await unpack();
    expect(plugins()).to.deep.equal(["hardening.php", "own.php"]);
  });

  it("brings its drop-in up to date", async () => {
    writeFileSync(content("db.php"), "<?php /* An older one. Placed here by the deployment. */");
    await unpack();
    expect(readFileSync(content("db.php"), "utf8")).to.equal(ours);
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
