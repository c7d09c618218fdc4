/**
 * The components as a package for other languages: the engine starts the provider of provider/PulumiPlugin.yaml, reads
 * its schema, and previews the example in YAML by the language host that is built with the CLI; tests/e2e/06-yaml.test.ts
 * deploys it. What this cannot show: the official host for Node.js, which is only in releases, and SDKs generated for
 * Python and Go.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import "./hooks.ts";
import { packageSchema } from "../../provider/package-schema.ts";
import { newStack } from "./context.ts";
import type { Stack } from "./stack.ts";
import { providerFolder, runByHosts, useExample } from "./yaml-example.ts";

describe("the package for other languages", () => {
  let stack: Stack;

  before(async () => {
    stack = await newStack("", { project: "blog" });
  });
  after(() => stack.remove());

  const pulumi = (...args: string[]) => runByHosts(stack, args);

  it("has a schema that the engine reads and finds nothing wrong with", async () => {
    const got = await pulumi("package", "get-schema", providerFolder);
    expect(got.code, got.text).to.equal(0);
    const schema = JSON.parse(got.text.slice(got.text.search(/^\{/m)));
    const { types, resources } = packageSchema() as { types: object; resources: object };
    expect(Object.keys(schema.types)).to.have.members(Object.keys(types));
    expect(Object.keys(schema.resources)).to.deep.equal(Object.keys(resources));
    const file = path.join(stack.folder, "schema.json");
    writeFileSync(file, JSON.stringify(schema));
    const checked = await pulumi("schema", "check", file);
    expect(checked.code, checked.text).to.equal(0);
    expect(checked.text).not.to.match(/error|warning: (?!using)/i);
  });

  it("refuses a program's bad inputs with every fault, and makes nothing of the site", async () => {
    useExample(stack, { site: { url: "http://blog.example.com" }, wordpress: { storage: { size: "2GB" } } });
    const { code, text } = await pulumi("preview");
    expect(code).not.to.equal(0);
    expect(text).to.include("wordpress:index:Site resource 'blog' has a problem: Its inputs have 2 faults");
    expect(text).to.include('- site.url: "http://blog.example.com" is not allowed; expected an https URL');
    expect(text).to.include('- wordpress.storage.size: "2GB" is not allowed');
    expect(text).not.to.match(/NetworkPolicy|\.ts:\d+|^\s+at /m);
  });

  it("plans the whole site where texts are known only later", async () => {
    useExample(stack, { site: { url: "https://blog.example.com", title: "$" + "{namespace.id}" } });
    const { code, text } = await pulumi("preview");
    expect(code, text).to.equal(0);
    for (const kind of ["StatefulSet", "Deployment", "IngressRoute", "NetworkPolicy"]) {
      expect(text).to.match(new RegExp(`:${kind} blog-.* create`));
    }
  });
});
