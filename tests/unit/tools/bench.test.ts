import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import * as chai from "chai";
import chaiAsPromised from "chai-as-promised";
import { execa } from "execa";
import { against, compare, type Rounds } from "../../../tools/bench/alternate.ts";
import { starts, tests } from "../../../tools/bench/commands.ts";
import { meterCpu, type Sample, type Snapshot, usedBetween } from "../../../tools/bench/cpu.ts";
import { type Cost, costOf } from "../../../tools/bench/process-cost.ts";
import { table as programTable } from "../../../tools/bench/program.ts";
import { cost, type Measured, pages } from "../../../tools/bench/reference-load.ts";
import { table as replicasTable } from "../../../tools/bench/replicas.ts";
import { median, spread, writeRuns } from "../../../tools/bench/report.ts";
import { table as sitesTable } from "../../../tools/bench/sites.ts";
import { table as stockTable } from "../../../tools/bench/stock.ts";
import { candidates, serverSettings, site, stock } from "../../../tools/bench/variants.ts";

chai.use(chaiAsPromised);
const { expect } = chai;

const spin = "const end = Date.now() + 400; while (Date.now() < end); console.log('done')";

describe("the benchmarks' part of the document", () => {
  const run = {
    date: "2026-11-23",
    seconds: 130,
    tables: [
      {
        title: "Pages",
        setup: "One run,",
        columns: ["", "Pages/s"],
        rows: [["with | without", "1000"]],
        conclusions: ["Kept."],
      },
    ],
  };
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "bench-"));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const written = (text: string) => {
    const file = path.join(folder, "document.md");
    writeFileSync(file, text);
    return writeRuns(file, { pages: run });
  };

  it("replaces what stands between the markers and nothing else", () => {
    const text = written("# Title\n\n<!-- bench -->\nold\n<!-- /bench -->\n\nEnd.\n");
    expect(text).to.match(/^# Title\n\n<!-- bench -->\n## Speed\n/);
    expect(text).to.match(/\nKept\.\n<!-- \/bench -->\n\nEnd\.\n$/);
    expect(text).not.to.include("old");
  });

  it("is added at the end of a document without markers", () => {
    expect(written("# Title\n")).to.match(/^# Title\n\n<!-- bench -->\n.*<!-- \/bench -->\n$/s);
  });

  it("keeps a bar in a cell from being a column", () => {
    expect(written("")).to.include("| with \\| without | 1000 |");
  });

  it("says what each benchmark took, and when it ran", () => {
    expect(written("")).to.include("what each took: `pages` 2 m 10.");
    expect(written("")).to.match(/One run, \d+ cores, \d+ GiB, 2026-11-23\./);
  });
});

describe("the benchmarks' figures", () => {
  it("have their median and range", () => {
    expect(median([3, 1, 2])).to.equal(2);
    expect(median([4, 1, 3, 2])).to.equal(2.5);
    expect(spread([3, 1, 2.25], 1)).to.equal("2.3 (1.0–3.0)");
  });

  it("count the CPU and memory of what a command starts", async () => {
    const options = { cwd: "/", env: {}, minutes: 1 };
    const cost = await costOf(["sh", "-c", '"$@"; true', "sh", process.execPath, "-e", spin], options);
    expect(cost.output).to.equal("done");
    expect(cost.wall).to.be.greaterThan(0);
    expect(cost.cpu).to.be.greaterThan(0);
    expect(cost.memory).to.be.greaterThan(20);
  });

  it("reject a command that fails, with what it said", async () => {
    const failed = costOf(["sh", "-c", "echo wrong; exit 3"], { cwd: "/", env: {}, minutes: 1 });
    await expect(failed).to.be.rejectedWith(/ended with 3:\nwrong/);
  });
});

