import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { buildGoPrograms } from "../../../local/toolchain/go.ts";
import { recipes } from "../../../local/toolchain/recipes.ts";
import { toolFolder } from "../../../local/toolchain/tools.ts";
import { useTemporaryCache } from "./temporary-cache.ts";

const { PATH, GOTOOLCHAIN } = process.env;

/** What Go reads of its user, who need not have any. */
const settings = ["GOAMD64", "GOEXPERIMENT"];

describe("the machine's Go", () => {
  const cache = useTemporaryCache();
  afterEach(() => {
    process.env.PATH = PATH;
    for (const name of settings) delete process.env[name];
    if (GOTOOLCHAIN === undefined) delete process.env.GOTOOLCHAIN;
    else process.env.GOTOOLCHAIN = GOTOOLCHAIN;
  });

  /** Puts a `go` of this release first on PATH, in an image that forbids it to fetch another; it says what it was told. */
  function haveGo(release: string): string {
    const folder = path.join(cache(), release);
    mkdirSync(folder);
    const record = path.join(folder, "record");
    const script = `#!/bin/sh\nenv > ${record}\nprintf '${release}\\nlinux\\namd64\\n'\n`;
    writeFileSync(path.join(folder, "go"), script, { mode: 0o755 });
    process.env.PATH = `${folder}${path.delimiter}${PATH}`;
    process.env.GOTOOLCHAIN = "local";
    return record;
  }

  it("may be of another release without everything being built again", () => {
    haveGo("go1.26.8");
    const before = toolFolder("etcd");
    haveGo("go1.26.9");
    expect(toolFolder("etcd")).to.equal(before);
  });

  it("builds nothing else for its user's settings of compiler and processor", async () => {
    const record = haveGo("go1.26.8");
    for (const name of settings) process.env[name] = "of-the-user";
    await buildGoPrograms(recipes.pause, cache(), () => {});
    expect(readFileSync(record, "utf8")).not.to.contain("of-the-user");
  });

  it("fetches the one a module asks for, and keeps what is large in the cache", async () => {
    const record = haveGo("go1.21.0");
    await buildGoPrograms(recipes.pause, cache(), () => {});
    const told = readFileSync(record, "utf8").match(/^GO(TOOLCHAIN|TMPDIR)=.*/gm);
    expect(told).to.have.members(["GOTOOLCHAIN=auto", `GOTMPDIR=${path.join(cache(), "go", "tmp")}`]);
  });
});
