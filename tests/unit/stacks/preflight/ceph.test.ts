import { expect } from "chai";
import type { CephObject } from "../../../../stacks/preflight/ceph.ts";
import type { Claim } from "../../../../stacks/preflight/storage.ts";
import {
  cephCluster,
  type Facts,
  findings,
  osdPod,
  parse,
  ready,
  readyObject,
  storageClass,
} from "./fixture.ts";

/* A made-up cluster, as in rules.test.ts. That Rook and its Ceph come into these states is for tests with Rook to show. */

const found = (facts: Partial<Facts>, rook: object = {}) =>
  findings(parse({ storage: { type: "rook", rook } }), { ...ready, ...facts });
const fine = { faults: [], warnings: [] };

const made = { myfs: readyObject, replicapool: readyObject };
const see =
  "see kubectl -n rook-ceph describe cephcluster rook-ceph and kubectl -n rook-ceph logs deploy/rook-ceph-operator";
const wrong = (details: Record<string, string>, severity = "HEALTH_ERR") => ({
  phase: "Ready",
  ceph: {
    health: "HEALTH_ERR",
    details: Object.fromEntries(
      Object.entries(details).map(([code, message]) => [code, { severity, message }]),
    ),
  },
});
const claim = (phase: string, storageClassName: string, accessMode: string, storage: string): Claim => ({
  spec: { accessModes: [accessMode], storageClassName, resources: { requests: { storage } } },
  status: { phase },
});
const claims = (phase: string) => ({
  "wordpress-pvc": claim(phase, "csi-cephfs", "ReadWriteMany", "2Gi"),
  "mysql-pvc": claim(phase, "rook-ceph-block", "ReadWriteOnce", "20Gi"),
});

