import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { takeCacheLock } from "../../../local/toolchain/lock.ts";
import { linuxOnly } from "../linux-only.ts";
import { useTemporaryCache } from "./temporary-cache.ts";

describe("the lock of the cache", () => {
  useTemporaryCache();

  it("is given to one at a time, and the wait is announced", async function () {
    linuxOnly.call(this);
    const lines: string[] = [];
    const release = await takeCacheLock("test", (line) => lines.push(line));
    let taken = false;
    const second = takeCacheLock("test", (line) => lines.push(line)).then((give) => {
      taken = true;
      return give;
    });
    await sleep(1100);
    expect(taken).to.equal(false);
    expect(lines).to.have.lengthOf(1);
    expect(lines[0]).to.contain("waiting for another process");
    release();
    (await second)();
  });
});
