import { expect } from "chai";
import { storageMebibytes, transientMebibytes } from "../../../../components/page-cache/sizing.ts";

describe("the size of the page cache", () => {
  it("stores pages in what the memory limit leaves, and some of it for what only passes", () => {
    const limits = ["64Mi", "112Mi", "192Mi", "256Mi", "1Gi"];
    // (limit - 112 MiB) × 0.65 and × 0.2
    expect(limits.map(storageMebibytes)).to.deep.equal([0, 0, 52, 93, 592]);
    expect(limits.map(transientMebibytes)).to.deep.equal([0, 0, 16, 28, 182]);
  });
});
