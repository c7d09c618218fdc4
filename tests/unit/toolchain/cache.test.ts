import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, use } from "chai";
import chaiAsPromised from "chai-as-promised";
import {
  cacheDir,
  contentKey,
  createAtomically,
  pruneOld,
  removeDrafts,
} from "../../../local/toolchain/cache.ts";
import { useTemporaryCache } from "./temporary-cache.ts";

use(chaiAsPromised);

describe("the cache", () => {
  const cache = useTemporaryCache();

  it("is where the variables say, the project's own first", () => {
    expect(cacheDir({ WORDPRESS_KUBERNETES_CACHE: "/a", XDG_CACHE_HOME: "/b" })).to.equal("/a");
    expect(cacheDir({ XDG_CACHE_HOME: "/b" })).to.equal("/b/wordpress-kubernetes");
    expect(cacheDir({})).to.equal(path.join(os.homedir(), ".cache", "wordpress-kubernetes"));
  });

  it("ignores a relative XDG_CACHE_HOME, which would move with the working directory", () => {
    expect(cacheDir({ XDG_CACHE_HOME: "b" })).to.equal(cacheDir({}));
  });

  it("names the same parts alike and different ones differently", () => {
    expect(contentKey(["a", "b"])).to.equal(contentKey([Buffer.from("a"), "b"]));
    expect(contentKey(["a", "b"])).to.match(/^[0-9a-f]{16}$/);
    expect(contentKey(["ab", ""])).not.to.equal(contentKey(["a", "b"]));
    expect(contentKey(["ä"])).not.to.equal(contentKey(["a"]));
  });

  it("shows a thing only when it is complete", async () => {
    const target = path.join(cache(), "bin", "thing");
    await createAtomically(target, async (draft) => {
      writeFileSync(draft, "half");
      expect(existsSync(target)).to.equal(false);
      writeFileSync(draft, "whole");
    });
    expect(readFileSync(target, "utf8")).to.equal("whole");
    expect(readdirSync(path.dirname(target))).to.deep.equal(["thing"]);
  });

  it("leaves nothing behind when making a thing fails", async () => {
    const target = path.join(cache(), "bin", "thing");
    const making = createAtomically(target, async (draft) => {
      mkdirSync(draft);
      throw new Error("no");
    });
    await expect(making).to.be.rejectedWith("no");
    expect(readdirSync(path.dirname(target))).to.deep.equal([]);
  });

  it("keeps the first of two that were made at the same time", async () => {
    const target = path.join(cache(), "thing");
    const make = (content: string) =>
      createAtomically(target, async (draft) => {
        mkdirSync(draft);
        writeFileSync(path.join(draft, "content"), content);
      });
    await Promise.all([make("same"), make("same")]);
    expect(readFileSync(path.join(target, "content"), "utf8")).to.equal("same");
    expect(readdirSync(cache())).to.deep.equal(["thing"]);
  });

  it("removes old builds of one thing, and only those", () => {
    const [kept, old, young] = ["0", "1", "2"].map((digit) => `etcd-${digit.repeat(16)}`) as [
      string,
      string,
      string,
    ];
    const foreign = `etcd-other-${"1".repeat(16)}`;
    for (const name of [kept, old, young, foreign]) {
      mkdirSync(path.join(cache(), name));
      if (name !== young) utimesSync(path.join(cache(), name), 0, 0);
    }
    pruneOld(cache(), "etcd", kept);
    expect(readdirSync(cache()).sort()).to.deep.equal([kept, young, foreign].sort());
  });

  it("removes what a killed run left half made", async () => {
    // Never ends, like a run that was killed.
    void createAtomically(path.join(cache(), "thing"), (draft) => {
      writeFileSync(draft, "half");
      return new Promise(() => {});
    });
    writeFileSync(path.join(cache(), "whole"), "");
    expect(readdirSync(cache())).to.have.lengthOf(2);
    removeDrafts(cache());
    expect(readdirSync(cache())).to.deep.equal(["whole"]);
  });
});
