import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { output } from "@pulumi/pulumi";
import { expect } from "chai";
import { fill, template } from "../../../components/template.ts";
import { resolved } from "./harness.ts";

const root = path.join(import.meta.dirname, "../../..");

describe("template", () => {
  it("fills in what stands between at signs, and leaves out lines of what is undefined", () => {
    const text = "a = @one@\nb = @two@ @one@\nc\n";
    expect(fill("f", text, { one: 1, two: "zwei" })).to.equal("a = 1\nb = zwei 1\nc\n");
    expect(fill("f", text, { one: 1, two: undefined })).to.equal("a = 1\nc\n");
  });

  it("refuses a name that only the file or only the program knows", () => {
    expect(() => fill("f.conf", "@one@", {})).to.throw("f.conf and its values differ in one");
    expect(() => fill("f.conf", "", { two: 2 })).to.throw("f.conf and its values differ in two");
  });

  it("takes outputs", async () => {
    const here = new URL("../../../components/wordpress/files.ts", import.meta.url).href;
    const made = template("remoteip.conf", here, {});
    expect(await resolved(made)).to.include("RemoteIPHeader X-Forwarded-For");
    expect(await resolved(output(1).apply((one) => fill("f", "@a@", { a: one })))).to.equal("1");
  });
});

describe("shell scripts of the components", () => {
  const scripts = globSync("components/**/*.sh", { cwd: root });

  it("are there", () => {
    expect(scripts).to.have.length.greaterThan(3);
  });

  for (const script of scripts) {
    it(`${script} can be parsed by the shell that runs it`, () => {
      const text = readFileSync(path.join(root, script), "utf8");
      const shell = text.startsWith("#!/bin/bash") ? "bash" : "sh";
      const { status, stderr } = spawnSync(shell, ["-n", path.join(root, script)], { encoding: "utf8" });
      expect(status, stderr).to.equal(0);
    });
  }
});