describe("the CPU meter", () => {
  const sample = (program: string, parent: number, seconds: number, start = 0): Sample => ({
    program,
    parent,
    start,
    seconds,
  });
  const at = (all: number, processes: Record<number, Sample>): Snapshot => ({
    all,
    processes: new Map(Object.entries(processes).map(([pid, found]) => [Number(pid), found])),
  });

  it("counts what a load that has ended took, and the rest of the machine", async () => {
    const metered = meterCpu();
    await execa(process.execPath, ["-e", spin]);
    const end = Date.now() + 300;
    while (Date.now() < end);
    const used = metered();
    expect(used["load (fortio)"]).to.be.greaterThan(0.1);
    expect(used.rest).to.be.greaterThan(0.1);
  });

  it("takes a worker that ended, and counts with its parent, for neither more nor less", () => {
    const before = at(100, { 1: sample("Apache", 0, 5), 2: sample("Apache", 1, 3) });
    const after = at(110, { 1: sample("Apache", 0, 9) });
    expect(usedBetween(before, after)).to.deep.equal({ Apache: 1, rest: 9 });
  });

  it("leaves out what a container that is gone had used before", () => {
    const before = at(100, {
      1: sample("Apache", 0, 5),
      7: sample("Apache", 6, 40),
      8: sample("Apache", 7, 9),
    });
    const after = at(110, { 1: sample("Apache", 0, 7) });
    expect(usedBetween(before, after)).to.deep.equal({ Apache: 2, rest: 8 });
  });

  it("does not take a process for another that had its id", () => {
    const before = at(100, { 5: sample("MySQL", 0, 50, 1) });
    const after = at(103, { 5: sample("MySQL", 0, 2, 9) });
    expect(usedBetween(before, after)).to.deep.equal({ MySQL: 2, rest: 1 });
  });
});

const rounds = (perSecond: number[], more: Partial<Rounds> = {}): Rounds => ({
  perSecond,
  p50: [10],
  cpu: [40],
  mysql: [4],
  failed: 0,
  ...more,
});

describe("a comparison side by side", () => {
  it("is made round by round", () => {
    expect(against("base", rounds([20, 6, 300]), rounds([10, 3, 100]))).to.equal("2.00 × base");
  });

  it("needs more than 5 %, and ranges that do not overlap", () => {
    const base = rounds([100, 101, 102]);
    expect(compare(rounds([110, 111, 112]), base)).to.equal("more");
    expect(compare(rounds([103, 104, 105]), base)).to.equal("alike");
    expect(compare(rounds([101, 120, 120]), base)).to.equal("alike");
    expect(compare(rounds([90, 91, 92]), base)).to.equal("fewer");
  });

  it("takes nothing for faster that fails pages", () => {
    expect(compare(rounds([200, 200, 200], { failed: 1 }), rounds([100, 100, 100]))).to.equal("alike");
  });
});

describe("the settings measured", () => {
  const variants = [stock, site, ...candidates];
  const names = [...variants, ...serverSettings].map(({ name }) => name);

  it("have names of their own, fit for a pod", () => {
    expect(new Set(names).size).to.equal(names.length);
    for (const name of names) expect(name).to.match(/^[a-z][a-z0-9-]*$/);
  });

  it("are measured against others of the same run", () => {
    for (const { base } of candidates) expect(base ?? site.name).to.be.oneOf(names);
  });

  it("place no plugin on the site's volume", () => {
    const placing = variants.filter(({ files = {} }) =>
      Object.keys(files).some((name) => name.startsWith("must-use-")),
    );
    expect(placing.map(({ codeOnNode }) => codeOnNode)).to.deep.equal([true, true]);
  });

  const conclude = (changes: Record<string, Rounds>) =>
    stockTable({ ...Object.fromEntries(names.map((name) => [name, rounds([100, 101, 102])])), ...changes })
      .conclusions;

  it("are named when they pay, each against what it is added to", () => {
    const [target, more, fewer, together, share] = conclude({
      stock: rounds([70, 71, 72]),
      jit: rounds([110, 111, 112]),
      "code-on-node": rounds([120, 121, 122]),
      "fewer-queries": rounds([121, 122, 123]),
      "small-realpath-cache": rounds([50, 51, 52]),
    });
    expect(target).to.equal("At least 1.3 × stock: 1.42 ×, kept.");
    expect(more).to.match(
      /not among the site's settings: `jit` \(1\.10 × site\), `code-on-node` \(1\.20 × site\)\.$/,
    );
    expect(fewer).to.equal("Fewer pages beyond the noise: `small-realpath-cache` (0.50 × site).");
    expect(together).to.equal("With `together` it would be 1.42 × stock.");
    expect(share).to.include("MySQL takes 10 % of a page's CPU time");
  });

  it("are said not to pay when none does, and the target to be missed", () => {
    const [target, more, next] = conclude({});
    expect(target).to.equal("At least 1.3 × stock: 1.00 ×, **missed**.");
    expect(more).to.match(/^No further setting gives more pages beyond the noise/);
    expect(next).to.match(/^With `together`/);
  });
});

