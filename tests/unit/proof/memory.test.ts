import { expect } from "chai";
import { groupIn, killsIn } from "../../proof/memory.ts";

describe("a process' memory control group", () => {
  const group = "/wordpress-kubernetes/node1/kubepods/pod1/abc";

  it("is found alone and beside other controllers", () => {
    expect(groupIn(`5:cpu,cpuacct:/x\n4:memory:${group}\n0::/\n`)).to.equal(group);
    expect(groupIn(`4:blkio,memory,pids:${group}\n`)).to.equal(group);
  });

  it("is not taken for another controller's", () => {
    expect(groupIn("4:memory2:/x\n1:name=memory:/y\n0::/\n")).to.equal(undefined);
  });

  it("counts the processes the kernel has ended", () => {
    expect(killsIn("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n")).to.equal(3);
    expect(killsIn("oom_kill_disable 0\n")).to.be.NaN;
  });
});
