import { output } from "@pulumi/pulumi";
import { expect } from "chai";
import { RookCephfs, type RookCephfsArgs } from "../../../../components/rook-cephfs/index.ts";
import { record, resolved } from "../harness.ts";

/*
 * What mocks cannot prove: that Rook reaches Ready and the engine waits for it (tests/proof/ceph.test.ts does; the
 * annotation is checked here), and that Ceph-CSI accepts the classes' parameters. The API server checks the schemas in
 * tests/e2e.
 */

const args: RookCephfsArgs = {
  namespace: "rook",
  clusterID: "ceph-1",
  filesystem: "myfs",
  blockPool: "replicapool",
  replicas: 3,
  failureDomain: "host",
  activeCount: 1,
  activeStandby: true,
  sharedClassName: "csi-cephfs",
  blockClassName: "rook-ceph-block",
  snapshots: false,
  protectData: false,
};
const untilReady = { "pulumi.com/waitFor": "jsonpath={.status.phase}=Ready" };
/** What Rook 1.12.11 adds to an object that lacks it, as read from one that it had put its finalizer on. */
const filledIn = {
  pool: {
    erasureCoded: { codingChunks: 0, dataChunks: 0 },
    mirroring: {},
    quotas: {},
    statusCheck: { mirror: {} },
  },
  server: { placement: {}, resources: {} },
};
const pool = {
  failureDomain: "host",
  replicated: { size: 3, requireSafeReplicaSize: true },
  ...filledIn.pool,
};

const build = (changes: Partial<RookCephfsArgs> = {}) =>
  record(() => new RookCephfs("ceph", { ...args, ...changes }));

/** The secrets of one Ceph-CSI driver, as Rook names them. */
const secrets = (driver: string) => ({
  "csi.storage.k8s.io/provisioner-secret-name": `rook-csi-${driver}-provisioner`,
  "csi.storage.k8s.io/provisioner-secret-namespace": "rook",
  "csi.storage.k8s.io/controller-expand-secret-name": `rook-csi-${driver}-provisioner`,
  "csi.storage.k8s.io/controller-expand-secret-namespace": "rook",
  "csi.storage.k8s.io/controller-publish-secret-name": `rook-csi-${driver}-provisioner`,
  "csi.storage.k8s.io/controller-publish-secret-namespace": "rook",
  "csi.storage.k8s.io/node-stage-secret-name": `rook-csi-${driver}-node`,
  "csi.storage.k8s.io/node-stage-secret-namespace": "rook",
});

