import { expect } from "chai";
import { longestGap } from "../../proof/pulse.ts";

/** Answers half a second apart: `+` a page, `-` none. */
const answers = (text: string) =>
  [...text].map((sign, index) => ({ at: 1000 + index * 500, ok: sign === "+" }));

describe("longestGap", () => {
  it("is zero when every request got a page", () => {
    expect(longestGap(answers("+++++"))).to.equal(0);
  });

  it("counts from the last page before a failure to the first one after it", () => {
    expect(longestGap(answers("++--+++"))).to.equal(1.5);
  });

  it("takes the longest of several", () => {
    expect(longestGap(answers("+-+---+-+"))).to.equal(2);
  });

  it("counts an outage that has not ended", () => {
    expect(longestGap(answers("++--"))).to.equal(1);
  });

  it("counts an outage from the beginning", () => {
    expect(longestGap(answers("--+"))).to.equal(1);
  });
});
