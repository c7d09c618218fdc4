import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { createAtomically } from "../../../local/toolchain/cache.ts";
import { takeCacheLock } from "../../../local/toolchain/lock.ts";
import { removeUnfinished } from "../../../local/toolchain/unfinished.ts";
import { linuxOnly } from "../linux-only.ts";
import { useTemporaryCache } from "./temporary-cache.ts";

describe("what a killed build left", () => {
  const cache = useTemporaryCache();
  const silent = () => {};

  /** Builds that never end, like those that were killed: a program, and an image with its root file system. */
  function killedBuilds(): void {
    for (const target of ["bin/etcd-1", "images/mysql-1.tar"]) {
      void createAtomically(path.join(cache(), target), (draft) => {
        writeFileSync(draft, "half");
        mkdirSync(`${draft}.unpacked`);
        return new Promise(() => {});
      });
    }
    mkdirSync(path.join(cache(), "go", "tmp"), { recursive: true });
    writeFileSync(path.join(cache(), "bin", "whole"), "");
  }

  before(linuxOnly);
  beforeEach(killedBuilds);

  it("is removed, and what was finished stays", async () => {
    await removeUnfinished(silent);
    expect(readdirSync(path.join(cache(), "images"))).to.deep.equal([]);
    expect(readdirSync(path.join(cache(), "bin"))).to.deep.equal(["whole"]);
    expect(existsSync(path.join(cache(), "go"))).to.equal(false);
  });

  it("is not what a build under way has", async () => {
    const lines: string[] = [];
    const release = await takeCacheLock("images", silent);
    await removeUnfinished((line) => lines.push(line));
    await release();
    expect(readdirSync(path.join(cache(), "images"))).to.have.lengthOf(2);
    expect(lines).to.deep.equal([`something is being built in ${path.join(cache(), "images")}: it stays`]);
  });
});
