import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { findOnPath, isUsable, packageVersion } from "../../../local/toolchain/cli.ts";
import { environmentFor } from "../../../local/toolchain/engine.ts";
import { ensurePlugins } from "../../../local/toolchain/plugins.ts";
import { isUnreachable, rememberUnreachable } from "../../../local/toolchain/unreachable.ts";
import { useTemporaryCache } from "./temporary-cache.ts";

describe("the engine", () => {
  const folder = useTemporaryCache();

  function program(...segments: string[]): string {
    const file = path.join(path.dirname(folder()), ...segments);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, "#!/bin/sh\n");
    chmodSync(file, 0o755);
    return file;
  }

  it("works with releases from 3.250 on", () => {
    const usable = ["v3.250.0", "v3.265.1\n", "v3.300.0-alpha.1"];
    const others = ["v3.249.9", "v2.999.0", "v4.0.0", "3.265", "", "something else"];
    expect(usable.filter(isUsable)).to.deep.equal(usable);
    expect(others.filter(isUsable)).to.deep.equal([]);
  });

  it("is the user's from PATH, not the one npm puts there", () => {
    const npm = program("node_modules", "pulumi", "run.js");
    const linked = path.join(path.dirname(program("links", "other")), "pulumi");
    symlinkSync(npm, linked);
    const own = program("own", "pulumi");
    const inCache = path.join(folder(), "pulumi", "versions", "3.250.0", "bin", "pulumi");
    mkdirSync(path.dirname(inCache), { recursive: true });
    writeFileSync(inCache, "");
    const others = [program("node_modules", ".bin", "pulumi"), linked, inCache].map((file) =>
      path.dirname(file),
    );
    expect(findOnPath("pulumi", others.join(":"))).to.equal(undefined);
    expect(findOnPath("pulumi", [...others, path.dirname(own)].join(":"))).to.equal(own);
  });

  it("is not one of the cache, also where that is reached by a link, as macOS' temporary folder is", () => {
    const link = path.join(path.dirname(folder()), "link");
    symlinkSync(folder(), link);
    process.env.WORDPRESS_KUBERNETES_CACHE = link;
    const inCache = path.join(link, "bin");
    mkdirSync(inCache);
    writeFileSync(path.join(inCache, "pulumi"), "");
    expect(findOnPath("pulumi", inCache)).to.equal(undefined);
  });

  it("serves a state of another provider's version by the one built here, where none can be downloaded", () => {
    const engine = { command: "pulumi", env: {}, description: "", provider: "/built" };
    const state = (version: string) =>
      `"urn:pulumi:a::b::pulumi:providers:kubernetes::default_${version}::id"`;
    const own = packageVersion("kubernetes").replaceAll(".", "_");
    const needs = (text: string, provider?: string) => environmentFor({ ...engine, provider }, text);
    expect(needs("", "/built")).to.deep.equal({});
    expect(needs(state(own), "/built")).to.deep.equal({});
    expect(needs(state("4_34_2"), undefined)).to.deep.equal({});
    expect(needs(state(own) + state("4_34_2"), "/built").PATH).to.match(/^\/built:/);
  });

  it("says what to do where plugins can neither be downloaded nor built, and tries again the next time", async () => {
    const { PATH } = process.env;
    const command = program("bin", "pulumi");
    for (const file of [command, program("bin", "go")]) writeFileSync(file, "#!/bin/sh\nexit 1\n");
    process.env.PATH = `${path.dirname(command)}${path.delimiter}${PATH}`;
    const cli = { command, origin: "", home: folder(), released: true };
    const fault = await ensurePlugins(cli, () => {}).catch((error: Error) => error.message);
    process.env.PATH = PATH;
    expect(fault).to.match(
      /^Pulumi's plugins kubernetes .* cannot be downloaded: .*(Go is needed|takes Linux)/,
    );
    expect(isUnreachable("plugins")).to.equal(false);
  });

  it("remembers a failed download", () => {
    expect(isUnreachable("release")).to.equal(false);
    rememberUnreachable("release");
    expect(isUnreachable("release")).to.equal(true);
    expect(isUnreachable("plugins")).to.equal(false);
  });
});
