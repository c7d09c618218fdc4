import { setTimeout as sleep } from "node:timers/promises";
import { expect, use } from "chai";
import chaiAsPromised from "chai-as-promised";
import { Schedule } from "../../../local/toolchain/schedule.ts";

use(chaiAsPromised);

describe("the schedule of builds", () => {
  it("begins with the heaviest and never runs more than its slots", async () => {
    const schedule = new Schedule(2);
    const begun: number[] = [];
    let running = 0;
    let most = 0;
    const work = (weight: number) =>
      schedule.run(weight, async () => {
        begun.push(weight);
        running += 1;
        most = Math.max(most, running);
        await sleep(2);
        running -= 1;
      });
    await Promise.all([1, 5, 3, 9, 2].map(work));
    expect(begun).to.deep.equal([9, 5, 3, 2, 1]);
    expect(most).to.equal(2);
  });

  it("goes on after a failure", async () => {
    const schedule = new Schedule(1);
    const failing = schedule.run(2, async () => {
      throw new Error("no");
    });
    const next = schedule.run(1, async () => "yes");
    await expect(failing).to.be.rejectedWith("no");
    expect(await next).to.equal("yes");
  });
});
