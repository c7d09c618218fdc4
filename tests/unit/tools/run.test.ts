import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { execa } from "execa";

const root = path.join(import.meta.dirname, "../../..");
const bundled = path.join(root, "node_modules", `node-${process.platform}-${process.arch}`, "bin", "node");

describe("tools/run.mjs", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "run-test-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Runs a script through run.mjs, which takes this Node for one of the version given. */
  function run(script: string, version = process.versions.node, args: string[] = []) {
    const file = path.join(folder, "script.ts");
    writeFileSync(file, script);
    const versions = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: ${JSON.stringify(version)} } })`;
    return execa(
      process.execPath,
      ["--import", `data:text/javascript,${versions}`, "tools/run.mjs", file, ...args],
      { cwd: root, reject: false, timeout: 30_000, env: { NODE_COMPILE_CACHE: undefined } },
    );
  }

  it("runs TypeScript with the words given, and ends as it does", async () => {
    const script =
      "const words: string[] = process.argv.slice(2); console.log(words.join()); process.exitCode = 7;";
    const { stdout, exitCode } = await run(script, "24.0.0", ["a", "--b"]);
    expect({ stdout, exitCode }).to.deep.equal({ stdout: "a,--b", exitCode: 7 });
  });

  it("gives whatever the script starts the same Node first, and a cache for what it compiles", async () => {
    const script =
      "console.log(process.execPath); console.log(process.env.PATH); console.log(process.env.NODE_COMPILE_CACHE);";
    const { stdout } = await run(script, "22.18.0");
    const [node = "", searchPath = "", cache] = stdout.split("\n");
    expect(node).to.equal(process.execPath);
    expect(searchPath.split(":")[0]).to.equal(path.dirname(node));
    expect(cache).to.equal(path.join(root, "node_modules", ".compile-cache"));
  });

  for (const version of ["20.11.0", "22.17.1"]) {
    it(`takes the Node from npm where the machine's is ${version}`, async function () {
      // npm has one for Linux only.
      if (!existsSync(bundled)) this.skip();
      expect((await run("console.log(process.execPath);", version)).stdout).to.equal(bundled);
    });
  }

  it("hands a signal on, so that the script can tidy up", async () => {
    const child = run(
      'process.on("SIGTERM", () => { console.log("tidy"); process.exit(3); }); console.log("up"); setInterval(() => {}, 1000);',
    );
    for await (const line of child) {
      if (line === "up") child.kill("SIGTERM");
      else expect(line).to.equal("tidy");
    }
    expect((await child).exitCode).to.equal(3);
  });
});