describe("the tables", () => {
  const served = { total: 60_000, failed: 0, codes: { 200: 60_000 }, perSecond: 1000, p50: 0.002, p99: 0.02 };
  const cached: Measured = { ...served, cpu: { "Apache and PHP": 0, Varnish: 6, rest: 6 }, pods: [3, 3] };
  const uncached: Measured = {
    ...served,
    total: 600,
    failed: 6,
    codes: { 200: 594, 502: 6 },
    cpu: { "Apache and PHP": 30, rest: 6 },
    pods: [3, 6],
  };

  it("judge each part of the reference load's promise", () => {
    const { rows, conclusions } = pages(cached, uncached);
    expect(rows[0]).to.include.members(["60,000 of 60,000", "0 of 60,000 requests failed", "2.0 ms", "3"]);
    expect(rows[1]).to.include.members(["6 of 600 requests failed (502: 6)", "3 → 6"]);
    expect(conclusions).to.deep.equal([
      "With the page cache: 1000/s in full, kept; 0 failed, kept; p99 below 50 ms, kept.",
    ]);
    expect(pages({ ...cached, total: 59_000, p99: 0.06 }, uncached).conclusions[0]).to.match(
      /in full, \*\*missed\*\*; 0 failed, kept; p99 below 50 ms, \*\*missed\*\*/,
    );
  });

  it("give the cost of 1000 pages by program", () => {
    const { rows, conclusions } = cost(cached, uncached);
    expect(rows).to.deep.equal([
      ["Apache and PHP", "0.00", "50.00"],
      ["Varnish", "0.10", "0.00"],
      ["rest", "0.10", "10.00"],
      ["**together**", "0.20", "60.00"],
    ]);
    expect(conclusions).to.deep.equal(["A page from the cache costs 1/300 of one from WordPress."]);
  });

  it("compare the pages of more replicas with those of one", () => {
    const { rows } = replicasTable([5, 9.5].map((perSecond) => ({ ...served, perSecond })));
    expect(rows.map((row) => row.slice(0, 3))).to.deep.equal([
      ["1", "5.0", "1.00 ×"],
      ["2", "9.5", "1.90 ×"],
    ]);
  });

  const costs = (wall: number): Cost[] => [{ wall, cpu: 2 * wall, memory: 300, output: " + 41 to create" }];

  it("judge each figure of the program", () => {
    const { rows, conclusions } = programTable("preview", {
      site: costs(3.6),
      smallest: costs(3),
      plain: costs(3.2),
    });
    expect(rows[0]?.slice(-2)).to.deep.equal(["1.20 ×", "1.13 ×"]);
    expect(conclusions).to.deep.equal([
      "At most 1.3 × the smallest: wall time 1.20 ×, kept; CPU time 1.20 ×, kept; memory 1.00 ×, kept.",
    ]);
  });

  it("say whether many sites cost more each than few", () => {
    const grown = (most: number) => sitesTable({ 1: costs(3), 10: costs(7.5), 50: costs(most) });
    expect(grown(27.5).rows[0]?.slice(0, 2)).to.deep.equal(["1", "41"]);
    expect(grown(27.5).conclusions[0]).to.match(
      /0\.50 s from 1 to 10 sites and 0\.50 s from 10 .* grows linearly\.$/,
    );
    expect(grown(47.5).conclusions[0]).to.match(/2\.00 ×, \*\*more than linear\*\*\.$/);
  });

  it("say where the time of npm start goes", () => {
    const lines = [
      { text: "[0 s] Pulumi CLI v3.260.0, built from source; plugins: kubernetes 4.25.0", at: 0.5 },
      { text: "Pulumi CLI v3.260.0, built from source; plugins: kubernetes 4.25.0", at: 1 },
      { text: "Duration: 3s", at: 4.5 },
      { text: "WordPress is up after 5 s: https://wordpress.localhost:8443", at: 5 },
    ];
    const { rows, conclusions } = starts({ seconds: 5.2, lines }, { seconds: 50, lines });
    expect(rows.map((row) => row[1])).to.deep.equal(["1.0", "3.5", "0.5", "0.2", "5.2"]);
    expect(conclusions).to.deep.equal(["Warm under 45 s: **missed**."]);
  });

  it("say where the time of npm test goes", () => {
    const lines = [
      { text: "✔ format and lint (biome)", at: 4 },
      { text: "    ✔ is quick (80ms)", at: 5 },
      { text: "    ✔ is slow (1200ms)", at: 9 },
      { text: "  700 passing (12s)", at: 14 },
      { text: "✔ types (tsc)", at: 20 },
    ];
    const { rows, conclusions } = tests({ seconds: 20.5, lines });
    expect(rows.map((row) => row[1])).to.deep.equal(["4.0", "20.0", "14.0", "20.5"]);
    expect(conclusions).to.deep.equal([
      "Under 60 s: kept.",
      'The slowest tests: "is slow" 1.2 s; "is quick" 0.1 s.',
    ]);
  });
});
