import { expect } from "chai";
import { lastLines } from "../../proof/findings.ts";

const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}`).join("\n");

describe("lastLines", () => {
  it("leaves a short output as it is", () => {
    expect(lastLines(`${lines(60)}\n\n`)).to.equal(lines(60));
    expect(lastLines("")).to.equal("");
  });

  it("says how much it leaves out", () => {
    expect(lastLines(lines(100), 2)).to.equal("(98 lines before these)\nline 99\nline 100");
  });
});
