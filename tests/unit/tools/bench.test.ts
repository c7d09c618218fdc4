import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import * as chai from "chai";
import chaiAsPromised from "chai-as-promised";
import { rowOf } from "../../../tools/bench/alternate.ts";
import { meterCpu } from "../../../tools/bench/cpu.ts";
import { costOf } from "../../../tools/bench/process-cost.ts";
import { median, spread, type Table, writeTables } from "../../../tools/bench/report.ts";

chai.use(chaiAsPromised);
const { expect } = chai;

const table: Table = {
  title: "Pages",
  setup: "One run,",
  columns: ["", "Pages/s"],
  rows: [["with | without", "1000"]],
  conclusions: ["Kept."],
  date: "2026-11-23",
};

describe("the benchmarks' part of the document", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "bench-"));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const written = (text: string) => {
    const file = path.join(folder, "document.md");
    writeFileSync(file, text);
    return writeTables(file, [table]);
  };

  it("replaces what stands between the markers and nothing else", () => {
    const text = written("# Title\n\n<!-- bench -->\nold\n<!-- /bench -->\n\nEnd.\n");
    expect(text).to.match(/^# Title\n\n<!-- bench -->\n\n### Pages\n/);
    expect(text).to.match(/\nKept\.\n\n<!-- \/bench -->\n\nEnd\.\n$/);
    expect(text).not.to.include("old");
  });

  it("is added at the end of a document without markers", () => {
    expect(written("# Title\n")).to.match(/^# Title\n\n<!-- bench -->\n.*<!-- \/bench -->\n$/s);
  });

  it("keeps a bar in a cell from being a column", () => {
    expect(written("")).to.include("| with \\| without | 1000 |");
  });
});

describe("the benchmarks' figures", () => {
  it("have their median and range", () => {
    expect(median([3, 1, 2])).to.equal(2);
    expect(median([4, 1, 3, 2])).to.equal(2.5);
    expect(spread([3, 1, 2.25], 1)).to.equal("2.3 (1.0–3.0)");
  });

  it("are compared round by round", () => {
    const rounds = (...perSecond: number[]) => ({ perSecond, p50: [10], cpu: [20], failed: 0 });
    expect(rowOf("own", rounds(20, 6, 300), rounds(10, 3, 100)).at(-1)).to.equal("2.00 ×");
  });

  it("count the CPU and memory of what a command starts", async () => {
    const spin = "const end = Date.now() + 400; while (Date.now() < end); console.log('done')";
    const options = { cwd: "/", env: {}, minutes: 1 };
    const cost = await costOf(["sh", "-c", '"$@"; true', "sh", process.execPath, "-e", spin], options);
    expect(cost.output).to.equal("done");
    expect(cost.wall).to.be.greaterThan(0.4);
    expect(cost.cpu).to.be.greaterThan(0.1);
    expect(cost.memory).to.be.greaterThan(20);
  });

  it("reject a command that fails, with what it said", async () => {
    const failed = costOf(["sh", "-c", "echo wrong; exit 3"], { cwd: "/", env: {}, minutes: 1 });
    await expect(failed).to.be.rejectedWith(/ended with 3:\nwrong/);
  });

  it("say what the machine has used since", async () => {
    const metered = meterCpu();
    const end = Date.now() + 300;
    while (Date.now() < end);
    expect(metered().rest).to.be.greaterThan(0.1);
  });
});
