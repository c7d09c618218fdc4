import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect } from "chai";
import { removeFolder, temporaryFolder } from "../../../local/images/temporary.ts";

describe("the temporary folder of a build", () => {
  it("is new each time, and takes away what a killed build left", () => {
    const base = mkdtempSync(path.join(os.tmpdir(), "temporary-test-"));
    const gone = spawnSync("true").pid;
    const stale = path.join(base, `wordpress-kubernetes-image-${gone}-1`);
    const living = path.join(base, `wordpress-kubernetes-image-${process.ppid}-1`);
    for (const folder of [stale, living, path.join(base, "another")]) mkdirSync(folder);

    const [first, second] = [temporaryFolder(base), temporaryFolder(base)];
    expect(first).not.to.equal(second);
    expect(existsSync(stale)).to.equal(false);
    removeFolder(first);
    removeFolder(second);
    expect(readdirSync(base).sort()).to.deep.equal([path.basename(living), "another"].sort());
    rmSync(base, { recursive: true });
  });
});
