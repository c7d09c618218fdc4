import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { expect } from "chai";
import type { Step } from "./run.ts";
import { ProvisionStage } from "./stage.ts";

/*
 * The Job's own commands, and an entry point in the place of the image's that copies a little and is killed with the
 * script. The next run has the image's own, which takes WordPress for whole by one of two files, as the official one.
 */

const cutEntrypoint = `#!/bin/bash
cd /usr/src/wordpress && cp --parents $COPIED /var/www/html/
cd /var/www/html && mkdir -p $(dirname $BEGUN) && truncate --size 0 $BEGUN
kill -KILL $PPID
`;
const theme = "wp-content/themes/twentytwentyfive";

describe("a first copy of WordPress that was cut short", () => {
  let stage: ProvisionStage;
  let job: Step;
  const own = {
    ".htaccess": "# own\n",
    "wp-content/index.php": "<?php // own",
    "wp-content/plugins/akismet/own.php": "<?php",
    "wp-content/uploads/own.txt": "own",
  };
  const webroot = (file = "") => stage.folder(path.join("var/www/html", file));
  const image = (file = "") => stage.folder(path.join("usr/src/wordpress", file));

  function emptyWebroot(): void {
    for (const name of readdirSync(webroot())) rmSync(webroot(name), { recursive: true });
  }

  /** The files of the image that the webroot has not, or has otherwise. */
  function missing(): string[] {
    const isOwn = (file: string) => file in own || file.startsWith("wp-content/plugins/akismet/");
    return readdirSync(image(), { recursive: true, encoding: "utf8" })
      .filter((file) => statSync(image(file)).isFile() && !isOwn(file))
      .filter(
        (file) =>
          !existsSync(webroot(file)) || !readFileSync(image(file)).equals(readFileSync(webroot(file))),
      );
  }

  function placeOwn(): void {
    for (const folder of ["plugins/akismet", "themes", "uploads"]) {
      mkdirSync(webroot(`wp-content/${folder}`), { recursive: true });
    }
    for (const folder of ["", "/plugins", "/plugins/akismet", "/themes", "/uploads"]) {
      chownSync(webroot(`wp-content${folder}`), 33, 33);
    }
    for (const [file, text] of Object.entries(own)) {
      writeFileSync(webroot(file), text);
    }
  }

  const cut = (step: Step, copied: string, begun: string): Step => ({
    ...step,
    env: { ...step.env, PATH: `/srv/cut:${step.env.PATH}`, COPIED: copied, BEGUN: begun },
  });

  before(async () => {
    stage = await ProvisionStage.shared();
    emptyWebroot();
    mkdirSync(stage.folder("srv/cut"), { recursive: true });
    writeFileSync(stage.folder("srv/cut/docker-entrypoint.sh"), cutEntrypoint);
    chmodSync(stage.folder("srv/cut/docker-entrypoint.sh"), 0o755);
    // The official image has one.
    writeFileSync(image(".htaccess"), "# BEGIN WordPress\n");
    job = await stage.job({ extraEnv: [{ name: "WORDPRESS_TABLE_PREFIX", value: "un_" }] });
    // An installation takes themes and plugins of the image away: what follows finds one in the database.
    const [installed] = await stage.run([job]);
    expect(installed?.code, installed?.stderr).to.equal(0);
  });

  after(() => {
    emptyWebroot();
    rmSync(image(".htaccess"));
  });

  for (const { after, copied, begun } of [
    {
      after: "version.php",
      copied: "wp-includes/version.php wp-admin/index.php",
      begun: `${theme}/style.css`,
    },
    { after: "index.php", copied: "index.php", begun: "wp-load.php" },
    { after: "half of version.php", copied: "wp-login.php", begun: "wp-includes/version.php" },
  ]) {
    it(`after ${after} is made whole by the next Job, and what was there before stays`, async () => {
      emptyWebroot();
      placeOwn();
      const [killed, whole] = await stage.run([cut(job, copied, begun), job]);
      expect([killed?.code, killed?.stdout]).to.deep.equal([137, ""]);
      expect(whole?.code, whole?.stderr).to.equal(0);
      expect(missing()).to.deep.equal([]);
      expect(Object.keys(own).map((file) => readFileSync(webroot(file), "utf8"))).to.deep.equal(
        Object.values(own),
      );
      expect(readdirSync(webroot("wp-content/plugins/akismet"))).to.deep.equal(["own.php"]);
      expect(readdirSync(webroot("wp-content")).filter((name) => name.startsWith(".fill"))).to.deep.equal([]);
    });
  }

  it("is no copy that was whole: what a site has changed and taken away since stays so", async () => {
    emptyWebroot();
    const [first] = await stage.run([job]);
    expect([first?.code, missing()], first?.stderr).to.deep.equal([0, []]);
    rmSync(webroot("readme.html"));
    writeFileSync(webroot(`${theme}/style.css`), "own");
    const [again] = await stage.run([job]);
    expect(again?.code, again?.stderr).to.equal(0);
    expect(missing().sort()).to.deep.equal(["readme.html", `${theme}/style.css`]);
  });

  it("is begun anew where all of it is the image's", async () => {
    emptyWebroot();
    const fresh = { ...job, command: ["bash", "-c", "bash /etc/wordpress/unpack.sh fresh; exit $?"] };
    const [killed, whole] = await stage.run([
      cut(fresh, "wp-includes/version.php", `${theme}/style.css`),
      fresh,
    ]);
    expect([killed?.code, whole?.code], whole?.stderr).to.deep.equal([137, 0]);
    expect(missing()).to.deep.equal([]);
  });
});