describe("RookCephfs", () => {
  it("is exactly these resources", async () => {
    const { resources } = await build();
    expect(
      resources.map(({ type, name, options }) => `${type} ${name} < ${options.parent}`).sort(),
    ).to.deep.equal([
      "kubernetes:ceph.rook.io/v1:CephBlockPool ceph-block-pool < ceph",
      "kubernetes:ceph.rook.io/v1:CephFilesystem ceph-filesystem < ceph",
      "kubernetes:storage.k8s.io/v1:StorageClass ceph-block-class < ceph",
      "kubernetes:storage.k8s.io/v1:StorageClass ceph-shared-class < ceph",
      "wordpress:index:RookCephfs ceph < ",
    ]);
  });

  it("makes the filesystem, kept on delete, and waits until Rook calls it ready", async () => {
    const { object } = await build();
    expect(object("CephFilesystem", "myfs")).to.deep.equal({
      apiVersion: "ceph.rook.io/v1",
      kind: "CephFilesystem",
      metadata: { name: "myfs", namespace: "rook", annotations: untilReady },
      spec: {
        metadataPool: pool,
        dataPools: [pool],
        preserveFilesystemOnDelete: true,
        metadataServer: { activeCount: 1, activeStandby: true, ...filledIn.server },
        statusCheck: { mirror: {} },
      },
    });
  });

  it("makes the block pool", async () => {
    const { object } = await build();
    expect(object("CephBlockPool", "replicapool")).to.deep.equal({
      apiVersion: "ceph.rook.io/v1",
      kind: "CephBlockPool",
      metadata: { name: "replicapool", namespace: "rook", annotations: untilReady },
      spec: pool,
    });
  });

  it("takes copies, failure domain and metadata servers from its arguments", async () => {
    const { object } = await build({
      replicas: 1,
      failureDomain: "osd",
      activeCount: 2,
      activeStandby: false,
    });
    const single = {
      failureDomain: "osd",
      replicated: { size: 1, requireSafeReplicaSize: false },
      ...filledIn.pool,
    };
    expect(object("CephBlockPool", "replicapool").spec).to.deep.equal(single);
    expect(object("CephFilesystem", "myfs").spec).to.deep.equal({
      metadataPool: single,
      dataPools: [single],
      preserveFilesystemOnDelete: true,
      metadataServer: { activeCount: 2, activeStandby: false, ...filledIn.server },
      statusCheck: { mirror: {} },
    });
  });

  it("makes the StorageClass for shared volumes", async () => {
    const { component, object } = await build();
    expect(object("StorageClass", "csi-cephfs")).to.deep.equal({
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "csi-cephfs" },
      provisioner: "rook-ceph.cephfs.csi.ceph.com",
      parameters: { clusterID: "ceph-1", fsName: "myfs", pool: "myfs-data0", ...secrets("cephfs") },
      reclaimPolicy: "Retain",
      allowVolumeExpansion: true,
      volumeBindingMode: "Immediate",
    });
    expect(await resolved(component.sharedClassName)).to.equal("csi-cephfs");
  });

  it("makes the StorageClass for volumes of one pod", async () => {
    const { component, object } = await build();
    expect(object("StorageClass", "rook-ceph-block")).to.deep.equal({
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "rook-ceph-block" },
      provisioner: "rook-ceph.rbd.csi.ceph.com",
      parameters: {
        clusterID: "ceph-1",
        pool: "replicapool",
        imageFormat: "2",
        imageFeatures: "layering",
        "csi.storage.k8s.io/fstype": "ext4",
        ...secrets("rbd"),
      },
      reclaimPolicy: "Retain",
      allowVolumeExpansion: true,
      volumeBindingMode: "Immediate",
    });
    expect(await resolved(component.blockClassName)).to.equal("rook-ceph-block");
  });

  it("names the pool after the filesystem", async () => {
    const { object } = await build({ filesystem: "blogs" });
    expect(object("StorageClass", "csi-cephfs").parameters).to.include({
      fsName: "blogs",
      pool: "blogs-data0",
    });
  });

  it("leaves the pool to a filesystem that is there, whose data pools anybody may have named", async () => {
    const { object } = await build({ manage: false });
    expect(object("StorageClass", "csi-cephfs").parameters).to.deep.equal({
      clusterID: "ceph-1",
      fsName: "myfs",
      ...secrets("cephfs"),
    });
    expect(object("StorageClass", "rook-ceph-block").parameters).to.have.property("pool", "replicapool");
  });

  it("adds parameters of a transform to those of its classes", async () => {
    const parameters = { mounter: "fuse", pool: output("fast") };
    const { object } = await build({ transform: { storageClass: { parameters } } });
    expect(object("StorageClass", "csi-cephfs").parameters).to.deep.equal({
      clusterID: "ceph-1",
      fsName: "myfs",
      pool: "fast",
      mounter: "fuse",
      ...secrets("cephfs"),
    });
  });

  it("sets the CephFS client when one is chosen", async () => {
    const { object } = await build({ mounter: "fuse" });
    expect(object("StorageClass", "csi-cephfs").parameters).to.have.property("mounter", "fuse");
    expect(object("StorageClass", "rook-ceph-block").parameters).not.to.have.property("mounter");
  });

  it("makes a VolumeSnapshotClass for each class when asked", async () => {
    const { object, objectNames } = await build({ snapshots: true });
    expect(objectNames()).to.have.length(6);
    for (const [name, driver] of [
      ["csi-cephfs", "cephfs"],
      ["rook-ceph-block", "rbd"],
    ] as const) {
      expect(object("VolumeSnapshotClass", name)).to.deep.equal({
        apiVersion: "snapshot.storage.k8s.io/v1",
        kind: "VolumeSnapshotClass",
        metadata: { name },
        driver: `rook-ceph.${driver}.csi.ceph.com`,
        deletionPolicy: "Retain",
        parameters: {
          clusterID: "ceph-1",
          "csi.storage.k8s.io/snapshotter-secret-name": `rook-csi-${driver}-provisioner`,
          "csi.storage.k8s.io/snapshotter-secret-namespace": "rook",
        },
      });
    }
  });

  it("names Ceph-CSI's drivers after the operator's namespace", async () => {
    const { object } = await build({ operatorNamespace: "operators", snapshots: true });
    expect(object("StorageClass", "csi-cephfs").provisioner).to.equal("operators.cephfs.csi.ceph.com");
    expect(object("StorageClass", "rook-ceph-block").provisioner).to.equal("operators.rbd.csi.ceph.com");
    expect(object("VolumeSnapshotClass", "csi-cephfs").driver).to.equal("operators.cephfs.csi.ceph.com");
  });

  it("makes a class only after what it is on", async () => {
    const { resource } = await build();
    expect(resource("ceph-shared-class").options.dependencies).to.deep.equal(["ceph-filesystem"]);
    expect(resource("ceph-block-class").options.dependencies).to.deep.equal(["ceph-block-pool"]);
  });

  for (const protectData of [true, false]) {
    it(`leaves the data in the cluster, with protectData ${protectData}`, async () => {
      const { resources } = await build({ protectData });
      const own = resources.filter(({ type }) => type.startsWith("kubernetes:"));
      expect(own.map(({ options }) => options.retainOnDelete)).to.deep.equal([true, true, true, true]);
      expect(own.map(({ options }) => options.protect)).to.deep.equal(Array(4).fill(protectData));
    });
  }
});
