import { expect } from "chai";
import { replacePart } from "../../../tools/document.ts";

describe("a part of a document", () => {
  it("is added once and replaced from then on; the rest of the document stays", () => {
    const first = replacePart("# Measurements\n\nBefore.\n", "proof", "old");
    const second = replacePart(`${first}\nAfter.\n`, "proof", "new");
    expect(second).to.equal("# Measurements\n\nBefore.\n\n<!-- proof -->\nnew\n<!-- /proof -->\n\nAfter.\n");
  });

  it("leaves the parts of other names alone", () => {
    const two = replacePart(replacePart("", "bench sites", "one"), "bench stock", "two");
    expect(replacePart(two, "bench sites", "three")).to.match(/sites -->\nthree\n.*stock -->\ntwo\n/s);
  });
});
