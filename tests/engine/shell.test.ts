import path from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { plainReport } from "../../local/toolchain/progress.ts";
import { ensureTools } from "../../local/toolchain/tools.ts";

const root = path.join(import.meta.dirname, "../..");

describe("shell files", () => {
  it("have nothing that shellcheck finds", async function () {
    if (process.arch !== "x64") this.skip(); // it is packaged for no other
    const { stdout } = await execa("git", ["ls-files", "*.sh", "local/images/*/root/usr/local/*bin/*"], {
      cwd: root,
    });
    const { shellcheck } = await ensureTools(["shellcheck"], plainReport());
    const checked = await execa(shellcheck, ["--severity=warning", ...stdout.split("\n")], {
      cwd: root,
      reject: false,
    });
    expect(checked.stdout).to.equal("");
    expect(checked.exitCode).to.equal(0);
  });
});
