import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { runtime } from "@pulumi/pulumi";
import { expect } from "chai";
import { execa } from "execa";
import { recordResources } from "../../../tools/mocks.ts";

const root = path.join(import.meta.dirname, "../../..");

/** The package as `npm pack` makes it, installed beside the packages of this checkout in a folder with the example. */
async function install(folder: string): Promise<void> {
  const pack = ["pack", "--ignore-scripts=false", "--offline", "--json", "--pack-destination", folder];
  const { stdout } = await execa("npm", pack, { cwd: root, timeout: 120_000 });
  // What the build says comes before.
  const [{ filename }] = JSON.parse(stdout.slice(stdout.search(/^\[/m)));
  cpSync(path.join(root, "examples/typescript"), folder, { recursive: true });
  const modules = path.join(folder, "node_modules");
  const installed = path.join(modules, "wordpress-kubernetes");
  mkdirSync(installed, { recursive: true });
  for (const name of readdirSync(path.join(root, "node_modules")).filter((entry) => !entry.startsWith("."))) {
    symlinkSync(path.join(root, "node_modules", name), path.join(modules, name));
  }
  await execa("tar", ["-xzf", filename, "-C", installed, "--strip-components=1"], { cwd: folder });
}

async function faultsOf(folder: string, file: string): Promise<string> {
  const compiler = path.join(root, "node_modules/typescript/bin/tsc");
  const options = [
    "--noEmit",
    "--strict",
    "--module",
    "nodenext",
    "--target",
    "es2024",
    "--skipLibCheck",
    "--allowImportingTsExtensions",
  ];
  const command = [compiler, ...options, "--types", "node", file];
  return (await execa(process.execPath, command, { cwd: folder, reject: false })).stdout;
}

describe("examples/typescript, with the package installed from its tarball", function () {
  this.timeout(180_000);
  let folder: string;

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "installed-package-"));
    await install(folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("is checked by the compiler against the package's types", async () => {
    const program = [
      'import "./index.ts";',
      'import { WordPress, type SiteArgs } from "wordpress-kubernetes";',
      "export const site: SiteArgs = { site: { url: 1 } };",
      'new WordPress("blog", { namespace: "blog" });',
    ].join("\n");
    writeFileSync(path.join(folder, "wrong.ts"), program);
    const faults = (await faultsOf(folder, "wrong.ts")).split(/\n(?=\S)/);
    expect(faults).to.have.length(2);
    expect(faults[0]).to.match(/^wrong\.ts\(3,.*'number' is not assignable to type 'Input<string>'/);
    expect(faults[1]).to.match(/^wrong\.ts\(4,[\s\S]*url, database, storage/);
  });

  it("runs, and makes what the components make", async () => {
    const recorded = recordResources();
    const { outputs } = await import(path.join(folder, "index.ts"));
    await runtime.disconnect();
    const types = recorded.map(({ type }) => type.split(":").at(-1));
    expect(types).to.include.members(["MySql", "WordPress", "StatefulSet", "Deployment", "IngressRoute"]);
    const files = recorded.find(({ name }) => name === "blog-mysql-config")?.inputs.data;
    expect(Object.keys(files as object)).not.to.be.empty;
    expect(await outputs.url.promise()).to.equal("https://blog.example.com");
  });

  it("has the provider of the other languages", () => {
    const installed = path.join(folder, "node_modules/wordpress-kubernetes");
    // npm packs the entry of the program, too.
    expect(readdirSync(installed).sort()).to.deep.equal(["README.md", "dist", "index.ts", "package.json"]);
    const provider = readdirSync(path.join(installed, "dist/provider"));
    expect(provider).to.include.members(["PulumiPlugin.yaml", "index.js"]);
  });
});
