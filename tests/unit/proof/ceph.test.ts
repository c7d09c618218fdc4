import { expect } from "chai";
import { parseConfig } from "../../../stacks/config.ts";
import { readStackConfig } from "../../../tools/stack-config.ts";
import { type CephStatus, unwell } from "../../proof/ceph-cluster.ts";
import { productionEmbedded } from "../../proof/ceph-site.ts";
import { longestPause, writesIn } from "../../proof/files.ts";

describe("production's config on the embedded cluster", () => {
  it("has production's storage, and is one that a stack takes", () => {
    const config = productionEmbedded();
    expect(config.storage).to.deep.equal(readStackConfig("prod").storage);
    const { storage, wordpress, protectData } = parseConfig(config);
    expect(storage).to.include({ type: "rook", sharedClassName: "csi-cephfs" });
    expect(wordpress).to.include({ image: "localhost/wordpress:7.1.0", content: "shared" });
    expect(protectData).to.equal(true);
  });
});

describe("what Ceph says of itself", () => {
  const pgs = (...states: [string, number][]) => states.map(([state_name, count]) => ({ state_name, count }));
  const well: CephStatus = {
    health: { status: "HEALTH_OK", checks: {} },
    osdmap: { num_osds: 3, num_up_osds: 3 },
    pgmap: { num_pgs: 9, pgs_by_state: pgs(["active+clean", 8], ["active+clean+scrubbing", 1]) },
  };
  const warning = (name: string) => ({
    status: "HEALTH_WARN",
    checks: { [name]: { summary: { message: "something" } } },
  });

  it("is nothing when all copies are there, whatever it warns of besides", () => {
    expect(unwell(well)).to.deep.equal([]);
    expect(unwell({ ...well, health: warning("MON_DISK_LOW") })).to.deep.equal([]);
  });

  it("is a fault when placement groups are not clean, even if it says that it is well", () => {
    const { pgmap } = well;
    expect(
      unwell({ ...well, pgmap: { ...pgmap, pgs_by_state: pgs(["active+clean", 8], ["peering", 1]) } }),
    ).to.deep.equal(["8 of 9 placement groups are clean"]);
    expect(unwell({ ...well, pgmap: { num_pgs: 0, pgs_by_state: [] } })).to.have.length(1);
  });

  it("is a fault when a disk is down, or something is said of the data", () => {
    expect(unwell({ ...well, osdmap: { num_osds: 3, num_up_osds: 2 } })).to.deep.equal([
      "2 of 3 disks are up",
    ]);
    expect(unwell({ ...well, health: warning("PG_DEGRADED") })).to.deep.equal(["PG_DEGRADED: something"]);
  });
});

describe("files and when they were written", () => {
  it("does not count one whose line has no end", () => {
    expect(writesIn("1 10.5\n2 10.625\n3 1")).to.deep.equal([
      { id: 1, at: 10.5 },
      { id: 2, at: 10.625 },
    ]);
  });

  it("tells the longest time from one to the next", () => {
    expect(longestPause([1, 2, 5, 5.5])).to.equal(3);
    expect(longestPause([4])).to.equal(0);
  });
});
