import { expect } from "chai";
import { inOurCgroup, parseHierarchies } from "../../../local/cluster/cgroups.ts";

const mountinfo = `23 29 0:21 / /proc rw,relatime - proc proc rw
31 29 0:25 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
33 31 0:27 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
34 31 0:28 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,release_agent=/lib/agent,name=systemd
35 31 0:29 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`;

describe("control groups", () => {
  it("finds the version 1 hierarchies with the options that mount them again", () => {
    expect(parseHierarchies(mountinfo)).to.deep.equal([
      { folder: "/sys/fs/cgroup/cpu,cpuacct", options: "cpu,cpuacct" },
      { folder: "/sys/fs/cgroup/memory", options: "memory" },
      { folder: "/sys/fs/cgroup/systemd", options: "none,name=systemd" },
    ]);
  });

  it("finds none where only version 2 is mounted", () => {
    expect(parseHierarchies("30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")).to.deep.equal([]);
  });

  it("knows a process of ours by its control group", () => {
    expect(inOurCgroup("4:memory:/wordpress-kubernetes/node1/kubepods/pod1\n1:cpu:/\n")).to.equal(true);
    expect(inOurCgroup("4:memory:/user/wordpress-kubernetes\n")).to.equal(false);
  });
});
