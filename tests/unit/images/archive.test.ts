import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect } from "chai";
import { writeArchive } from "../../../local/images/archive.ts";

describe("a Docker archive", () => {
  let folder: string;
  let file: string;
  const config = { Env: ["A=b"], Entrypoint: ["/run"] };

  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "archive-test-"));
    file = path.join(folder, "image.tar");
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const read = (name: string) => execFileSync("tar", ["-xOf", file, name]);

  it("is a tar with layer, configuration and manifest, which name each other", async () => {
    writeFileSync(path.join(folder, "layer.tar"), "of the layer");
    await writeArchive(file, "localhost/test:1", config, folder);
    const [manifest] = JSON.parse(read("manifest.json").toString());
    const names = execFileSync("tar", ["-tf", file], { encoding: "utf8" }).trim().split("\n");
    expect(names).to.have.members(["layer.tar", "manifest.json", manifest.Config]);
    expect(manifest).to.deep.include({ RepoTags: ["localhost/test:1"], Layers: ["layer.tar"] });

    const layer = read("layer.tar");
    expect(layer.toString()).to.equal("of the layer");
    const image = read(manifest.Config);
    expect(manifest.Config).to.equal(`${createHash("sha256").update(image).digest("hex")}.json`);
    const digest = createHash("sha256").update(layer).digest("hex");
    expect(JSON.parse(image.toString())).to.deep.include({
      os: "linux",
      config,
      rootfs: { type: "layers", diff_ids: [`sha256:${digest}`] },
    });
  });
});
