import { expect } from "chai";
import { difference } from "../../proof/engine-faults.ts";

describe("objects missing or left over", () => {
  it("are none when the same ones are there in another order", () => {
    expect(difference(["a", "b", "b"], ["b", "a", "b"])).to.deep.equal([]);
  });

  it("are found also when a namesake is there", () => {
    expect(difference(["a", "b"], ["a", "b", "b"])).to.deep.equal(["b"]);
    expect(difference(["a", "a", "c"], ["a"])).to.deep.equal(["a", "c"]);
  });
});
