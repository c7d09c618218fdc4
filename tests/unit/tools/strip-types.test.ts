import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { parse } from "yaml";

const root = path.join(import.meta.dirname, "../../..");
const { runtime } = parse(readFileSync(path.join(root, "Pulumi.yaml"), "utf8"));

/** Every module of the program, none of which does anything yet. */
const program = `const { Site } = await import("./stacks/site.ts"); console.log(typeof Site, process.features.typescript);`;

describe("the program on a Node that strips no types", () => {
  /** Runs it with the options that Pulumi's language host gives Node. */
  function load(...options: string[]) {
    const words = [
      ...options,
      ...runtime.options.nodeargs.split(" "),
      "--input-type=module",
      "--eval",
      program,
    ];
    return execa(process.execPath, words, { cwd: root, reject: false, timeout: 60_000 });
  }

  it("loads as on any other", async () => {
    const { stdout, stderr } = await load("--no-experimental-strip-types");
    expect(stdout, stderr).to.equal("function false");
    expect((await load()).stdout).to.equal("function strip");
  });
});
