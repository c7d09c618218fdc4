import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, use } from "chai";
import chaiAsPromised from "chai-as-promised";
import { execa } from "execa";
import { waitUntil } from "../../../local/toolchain/wait-until.ts";
import { linuxOnly } from "../linux-only.ts";
import { useTemporaryCache } from "./temporary-cache.ts";

use(chaiAsPromised);

const module = path.join(import.meta.dirname, "../../../local/toolchain/debian-packages.ts");

describe("the installation of Debian packages", () => {
  const folder = useTemporaryCache();
  before(linuxOnly);

  /** Starts an installation by an apt-get that is this script. */
  function installing(script: string) {
    const file = path.join(folder(), "apt-get");
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    const program = `import { installPackages } from ${JSON.stringify(module)};
      await installPackages(["one", "two"], () => {}).catch((error) => { console.log(error.message); process.exit(1); });`;
    return execa(process.execPath, ["--input-type=module", "-e", program], {
      env: { PATH: `${folder()}:${process.env.PATH}`, WORDPRESS_KUBERNETES_CACHE: folder() },
      reject: false,
      detached: true,
      all: true,
    });
  }

  async function until(file: string): Promise<void> {
    await waitUntil(file, 15, () => existsSync(file));
  }

  it("goes on to its end when Ctrl-C ends the command that began it", async () => {
    const [begun, done] = [path.join(folder(), "begun"), path.join(folder(), "done")];
    const command = installing(`echo working; touch ${begun}; sleep 1; echo still working && touch ${done}`);
    await until(begun);
    process.kill(-Number(command.pid), "SIGINT");
    expect((await command).exitCode).not.to.equal(0);
    expect(existsSync(done)).to.equal(false);
    await until(done);
  });

  it("updates the lists first, installs, and says what apt said when it fails", async () => {
    const calls = path.join(folder(), "calls");
    const { exitCode, all } = await installing(
      `echo "$1" >> ${calls}; [ "$1" = update ] || { echo E: Unable to locate package two; exit 100; }`,
    );
    expect(exitCode).to.equal(1);
    expect(readFileSync(calls, "utf8")).to.equal("update\ninstall\n");
    expect(all).to.match(
      /^Could not install one, two: check apt's sources.*\nE: Unable to locate package two$/s,
    );
  });
});
