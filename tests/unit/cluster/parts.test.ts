import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { statePath } from "../../../local/cluster/layout.ts";
import { outdatedParts, parts, recordParts, restartAdvice } from "../../../local/cluster/parts.ts";
import { linkPrograms } from "../../../local/cluster/tools.ts";
import { useTemporaryCache } from "../toolchain/temporary-cache.ts";

describe("a running cluster", () => {
  const cache = useTemporaryCache();
  beforeEach(() => mkdirSync(statePath(), { recursive: true }));

  it("is up to date as long as the checkout has what it was started with", () => {
    expect(outdatedParts()).to.deep.equal([]);
    recordParts();
    expect(outdatedParts()).to.deep.equal([]);
  });

  it("names the programs, images, manifests and settings that the checkout has others of", () => {
    const settings = "settings of its nodes";
    expect(parts()).to.include.keys("kubernetes", "the image localhost/wordpress:7.1", "manifests", settings);
    recordParts();
    const file = statePath("parts.json");
    const changed = { ...JSON.parse(readFileSync(file, "utf8")), kubernetes: "other", manifests: "other" };
    delete changed["the image localhost/mysql:9.7"];
    writeFileSync(file, JSON.stringify(changed));
    const outdated = outdatedParts();
    expect(outdated).to.have.members(["kubernetes", "the image localhost/mysql:9.7", "manifests"]);
    expect(restartAdvice(outdated)).to.contain("kubernetes").and.to.contain("npm stop, then npm start");
  });

  it("is told of settings that came with the environment", () => {
    recordParts();
    process.env.WORDPRESS_KUBERNETES_SCALE_DOWN_SECONDS = "7";
    const outdated = outdatedParts();
    delete process.env.WORDPRESS_KUBERNETES_SCALE_DOWN_SECONDS;
    expect(outdated).to.deep.equal(["settings of its nodes"]);
  });

  it("is not told of the patience it was started with", () => {
    recordParts();
    process.env.WORDPRESS_KUBERNETES_PATIENCE = "7";
    const outdated = outdatedParts();
    delete process.env.WORDPRESS_KUBERNETES_PATIENCE;
    expect(outdated).to.deep.equal([]);
  });

  it("keeps its programs when the cache's are removed", () => {
    const built = path.join(cache(), "bin", "all");
    mkdirSync(built, { recursive: true });
    const programs = ["kubelet", "ctr"].map((name) => path.join(built, name));
    for (const file of programs) writeFileSync(file, path.basename(file));
    linkPrograms(programs);
    linkPrograms(programs);
    rmSync(path.join(cache(), "bin"), { recursive: true });
    expect(existsSync(statePath("bin", "kubelet"))).to.equal(true);
    expect(readFileSync(statePath("bin", "ctr"), "utf8")).to.equal("ctr");
  });
});
