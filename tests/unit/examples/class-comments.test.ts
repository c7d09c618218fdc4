import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import ts from "typescript";

/* The examples in the comments of the components' classes, as the compiler sees them. */

const root = path.join(import.meta.dirname, "../../..");
const virtual = path.join(root, "examples", "from-class-comments.ts");

/** What the examples take for granted. */
const preamble = `
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { MySql } from "../components/mysql/index.ts";
import { NetworkIsolation } from "../components/network-isolation/index.ts";
import { PageCache } from "../components/page-cache/index.ts";
import { PurgeChannel } from "../components/page-cache/purge-channel.ts";
import { RookCephfs } from "../components/rook-cephfs/index.ts";
import { TraefikRoute } from "../components/traefik-route/index.ts";
import { WordPress } from "../components/wordpress/index.ts";
import { Site } from "../stacks/site.ts";
declare const namespace: Namespace;
declare const database: MySql;
declare const wordpress: WordPress;
declare const service: { name: string; port: number };
declare const backend: { name: string; port: number };
declare const tokenSecretName: string;
`;

/** The class of a file that is a component, and the examples of its comment. */
function examplesOf(file: string): { name: string; examples: string[] }[] {
  const text = readFileSync(path.join(root, file), "utf8");
  const classes = text.matchAll(
    /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport class (\w+) extends pulumi.ComponentResource/g,
  );
  return [...classes].map(([, comment = "", name = ""]) => {
    const plain = comment.replaceAll(/^ \* ?/gm, "");
    return { name, examples: [...plain.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ""]) => code) };
  });
}

const components = globSync(["components/**/*.ts", "stacks/site.ts"], { cwd: root }).flatMap(examplesOf);

/** What the compiler says of a program. */
function faultsOf(program: string): string[] {
  const { config } = ts.readConfigFile(path.join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => name === virtual || fileExists(name);
  host.readFile = (name) => (name === virtual ? program : readFile(name));
  host.getSourceFile = (name, ...rest) =>
    name === virtual ? ts.createSourceFile(name, program, rest[0]) : getSourceFile(name, ...rest);
  const compiled = ts.createProgram([virtual], { ...options, noUnusedLocals: false }, host);
  const source = compiled.getSourceFile(virtual);
  return [...compiled.getSyntacticDiagnostics(source), ...compiled.getSemanticDiagnostics(source)].map(
    ({ messageText, start = 0 }) =>
      `${ts.flattenDiagnosticMessageText(messageText, " ")} (${program.slice(start, start + 60)})`,
  );
}

describe("examples in the comments of components", () => {
  it("are there for every component: the smallest, and one with more", () => {
    expect(components.map(({ name }) => name).sort()).to.deep.equal([
      ...["MySql", "NetworkIsolation", "PageCache", "PurgeChannel", "RookCephfs", "Site", "TraefikRoute"],
      "WordPress",
    ]);
    for (const { name, examples } of components) {
      // The channel is part of the page cache's.
      if (name !== "PurgeChannel") expect(examples, name).to.have.length.greaterThan(1);
    }
  });

  it("compile", function () {
    this.timeout(60_000);
    const blocks = components.flatMap(({ examples }) => examples.map((code) => `{\n${code}}\n`));
    // And one that does not, to see that they are looked at.
    const wrong = `new WordPress("blog", { namespace: "blog" });`;
    const faults = faultsOf([preamble, ...blocks, wrong].join(""));
    expect(faults).to.have.length(1);
    expect(faults[0]).to.include("missing the following properties").and.to.include("url, database, storage");
  });
});
