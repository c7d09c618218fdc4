import { expect } from "chai";
import {
  bufferPoolMebibytes,
  connectionsInMemory,
  memoryForConnections,
} from "../../../../components/mysql/sizing.ts";

describe("the size of MySQL", () => {
  it("gives half of the memory limit to the buffer pool", () => {
    expect(["512Mi", "1Gi", "3Gi"].map(bufferPoolMebibytes)).to.deep.equal([256, 512, 1536]);
  });

  it("has as many connections as have room beside it and the server's 160 MiB, and never less than ten", () => {
    expect(["256Mi", "512Mi", "1Gi"].map(connectionsInMemory)).to.deep.equal([10, 96, 352]);
    expect(memoryForConnections(352)).to.equal(1024);
  });
});
