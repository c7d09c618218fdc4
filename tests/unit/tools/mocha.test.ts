import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { linuxOnly } from "../linux-only.ts";

const root = path.join(import.meta.dirname, "../../..");

/** Runs code in a process of its own: a test run inside this one would share its globals. */
function run(code: string) {
  const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", code];
  return execa(process.execPath, args, { cwd: root, reject: false, timeout: 30_000 });
}

describe("runTests", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "mocha-test-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Runs test files with these contents, in this order. */
  async function runFiles(options: object, ...contents: string[]) {
    const suite = mkdtempSync(path.join(folder, "suite-"));
    for (const [index, text] of contents.entries())
      writeFileSync(path.join(suite, `${index}.test.mjs`), text);
    const call = `runTests(${JSON.stringify(`${suite}/*.test.mjs`)}, ${JSON.stringify({ timeout: 5000, ...options })})`;
    return run(
      `import { runTests } from "./tools/mocha.ts"; console.log("result", JSON.stringify(await ${call}));`,
    );
  }

  const passing = 'it("passes", () => {});';
  const failing = 'it("fails", () => { throw new Error("no"); });';

  it("counts what passed and what failed; a test that was skipped has failed", async function () {
    linuxOnly.call(this);
    const { stdout, stderr } = await runFiles({}, passing + failing, 'it.skip("waits", () => {});');
    expect(stdout).to.include('result {"passed":1,"failed":2}');
    expect(stderr).to.include("1 tests were skipped, which counts as failed");
  });

  it("lets a test be skipped elsewhere than on Linux", async () => {
    const platform = 'Object.defineProperty(process, "platform", { value: "darwin" });';
    const { stdout } = await runFiles({}, passing, `${platform} it.skip("waits", () => {});`);
    expect(stdout).to.include('result {"passed":1,"failed":0}');
  });

  it("is no success where there is no test", async () => {
    const { exitCode, stderr } = await runFiles({});
    expect(exitCode).not.to.equal(0);
    expect(stderr).to.match(/No test file matches .*\*\.test\.mjs/);
  });

  it("goes on after a failure, unless the first test makes what the others need", async () => {
    expect((await runFiles({}, failing, passing)).stdout).to.include('result {"passed":1,"failed":1}');
    const { stdout, stderr } = await runFiles({ needsFirst: true }, failing, passing);
    expect(stdout).to.include('result {"passed":0,"failed":1}');
    expect(stderr).to.include("The first test failed, and the others need what it makes: they were not run.");
    const hook = `describe("site", () => { before(() => { throw new Error("no"); }); ${passing} });`;
    const suite = `describe("more", () => { ${passing} });`;
    expect((await runFiles({ needsFirst: true }, hook, suite)).stdout).to.include(
      'result {"passed":0,"failed":1}',
    );
    const later = await runFiles({ needsFirst: true }, passing, failing, passing);
    expect(later.stdout).to.include('result {"passed":2,"failed":1}');
  });

  it("shows the last sixty lines of a long message", async () => {
    const output = 'Array.from({ length: 1000 }, (_, line) => "line " + line + ".").join("\\n")';
    const { stdout } = await runFiles({}, `it("prints", () => { throw new Error(${output}); });`);
    expect(stdout)
      .to.include("(940 lines before these)")
      .and.to.include("line 940.")
      .and.to.include("line 999.");
    expect(stdout).not.to.include("line 939.");
    expect(stdout.match(/line 999\./g)).to.have.length(1);
  });
});

describe("exit", () => {
  it("ends with everything printed, whatever still runs", async () => {
    const { exitCode, stdout, stderr } = await run(`
      import { exit } from "./tools/exit.ts";
      setInterval(() => {}, 1000);
      process.stdout.write("x".repeat(1e6) + "end");
      process.stderr.write("y".repeat(1e6) + "end");
      await exit(3);
    `);
    expect(exitCode).to.equal(3);
    expect([stdout, stderr].map(({ length }) => length)).to.deep.equal([1_000_003, 1_000_003]);
  });
});
