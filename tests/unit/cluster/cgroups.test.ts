import { expect } from "chai";
import { chooseHierarchies, parseHierarchies } from "../../../local/cluster/cgroups.ts";

const hybrid = `23 29 0:21 / /proc rw,relatime - proc proc rw
31 29 0:25 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
33 31 0:27 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
34 31 0:28 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset
35 31 0:29 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
36 31 0:30 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,release_agent=/lib/agent,name=systemd
37 31 0:31 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
38 29 0:27 / /mnt/memory rw,relatime - cgroup cgroup rw,memory
`;
const unified =
  "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n";

/** The folders and mount options chosen on a machine whose version 2 offers these controllers. */
function chosen(mountinfo: string, controllers: string) {
  return chooseHierarchies(parseHierarchies(mountinfo), () => controllers).map(
    ({ type, folder, options }) => `${type} ${folder} ${options}`,
  );
}

describe("control groups", () => {
  it("takes version 1 on a hybrid machine, each hierarchy once, with the options that mount it again", () => {
    expect(chosen(hybrid, "")).to.deep.equal([
      "cgroup /sys/fs/cgroup/cpu,cpuacct cpu,cpuacct",
      "cgroup /sys/fs/cgroup/memory memory",
      "cgroup /sys/fs/cgroup/cpuset cpuset",
      "cgroup /sys/fs/cgroup/pids pids",
      "cgroup /sys/fs/cgroup/systemd none,name=systemd",
    ]);
  });

  it("takes version 2 where only it is mounted, or only it has controllers", () => {
    expect(chosen(unified, "cpuset cpu io memory hugetlb pids\n")).to.deep.equal([
      "cgroup2 /sys/fs/cgroup rw",
    ]);
    const bare = hybrid.replace(/^3[2345].*\n/gm, "");
    expect(chosen(bare, "cpuset cpu memory pids\n")).to.deep.equal(["cgroup2 /sys/fs/cgroup/unified rw"]);
  });

  it("names the controllers a machine lacks", () => {
    expect(() => chosen(unified, "cpuset cpu io pids\n")).to.throw(/this machine lacks memory:/);
    expect(() => chosen(hybrid.replace(/^34.*\n/m, ""), "\n")).to.throw(/this machine lacks cpuset:/);
    expect(() => chosen("", "")).to.throw(/this machine lacks cpu, cpuset, memory, pids/);
  });

  it("refuses groups that an unprivileged container may not make", () => {
    const locked = unified.replace("rw,nosuid", "ro,nosuid");
    expect(() => chosen(locked, "cpuset cpu memory pids\n")).to.throw(
      /\/sys\/fs\/cgroup is mounted read-only/,
    );
  });
});
