import { expect } from "chai";
import { cephClass } from "../../../components/rook-cephfs/ceph-class.ts";
import { rookDefaults } from "../../../components/rook-cephfs/defaults.ts";
import { addCeph, cephManifests, requireCeph, withCeph } from "../../../local/cluster/ceph.ts";
import { controlPlaneDaemons, controlPlaneFiles } from "../../../local/cluster/control-plane.ts";
import { commandOf } from "../../../local/cluster/daemons.ts";
import { parts } from "../../../local/cluster/parts.ts";
import { clusterRecipes } from "../../../local/cluster/tools.ts";
import { plannedImages } from "../../../local/images/index.ts";
import { useTemporaryCache } from "../toolchain/temporary-cache.ts";

const provisioners = () =>
  controlPlaneDaemons().flatMap((daemon) =>
    commandOf(daemon).flatMap((word) => /^--provisioner-name=(.*)/.exec(word)?.[1] ?? []),
  );

describe("a cluster with Ceph", () => {
  useTemporaryCache();

  it("is only one that was started with it, and takes nothing of it otherwise", () => {
    expect(withCeph()).to.equal(false);
    expect(provisioners()).to.deep.equal(["wordpress-kubernetes/local-path"]);
    expect(plannedImages().map(({ name }) => name)).not.to.include("localhost/ceph:18");
    expect(clusterRecipes(false)).not.to.include("rook-common");
  });

  it("makes the volumes of the classes that the program makes, each daemon by a configuration of its own", () => {
    addCeph();
    expect(withCeph()).to.equal(true);
    const drivers = (["cephfs", "rbd"] as const).map((driver) => cephClass(driver, rookDefaults).provisioner);
    expect(provisioners()).to.include.members(drivers);
    const { sharedFileSystemPath } = JSON.parse(controlPlaneFiles()["cephfs-provisioner.json"] ?? "");
    expect(sharedFileSystemPath).to.include(`/${rookDefaults.filesystem}/`);
    const text = cephManifests().join("\n");
    expect(text).to.include(`mount-cephfs, ${rookDefaults.filesystem}]`);
    for (const driver of drivers) expect(text).to.include(`kind: CSIDriver\nmetadata: { name: ${driver},`);
  });

  it("is made of images and rights that one without it lacks", () => {
    addCeph();
    expect(parts()).to.include.keys("the image localhost/ceph:18", "rook-common");
  });

  it("is refused with fewer nodes than copies", () => {
    process.env.WORDPRESS_KUBERNETES_NODES = "2";
    try {
      expect(requireCeph).to.throw(/WORDPRESS_KUBERNETES_NODES is "2": it must be at least 3/);
    } finally {
      delete process.env.WORDPRESS_KUBERNETES_NODES;
    }
  });
});
