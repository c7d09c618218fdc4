import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
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

  describe("in a checkout of its own", () => {
    let own: string;
    let file: string;
    beforeEach(() => {
      own = path.join(folder, "checkout");
      rmSync(own, { recursive: true, force: true });
      for (const part of ["tools", "node_modules", "programs"])
        mkdirSync(path.join(own, part), { recursive: true });
      file = path.join(own, "script.ts");
      copyFileSync(path.join(root, "tools", "run.mjs"), path.join(own, "tools", "run.mjs"));
      writeFileSync(file, 'console.log("ran");');
      writeLock("package-lock.json", { "": {}, "node_modules/a": one, "node_modules/b": elsewhere });
    });

    const one = { integrity: "sha512-one" };
    const elsewhere = { integrity: "sha512-b", optional: true };

    function writeLock(name: string, packages: object): void {
      writeFileSync(path.join(own, name), JSON.stringify({ packages }));
    }

    /** Puts a program in a folder that is all of PATH but Node's own; it writes down what it was told. */
    function program(name: string): void {
      const script = `#!/bin/sh\necho "$@" >> "${path.join(own, "told")}"\n`;
      writeFileSync(path.join(own, "programs", name), script, { mode: 0o755 });
    }

    async function start(platform: string = process.platform): Promise<{ stdout: string; told: string }> {
      const changed = `Object.defineProperty(process, "platform", { value: ${JSON.stringify(platform)} })`;
      const { stdout } = await execa(
        process.execPath,
        ["--import", `data:text/javascript,${changed}`, path.join(own, "tools", "run.mjs"), file],
        {
          reject: false,
          timeout: 30_000,
          extendEnv: false,
          env: { PATH: path.join(own, "programs"), comspec: "cmd.exe" },
        },
      );
      const told = path.join(own, "told");
      return { stdout, told: existsSync(told) ? readFileSync(told, "utf8") : "" };
    }

    it("installs nothing where npm has installed what the lock file asks for", async () => {
      program("npm");
      writeLock("node_modules/.package-lock.json", { "node_modules/a": one });
      expect(await start()).to.deep.equal({ stdout: "ran", told: "" });
    });

    for (const [what, installed] of Object.entries({
      nothing: undefined,
      another: { "node_modules/a": { integrity: "sha512-two" } },
      "only a part": { "node_modules/b": elsewhere },
    })) {
      it(`installs the packages where ${what} is there`, async () => {
        program("npm");
        if (installed) writeLock("node_modules/.package-lock.json", installed);
        const { stdout, told } = await start();
        expect(told).to.match(/^ci --ignore-scripts /);
        expect(stdout).to.equal("ran");
      });
    }

    it("finds npm on Windows, where it is a script", async function () {
      if (process.platform === "win32") this.skip();
      program("cmd.exe");
      expect((await start("win32")).told).to.match(/^\/d \/s \/c "npm ci --ignore-scripts .*"$/m);
    });
  });

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
