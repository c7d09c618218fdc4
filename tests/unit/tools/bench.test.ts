import * as chai from "chai";
import chaiAsPromised from "chai-as-promised";
import { execa } from "execa";
import { against, compare, type Rounds } from "../../../tools/bench/alternate.ts";
import { starts, tests } from "../../../tools/bench/commands.ts";
import { meterCpu, type Sample, type Snapshot, usedBetween } from "../../../tools/bench/cpu.ts";
import { table as mixTable, type Visit } from "../../../tools/bench/mix.ts";
import { type Cost, costOf } from "../../../tools/bench/process-cost.ts";
import { table as programTable } from "../../../tools/bench/program.ts";
import { cost, type Measured, pages } from "../../../tools/bench/reference-load.ts";
import { table as replicasTable } from "../../../tools/bench/replicas.ts";
import { benchmarkPart, median, spread } from "../../../tools/bench/report.ts";
import { table as sitesTable } from "../../../tools/bench/sites.ts";
import { table as stockTable } from "../../../tools/bench/stock.ts";
import { linuxOnly } from "../linux-only.ts";

chai.use(chaiAsPromised);
const { expect } = chai;

/** By processor time, which a busy machine gives later and not less of. */
const spin = "while (process.cpuUsage().user < 300_000); console.log('done')";

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
  const written = benchmarkPart("pages", run);

  it("keeps a bar in a cell from being a column", () => {
    expect(written).to.include("| with \\| without | 1000 |");
  });

  it("says what the benchmark took, and when it ran", () => {
    expect(written).to.include("`npm run bench -- pages` took 2 m 10.");
    expect(written).to.match(/One run, \d+ cores, \d+ GiB, 2026-11-23\./);
  });
});

describe("the benchmarks' figures", () => {
  it("have their median and range", () => {
    expect(median([3, 1, 2])).to.equal(2);
    expect(median([4, 1, 3, 2])).to.equal(2.5);
    expect(spread([3, 1, 2.25], 1)).to.equal("2.3 (1.0–3.0)");
  });

  it("count the CPU and memory of what a command starts", async function () {
    linuxOnly.call(this);
    const options = { cwd: "/", env: {}, minutes: 1 };
    const cost = await costOf(["sh", "-c", '"$@"; true', "sh", process.execPath, "-e", spin], options);
    expect(cost.output).to.equal("done");
    expect(cost.wall).to.be.greaterThan(0);
    expect(cost.cpu).to.be.greaterThan(0);
    expect(cost.memory).to.be.greaterThan(20);
  });

  it("reject a command that fails, with what it said", async function () {
    linuxOnly.call(this);
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

  it("counts what a load that has ended took", async function () {
    linuxOnly.call(this);
    const metered = meterCpu();
    await execa(process.execPath, ["-e", spin]);
    // The rest of the machine is not this test's to know.
    expect(metered()["load (fortio)"]).to.be.greaterThan(0.1);
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

describe("the site against the image's settings", () => {
  const conclude = (own: number[]) =>
    stockTable({
      stock: rounds([70, 71, 72]),
      "connection-per-page": rounds([70, 71, 72]),
      site: rounds(own),
    }).conclusions;

  it("is judged by the target", () => {
    expect(conclude([100, 101, 102])[0]).to.equal("At least 1.3 × stock: 1.42 ×, kept.");
    expect(conclude([77, 78, 79])[0]).to.equal("At least 1.3 × stock: 1.10 ×, **missed**.");
    expect(conclude([77, 78, 79])[1]).to.include("MySQL takes 10 % of a page's CPU time");
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

describe("the table of the mix", () => {
  const visit = (changes: Partial<Visit>): Visit => ({
    kind: "feed",
    shared: true,
    cache: "HIT",
    failed: false,
    stale: false,
    leaked: false,
    ...changes,
  });

  it("counts hits of what may be kept alone, and every stale, private and failed answer", () => {
    const visits = [
      ...Array(19).fill(visit({})),
      visit({ cache: "MISS", stale: true }),
      visit({ kind: "search", shared: false, cache: "PASS", failed: true }),
      visit({ kind: "search", shared: false, cache: "PASS", leaked: true }),
    ];
    const { rows, conclusions } = mixTable(visits);
    expect(rows).to.deep.equal([
      ["feed", "20", "19", "95.0 %", "0"],
      ["**what may be kept**", "20", "19", "95.0 %", "0"],
      ["search", "2", "0", "0.0 %", "1"],
    ]);
    expect(conclusions[0]).to.include("95.0 %").and.to.include("kept");
    expect(conclusions[1]).to.match(/before: 1, .*missed.*another: 1, .*missed.*Failed: 1\./);
  });
});
