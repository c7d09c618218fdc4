import { expect } from "chai";
import { fullDisk, idsIn } from "../../proof/full-database.ts";
import { lastLine } from "../../proof/full-uploads.ts";
import { numbers } from "../../proof/writer.ts";

describe("a full disk in MySQL's log", () => {
  const found = (message: string) =>
    fullDisk(
      `2026-11-23T10:00:00.1Z 0 [System] [MY-010931] [Server] ready\n2026-11-23T10:00:01.1Z 8 ${message}\n`,
    );

  it("is found in every way the server says it", () => {
    const waits =
      "Disk is full writing './binlog.000002' (OS errno 28 - No space left on device). Waiting for someone to free space...";
    expect(found(`[ERROR] [MY-000035] [Server] ${waits}`)).to.equal(waits);
    const extends_ = "Check that the disk is not full or a disk quota exceeded.";
    expect(found(`[ERROR] [MY-012639] [InnoDB] ${extends_}`)).to.equal(extends_);
    const table = "The table 'proof_full' is full!";
    expect(found(`[ERROR] [MY-013132] [Server] ${table}`)).to.equal(table);
  });

  it("is not found in other lines", () => {
    expect(found("[Warning] [MY-010068] [Server] CA certificate is self signed.")).to.equal(undefined);
  });
});

describe("what was acknowledged", () => {
  it("is the numbers among the client's lines", () => {
    expect(idsIn(["1", "2", "ERROR 1114 (HY000) at line 7: The table 't' is full"])).to.deep.equal([1, 2]);
    expect(idsIn([])).to.deep.equal([]);
  });

  it("does not count a number whose line has no end", () => {
    expect(numbers("1\n2\n1")).to.deep.equal([1, 2]);
    expect(numbers("")).to.deep.equal([]);
  });
});

describe("lastLine", () => {
  it("passes over what was printed before", () => {
    expect(lastLine("Warning: something\n\n{}\n")).to.equal("{}");
  });
});
