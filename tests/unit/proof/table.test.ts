import { expect } from "chai";
import { chart } from "../../../tools/proof/chart.ts";
import { replacePart } from "../../../tools/proof/table.ts";

describe("the proof's part of the measurements", () => {
  it("is added once and replaced from then on; the rest of the document stays", () => {
    const first = replacePart("# Measurements\n\nBefore.\n", "old");
    const second = replacePart(`${first}\nAfter.\n`, "new");
    expect(second).to.match(/^# Measurements\n\nBefore\.\n/);
    expect(second).to.include("new").and.to.include("After.").and.not.to.include("old");
    expect(second.match(/<!-- proof/g)).to.have.length(1);
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
