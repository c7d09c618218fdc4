import { expect } from "chai";
import { killsIn } from "../../proof/memory.ts";

describe("memory.oom_control", () => {
  it("counts the processes the kernel has ended", () => {
    expect(killsIn("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n")).to.equal(3);
    expect(killsIn("oom_kill_disable 0\n")).to.be.NaN;
  });
});
