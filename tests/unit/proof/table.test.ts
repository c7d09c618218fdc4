import { expect } from "chai";
import { chart } from "../../../tools/proof/chart.ts";
import { inWords, proofPart } from "../../../tools/proof/table.ts";

describe("the proof's table", () => {
  const finding = { claim: "a|b", measured: "one\n  two <c>", sample: "1", mark: "m", passed: true };
  const results = [
    { findings: [finding], seconds: 50, date: "2026-11-24" },
    { findings: [{ ...finding, passed: false }], seconds: 75, date: "2026-11-23" },
  ];

  it("has a row for every finding, whatever stands in its text", () => {
    const rows = proofPart(results)
      .split("\n")
      .filter((line) => line.startsWith("| a"));
    expect(rows).to.deep.equal([
      "| a\\|b | one two &lt;c> | 1 | m | kept |",
      "| a\\|b | one two &lt;c> | 1 | m | **missed** |",
    ]);
  });

  it("says when the scenarios ran and how long they took together", () => {
    expect(proofPart(results)).to.include("2026-11-23, 2026-11-24; 2 scenarios, 2 min 5 s in all");
  });

  it("writes a time as people say it", () => {
    expect([7, 60, 2399].map(inWords)).to.deep.equal(["7 s", "1 min 0 s", "39 min 59 s"]);
  });
});

describe("the proof's chart", () => {
  const base = { measured: "", sample: "", mark: "", passed: true };

  it("has a bar for every finding made under load, as long as its share of failures", () => {
    const svg = chart([
      { ...base, claim: "half & half", requests: { failed: 50, total: 100 } },
      { ...base, claim: "none", requests: { failed: 0, total: 100 } },
      { ...base, claim: "without load" },
    ]);
    expect([...svg.matchAll(/<rect x="400"[^>]* width="([\d.]+)"/g)].map(([, width]) => width)).to.deep.equal(
      ["260.0", "0.0"],
    );
    expect(svg).to.include("half &amp; half").and.not.to.include("without load");
  });
});