describe("the preflight of Rook", () => {
  describe("of the CephCluster", () => {
    it("refuses to make a filesystem while Ceph is in HEALTH_ERR, when Rook makes none, and says why it is", async () => {
      const cephClusters = [
        cephCluster(wrong({ OSD_FULL: "2 full osd(s)", PG_DAMAGED: "1 pg inconsistent" })),
      ];
      const why =
        "CephCluster rook-ceph is in HEALTH_ERR (OSD_FULL: 2 full osd(s); PG_DAMAGED: 1 pg inconsistent)";
      expect(await found({ cephClusters })).to.deep.equal({
        faults: [
          `storage.rook.namespace: ${why}, and meanwhile Rook makes neither filesystem nor pool; ${see}, and mend it first`,
        ],
        warnings: [],
      });
      // A site that runs may be updated.
      expect(await found({ cephClusters, cephObjects: made })).to.deep.equal({
        faults: [],
        warnings: [`${why}: the site's volumes may hang, and new ones stay Pending; ${see}.`],
      });
    });

    it("lets Ceph be degraded, and be wrong where Rook goes on nevertheless", async () => {
      const degraded = { phase: "Ready", ceph: { health: "HEALTH_WARN", details: {} } };
      const statuses = [
        degraded,
        wrong({ MDS_ALL_DOWN: "1 filesystem is offline" }),
        wrong({ MGR_MODULE_ERROR: "a module has failed", AUTH_INSECURE_SERVICE_TICKETS: "old" }),
      ];
      for (const status of statuses) {
        expect(await found({ cephClusters: [cephCluster(status)] })).to.deep.equal(fine);
      }
    });

    it("says what Ceph could not be asked for", async () => {
      const { faults } = await found({
        cephClusters: [cephCluster(wrong({ error: "no quorum" }, "Urgent"))],
      });
      expect(faults[0]).to.contain("is in HEALTH_ERR (error: no quorum), and meanwhile");
    });

    it("knows one that is not ready yet, or will not be for long", async () => {
      const status = { phase: "Progressing", message: "Configuring Ceph Mons" };
      const begun = await found({ cephClusters: [cephCluster(status)] });
      expect(begun.faults).to.deep.equal([]);
      expect(begun.warnings).to.include(
        `CephCluster rook-ceph is in the phase Progressing (Configuring Ceph Mons); ${see}.`,
      );
      // No operator has looked at it.
      expect((await found({ cephClusters: [cephCluster({})] })).faults[0]).to.contain(
        "has no health yet, and",
      );
      const metadata = { name: "rook-ceph", deletionTimestamp: "2026-01-01T00:00:00Z" };
      const going = [cephCluster(undefined, { metadata })];
      expect((await found({ cephClusters: going })).faults[0]).to.contain(
        "is being deleted, which cannot be",
      );
    });

    it("does not ask one outside for more than that Rook has found it", async () => {
      const outside = (phase: string) => [cephCluster({ phase }, { spec: { external: { enable: true } } })];
      expect((await found({ cephClusters: outside("Connected") })).faults).to.deep.equal([]);
      expect(await found({ cephClusters: outside("Connecting") })).to.deep.include({ faults: [] });
      expect((await found({ cephClusters: outside("Failure") })).faults[0]).to.contain("has no health yet");
    });

    it("warns of one that Rook could not bring into the form it should have", async () => {
      const status = { phase: "Failure", message: "no such device", ceph: { health: "HEALTH_WARN" } };
      expect(await found({ cephClusters: [cephCluster(status)] })).to.deep.equal({
        faults: [],
        warnings: [`CephCluster rook-ceph is in the phase Failure (no such device); ${see}.`],
      });
    });
  });

  describe("of the places for copies", () => {
    const refused = (count: number, what: string, domain = "host") =>
      `storage.rook.replicas: 3 is not allowed; expected at most ${count}, the number of ${what}, because no two copies may share a ${domain}`;

    it("counts the hosts that have OSDs, not the nodes", async () => {
      const osdPods = [osdPod("a"), osdPod("a", "osd-2"), osdPod("b")];
      expect((await found({ osdPods })).faults).to.deep.equal([
        `${refused(2, "hosts with OSDs")}; or set storage.rook.failureDomain to osd`,
      ]);
      expect(await found({ osdPods }, { replicas: 2 })).to.deep.equal(fine);
      expect(await found({ osdPods }, { failureDomain: "osd" })).to.deep.equal(fine);
      expect((await found({ osdPods: osdPods.slice(1) }, { failureDomain: "osd" })).faults).to.deep.equal([
        refused(2, "OSDs", "osd"),
      ]);
      const external = [cephCluster(undefined, { spec: { external: { enable: true } } })];
      expect(await found({ osdPods, cephClusters: external })).to.deep.equal(fine);
    });

    it("counts a host whose node is away, and a node where Rook names no host", async () => {
      const away = osdPod("c", "osd-c", {});
      expect(await found({ osdPods: [osdPod("a"), osdPod("b"), away] })).to.deep.equal(fine);
      const unnamed = ["a", "b", "c"].map((nodeName) => ({
        metadata: { name: nodeName },
        spec: { nodeName },
      }));
      expect(await found({ osdPods: unnamed })).to.deep.equal(fine);
      expect((await found({ osdPods: unnamed.slice(1) })).faults).to.have.length(1);
      expect(await found({ osdPods: unnamed.slice(1) }, { failureDomain: "zone" })).to.deep.equal(fine);
    });

    it("only warns of what is made already, or may still be made", async () => {
      const osdPods = [osdPod("a")];
      const text =
        "storage.rook.replicas is 3, and Ceph has places for at most 1, the number of hosts with OSDs, because no two copies may share a host; or set storage.rook.failureDomain to osd.";
      expect(await found({ osdPods, cephObjects: made })).to.deep.equal({ faults: [], warnings: [text] });
      const cephClusters = [cephCluster({ phase: "Progressing", ceph: { health: "HEALTH_WARN" } })];
      expect(await found({ osdPods, cephClusters })).to.deep.equal({ faults: [], warnings: [text] });
    });

    it("warns where there is no OSD at all, and judges nothing it may not list", async () => {
      const { faults, warnings } = await found({ osdPods: [] });
      expect(faults).to.deep.equal([]);
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.contain(
        "namespace rook-ceph has no OSD: its CephCluster is still being made or",
      );
      const unread = await found({ osdPods: undefined });
      expect(unread.faults).to.deep.equal([]);
      expect(unread.warnings).to.deep.equal(["The preflight could not check: OSDs' pods (403 Forbidden)."]);
    });
  });

  describe("of a filesystem and a pool that are there", () => {
    const failed: CephObject = {
      metadata: {},
      status: {
        phase: "Failure",
        conditions: [
          { type: "Progressing", message: "begun" },
          { type: "Failure", message: "failed to create pool" },
        ],
      },
    };

    it("says what Rook says of one that is not ready", async () => {
      const tail =
        "until it is Ready no volume is made on it, and an up that makes or changes it waits; see kubectl -n rook-ceph describe cephfilesystem myfs and kubectl -n rook-ceph logs deploy/rook-ceph-operator.";
      for (const rook of [{}, { manage: false }]) {
        expect(await found({ cephObjects: { ...made, myfs: failed } }, rook)).to.deep.equal({
          faults: [],
          warnings: [`CephFilesystem myfs is Failure (failed to create pool): ${tail}`],
        });
      }
      const unseen = await found({ cephObjects: { ...made, myfs: { metadata: {} } } });
      expect(unseen.warnings).to.deep.equal([
        `CephFilesystem myfs is there, and Rook has said nothing of it: ${tail}`,
      ]);
    });

    it("refuses to put a volume on one that is being deleted, and only warns where it has one", async () => {
      const metadata = { deletionTimestamp: "2026-01-01T00:00:00Z" };
      const cephObjects = { ...made, replicapool: { ...readyObject, metadata } };
      const see = "kubectl -n rook-ceph describe cephblockpool replicapool says what";
      for (const facts of [{ cephObjects }, { cephObjects, claims: claims("Pending") }]) {
        expect(await found(facts)).to.deep.equal({
          faults: [
            `storage.rook.blockPool: CephBlockPool replicapool is being deleted, which cannot be taken back; wait until it is gone (${see} for), or name another one`,
          ],
          warnings: [],
        });
      }
      expect(await found({ cephObjects, claims: claims("Bound") })).to.deep.equal({
        faults: [],
        warnings: [
          `CephBlockPool replicapool is being deleted, which cannot be taken back: ${see} it waits for.`,
        ],
      });
    });
  });

  describe("of the provisioners' leases", () => {
    const name = "rook-ceph-cephfs-csi-ceph-com";
    const lease = (secondsAgo: number) => ({
      [name]: {
        spec: {
          holderIdentity: "csi-1",
          leaseDurationSeconds: 137,
          renewTime: new Date(Date.now() - secondsAgo * 1000).toISOString().replace("Z", "000Z"),
        },
      },
    });

    it("warns of one nobody renews while a claim has no volume, and says how to delete it", async () => {
      for (const own of [{}, claims("Pending")]) {
        const leases = lease(3600);
        const { faults, warnings } = await found({ claims: own, leases });
        expect(faults).to.deep.equal([]);
        expect(warnings).to.deep.equal([
          `Lease ${name} in namespace rook-ceph was last renewed at ${leases[name]?.spec.renewTime}, by csi-1: no provisioner of StorageClass csi-cephfs is at work, and the claim wordpress-pvc stays Pending. See that their pods run (kubectl -n rook-ceph get pods), and where they do and wait for it, delete it: kubectl delete lease ${name} -n rook-ceph`,
        ]);
      }
    });

    it("lets one be that is renewed, about to be taken over, or needed by nobody", async () => {
      for (const seconds of [0, 137 + 200])
        expect(await found({ leases: lease(seconds) })).to.deep.equal(fine);
      expect(await found({ leases: lease(3600), claims: claims("Bound") })).to.deep.equal(fine);
      expect(await found({ leases: { [name]: { spec: {} } } })).to.deep.equal(fine);
    });

    it("looks at that of a class that is there, where its driver is Rook's", async () => {
      const classesOf = (driver: string) => ({
        storageClasses: [storageClass("nfs", driver), storageClass("disk", "ebs.csi.aws.com")],
        leases: lease(3600),
      });
      const of = async (driver: string) =>
        (await findings(parse(), { ...ready, ...classesOf(driver) })).warnings;
      expect((await of("rook-ceph.cephfs.csi.ceph.com"))[0]).to.contain("no provisioner of StorageClass nfs");
      expect(await of("cephfs.csi.ceph.com")).to.deep.equal([]);
      const unread = await findings(parse(), {
        ...ready,
        ...classesOf("rook-ceph.cephfs.csi.ceph.com"),
        leases: undefined,
      });
      expect(unread.warnings).to.deep.equal([
        `The preflight could not check: Lease ${name} (403 Forbidden).`,
      ]);
    });
  });
});
