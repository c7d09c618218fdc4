import { expect } from "chai";
import { parseQuantity } from "../../../../components/quantity.ts";
import { cephClass } from "../../../../components/rook-cephfs/ceph-class.ts";
import type { Claim, StorageClass } from "../../../../stacks/preflight/storage.ts";
import { movedFaults } from "../../../../stacks/preflight/volumes.ts";
import {
  blind,
  cephCluster,
  type Facts,
  findings,
  node,
  parse,
  ready,
  readyObject,
  storageClass,
} from "./fixture.ts";

/*
 * A made-up cluster: what is called a fault, in which words, and what is let through. That a real API server answers so
 * is shown in tests/engine.
 */

const claim = (
  size: string,
  changes: Partial<Claim["spec"]> = {},
  status: Claim["status"] = { phase: "Bound" },
): Claim => ({
  spec: {
    accessModes: ["ReadWriteOnce"],
    storageClassName: "disk",
    resources: { requests: { storage: size } },
    ...changes,
  },
  status,
});

const faults = async (values: Record<string, unknown>, facts: Partial<Facts>) =>
  (await findings(parse(values), { ...ready, ...facts })).faults;
const warnings = async (values: Record<string, unknown>, facts: Partial<Facts>) =>
  (await findings(parse(values), { ...ready, ...facts })).warnings;

describe("the preflight's rules", () => {
  it("finds nothing wrong with a cluster that has everything", async () => {
    for (const values of [{}, { storage: { type: "rook", snapshots: true } }]) {
      expect(await faults(values, {})).to.deep.equal([]);
      expect(await warnings(values, {})).to.deep.equal([]);
    }
  });

  it("takes nothing it could not read for a fault, and says so once", async () => {
    const config = parse({
      storage: { type: "rook", snapshots: true },
      existingSecrets: { database: "db" },
      wordpress: { antiAffinity: "hard" },
    });
    const found = await findings(config, blind);
    expect(found.faults).to.deep.equal([]);
    expect(found.warnings).to.have.length(1);
    expect(found.warnings[0]).to.match(/^The preflight could not check: version \(403 Forbidden\); .*\.$/);
    expect(found.warnings[0]).to.include(" StorageClasses (403 Forbidden);");
    expect(found.warnings[0]?.match(/nodes \(/g)).to.have.length(1);
  });

  it("wants Kubernetes 1.30, of the kubelets too", async () => {
    const why =
      "use Kubernetes 1.30 or newer: older ones have no preStop sleep, and a rollout without failed requests needs it";
    const nodes = [node("new"), node("old-1", {}, "v1.29.9"), node("old-2", {}, "v1.28.0-eks-1")];
    expect(await faults({}, { minorVersion: 29, nodes })).to.deep.equal([
      `Kubernetes: version 1.29 is too old; ${why}`,
      `nodes: the kubelet of old-1, old-2 is too old; ${why}`,
    ]);
    expect(await faults({}, { minorVersion: 30, nodes: [node("edge", {}, "v1.30.0")] })).to.deep.equal([]);
  });

  it("lets old kubelets be where no pod of WordPress goes", async () => {
    const nodes = [
      node("new"),
      node("virtual-node-aci-linux", { taints: [{ effect: "NoSchedule" }] }, "v1.25.0-vk-azure-aci-1.6.2"),
      node("drained", { unschedulable: true }, "v1.29.9"),
    ];
    expect(await faults({}, { nodes })).to.deep.equal([]);
    const tolerant = { wordpress: { tolerations: [{ operator: "Exists" }] } };
    expect((await faults(tolerant, { nodes }))[0]).to.contain("the kubelet of virtual-node-aci-linux is too");
  });

  it("refuses a preStop sleep of zero where Kubernetes does", async () => {
    const values = { wordpress: { preStopSleepSeconds: 0 } };
    expect(await faults(values, { minorVersion: 32 })).to.deep.equal([
      "wordpress.preStopSleepSeconds: 0 is not allowed; expected at least 1: zero is allowed from Kubernetes 1.33 on, and this is 1.32",
    ]);
    expect(await faults(values, { minorVersion: 33 })).to.deep.equal([]);
  });

  it("names every API that is missing, and only those the config asks for", async () => {
    const none = Object.fromEntries(Object.keys(ready.apis ?? {}).map((api) => [api, null]));
    const everything = {
      storage: { type: "rook", snapshots: true },
      route: { tls: { source: "cert-manager", secretName: "tls", issuer: { name: "letsencrypt" } } },
    };
    const objects = [...(ready.objects ?? []), "/apis/cert-manager.io/v1/clusterissuers/letsencrypt"];
    expect(await faults(everything, { apis: none, objects })).to.deep.equal([
      "traefik.io/v1alpha1: the cluster does not serve ingressroutes, middlewares, tlsoptions; install Traefik 3.4 or newer with its CRDs (its Helm chart brings both)",
      "cert-manager.io/v1: the cluster does not serve certificates; install cert-manager with its CRDs, or choose another route.tls.source",
      "ceph.rook.io/v1: the cluster does not serve cephfilesystems, cephblockpools; install Rook and make a CephCluster, or set storage.type to existing",
      "snapshot.storage.k8s.io/v1: the cluster does not serve volumesnapshotclasses; install the CSI external-snapshotter with its CRDs, or set storage.snapshots to false",
      "metrics.k8s.io/v1beta1: the cluster does not serve pods; install metrics-server, or set wordpress.autoscaling.enabled to false",
    ]);
    const little = { wordpress: { autoscaling: { enabled: false } } };
    expect((await faults(little, { apis: none })).map((fault) => fault.split(":")[0])).to.deep.equal([
      "traefik.io/v1alpha1",
    ]);
    expect(
      (await faults(little, { apis: { "traefik.io/v1alpha1": ["ingressroutes", "middlewares"] } }))[0],
    ).to.contain("does not serve tlsoptions;");
  });

  it("refuses a Traefik whose definitions know nothing of what the route asks for", async () => {
    const definitions = "/openapi/v3/apis/traefik.io/v1alpha1";
    expect(await faults({}, { objects: [definitions] })).to.deep.equal([
      "traefik.io/v1alpha1: the cluster's IngressRoutes do not take the strategy p2c; install Traefik 3.4 or newer with the CRDs of its release",
    ]);
  });

  it("names objects the config refers to that are not there", async () => {
    const values = {
      storage: { type: "rook" },
      wordpress: { priorityClassName: "high" },
      route: {
        tls: { source: "cert-manager", secretName: "tls", issuer: { kind: "Issuer", name: "own" } },
      },
    };
    expect(await faults(values, { objects: [], cephClusters: null })).to.deep.equal([
      "storage.rook.namespace: the cluster has no namespace rook-ceph; install Rook there, or name the namespace it is in",
      "wordpress.priorityClassName: the cluster has no PriorityClass high; make it, or name one that is there",
      "route.tls.issuer.name: the cluster has no Issuer own; make it, or name one that is there",
    ]);
  });

  describe("of Rook", () => {
    const rook = { storage: { type: "rook" } };

    it("wants a CephCluster", async () => {
      expect(await faults(rook, { cephClusters: [] })).to.deep.equal([
        "storage.rook.namespace: namespace rook-ceph has no CephCluster; make one (Rook's example cluster.yaml), or name the namespace it is in",
      ]);
    });

    it("wants a host for each copy, unless Ceph runs elsewhere or copies may share a host", async () => {
      const nodes = [node("a"), node("b")];
      const external = [cephCluster(undefined, { spec: { external: { enable: true } } })];
      expect(await faults(rook, { nodes })).to.deep.equal([]);
      expect(await faults(rook, { nodes, osdPods: [] })).to.deep.equal([
        "storage.rook.replicas: 3 is not allowed; expected at most 2, the number of nodes, because no two copies may share a host; or set storage.rook.failureDomain to osd",
      ]);
      expect(await faults(rook, { nodes, cephClusters: external })).to.deep.equal([]);
      expect(
        await faults({ storage: { type: "rook", rook: { failureDomain: "osd" } } }, { nodes }),
      ).to.deep.equal([]);
    });

    it("wants Ceph-CSI's drivers, which are named after the operator's namespace", async () => {
      const drivers = (prefix: string) => ["cephfs", "rbd"].map((kind) => `${prefix}.${kind}.csi.ceph.com`);
      expect(await faults(rook, { csiDrivers: drivers("operators") })).to.deep.equal([
        'storage.rook.operatorNamespace: "rook-ceph" is not allowed; expected operators, after which the cluster\'s CSI drivers are named: volumes of rook-ceph.cephfs.csi.ceph.com and rook-ceph.rbd.csi.ceph.com would stay Pending',
      ]);
      const there = { storage: { type: "rook", rook: { operatorNamespace: "operators" } } };
      expect(await faults(there, { csiDrivers: drivers("operators") })).to.deep.equal([]);
      expect(await faults(rook, { csiDrivers: ["rook-ceph.cephfs.csi.ceph.com"] })).to.deep.equal([
        "storage.rook.operatorNamespace: the cluster has no CSI driver rook-ceph.rbd.csi.ceph.com; let Rook's operator make its drivers (ROOK_CSI_ENABLE_CEPHFS, ROOK_CSI_ENABLE_RBD), or name its namespace",
      ]);
      expect(await faults({}, { csiDrivers: [] })).to.deep.equal([]);
    });

    it("says what differs in a class that Kubernetes lets nobody change", async () => {
      const { rook: names } = parse(rook).storage;
      const same = storageClass("csi-cephfs", "", { ...cephClass("cephfs", names) });
      const { mounter: _, ...parameters } = cephClass("rbd", names).parameters;
      const other = storageClass("rook-ceph-block", "rook-ceph.rbd.csi.ceph.com", {
        parameters: { ...parameters, pool: "fast", thick: "true" },
        reclaimPolicy: "Delete",
      });
      expect(await faults(rook, { storageClasses: [same, other] })).to.deep.equal([
        "storage.blockClassName: StorageClass rook-ceph-block is there with reclaimPolicy Delete (expected Retain), parameter pool fast (expected replicapool), parameter thick true (expected unset), and Kubernetes lets nobody change that; choose another name; or set storage.type to existing and use the class as it is; or delete the class first, which leaves its volumes alone (pulumi state unprotect, kubectl delete storageclass rook-ceph-block, pulumi refresh)",
      ]);
    });
  });

  it("wants no pool in the class on a filesystem that is there", async () => {
    const { rook: names } = parse({ storage: { type: "rook", rook: { manage: false } } }).storage;
    const { pool: _, ...parameters } = cephClass("cephfs", { ...names, manage: true }).parameters;
    const there = storageClass("csi-cephfs", "", { ...cephClass("cephfs", names), parameters });
    const values = { storage: { type: "rook", rook: { manage: false } } };
    const cephObjects = { myfs: readyObject, replicapool: readyObject };
    expect(await faults(values, { cephObjects, storageClasses: [there] })).to.deep.equal([]);
  });

  describe("of existing classes", () => {
    it("names the ones there are", async () => {
      const storageClasses = [storageClass("gp3", "ebs.csi.aws.com"), storageClass("efs", "efs.csi.aws.com")];
      const remedy =
        "name one that is there (gp3, efs); for volumes made by hand make a class with the provisioner kubernetes.io/no-provisioner";
      expect(await faults({}, { storageClasses })).to.deep.equal([
        `storage.sharedClassName: the cluster has no StorageClass nfs; ${remedy}`,
        `storage.blockClassName: the cluster has no StorageClass disk; ${remedy}`,
      ]);
    });

    it("needs no class for a volume that is there, nor MySQL's for an external server", async () => {
      const shared = claim("2Gi", { accessModes: ["ReadWriteMany"], storageClassName: "nfs" });
      const claims = { "wordpress-pvc": shared, "mysql-pvc": claim("20Gi") };
      expect(await faults({}, { storageClasses: [], claims })).to.deep.equal([]);
      const external = {
        mysql: { mode: "external", external: { host: "db.example.com" } },
        existingSecrets: { database: "db" },
      };
      const facts = {
        storageClasses: [storageClass("nfs", "nfs.csi.k8s.io")],
        namespace: {},
        secrets: { db: ["password"] },
      };
      expect(await faults(external, facts)).to.deep.equal([]);
    });

    it("refuses to share a block device", async () => {
      const drivers = [
        "rook-ceph.rbd.csi.ceph.com",
        "rbd.csi.ceph.com",
        "ebs.csi.aws.com",
        "pd.csi.storage.gke.io",
        "kubernetes.io/aws-ebs",
        "kubernetes.io/gce-pd",
        "kubernetes.io/azure-disk",
        "kubernetes.io/cinder",
        "kubernetes.io/vsphere-volume",
      ];
      for (const driver of drivers) {
        const storageClasses = [storageClass("nfs", driver), storageClass("disk", driver)];
        expect(await faults({}, { storageClasses })).to.deep.equal([
          `storage.sharedClassName: "nfs" is not allowed; expected a class whose volumes several nodes can share (${driver} makes them for one), because wordpress.storage.accessMode is ReadWriteMany`,
        ]);
      }
    });

    it("only warns of local-path, which can be told to share", async () => {
      const storageClasses = [storageClass("nfs", "rancher.io/local-path"), storageClass("disk", "x")];
      const warned =
        "StorageClass nfs (rancher.io/local-path) makes ReadWriteMany volumes only with a sharedFileSystemPath; without one the claim wordpress-pvc stays Pending.";
      expect(await faults({}, { storageClasses })).to.deep.equal([]);
      expect(await warnings({}, { storageClasses })).to.deep.equal([warned]);
      const bound = claim("2Gi", { accessModes: ["ReadWriteMany"], storageClassName: "nfs" });
      expect(await warnings({}, { storageClasses, claims: { "wordpress-pvc": bound } })).to.deep.equal([]);
    });
  });

  describe("of the drivers of shared files", () => {
    /** What is found where WordPress' class is this. */
    const foundOf = (
      driver: string,
      changes: Partial<StorageClass> = {},
      values: Record<string, unknown> = {},
    ) => {
      const storageClasses = [storageClass("nfs", driver, changes), storageClass("disk", "ebs.csi.aws.com")];
      return findings(parse(values), { ...ready, storageClasses });
    };
    const fine = { faults: [], warnings: [] };

    it("refuses SMB shares whose files are not WordPress' own, whose times it could not set", async () => {
      const smb = [
        ["file.csi.azure.com", {}],
        ["file.csi.azure.com", { parameters: { protocol: "smb" } }],
        ["kubernetes.io/azure-file", {}],
        ["smb.csi.k8s.io", {}],
      ] as const;
      for (const [driver, changes] of smb) {
        expect((await foundOf(driver, changes)).faults).to.deep.equal([
          `storage.sharedClassName: "nfs" is not allowed; expected a class with uid=33 and gid=33 in its mountOptions, or of NFS: on an SMB share all files are root's, and WordPress' pods, user 33, may not set their times (${driver})`,
        ]);
        const others = { ...changes, mountOptions: ["dir_mode=0777", "uid=1000,gid=1000"] };
        expect((await foundOf(driver, others)).faults[0]).to.contain("all files are user 1000's");
        const own = { ...changes, mountOptions: ["uid=33", "gid=33"] };
        expect(await foundOf(driver, own)).to.deep.equal(fine);
        // Nothing is unpacked there with the code in the image.
        expect(await foundOf(driver, changes, { wordpress: { content: "image" } })).to.deep.equal(fine);
      }
      expect(await foundOf("file.csi.azure.com", { parameters: { protocol: "nfs" } })).to.deep.equal(fine);
    });

    it("refuses an object store that changes no file, and warns of the others", async () => {
      expect((await foundOf("s3.csi.aws.com")).faults[0]).to.contain(
        "expected a class of a file system, such as EFS: Mountpoint for Amazon S3 renames nothing",
      );
      for (const driver of [
        "gcsfuse.csi.storage.gke.io",
        "blob.csi.azure.com",
        "ru.yandex.s3.csi",
        "ch.ctrox.csi.s3-driver",
      ]) {
        const { faults, warnings } = await foundOf(driver);
        expect(faults).to.deep.equal([]);
        expect(warnings[0]).to.match(
          /^StorageClass nfs \(.*\) shows an object store as files: .* Updates of WordPress may fail/,
        );
      }
      expect(await foundOf("blob.csi.azure.com", { parameters: { protocol: "nfs" } })).to.deep.equal(fine);
      for (const driver of ["efs.csi.aws.com", "nfs.csi.k8s.io", "rook-ceph.cephfs.csi.ceph.com"]) {
        expect(await foundOf(driver)).to.deep.equal(fine);
      }
    });
  });

  describe("of claims that are there", () => {
    const size = (text: string) => ({ mysql: { storage: { size: text } } });
    const mysql = (there: Claim, facts: Partial<Facts> = {}) => ({
      ...facts,
      claims: { "mysql-pvc": there },
    });

    it("refuses to shrink", async () => {
      expect(await faults(size("1Gi"), mysql(claim("2Gi")))).to.deep.equal([
        'mysql.storage.size: "1Gi" is not allowed; expected at least 2Gi, the size of the claim mysql-pvc: a volume cannot shrink. To go smaller, restore a backup into a new claim',
      ]);
      expect(await faults(size("2Gi"), mysql(claim("2Gi")))).to.deep.equal([]);
      expect(await faults(size("1Gi"), mysql(claim("1024Mi")))).to.deep.equal([]);
      expect((await faults(size("1Gi"), mysql(claim("2G"))))[0]).to.contain("expected at least 2G,");
    });

    it("lets an expansion that failed be taken back as far as the volume's true size", async () => {
      const failed = claim("2Ti", {}, { phase: "Bound", capacity: { storage: "20Gi" } });
      expect(await faults(size("30Gi"), mysql(failed))).to.deep.equal([]);
      expect(await faults(size("20Gi"), mysql(failed))).to.have.length(1);
    });

    it("grows where the class allows it", async () => {
      const rigid = [
        storageClass("nfs", "x"),
        storageClass("disk", "x", { allowVolumeExpansion: undefined }),
      ];
      const there = claim("2Gi");
      expect(await faults(size("3Gi"), mysql(there))).to.deep.equal([]);
      expect(await faults(size("3Gi"), mysql(there, { storageClasses: undefined }))).to.deep.equal([]);
      expect(await faults(size("3Gi"), mysql(there, { storageClasses: rigid }))).to.deep.equal([
        'mysql.storage.size: "3Gi" is not allowed; expected 2Gi, the size of the claim mysql-pvc: its StorageClass disk does not allow expansion; set allowVolumeExpansion on it if its driver can, or restore a backup into a new claim',
      ]);
      const gone = await faults(size("3Gi"), mysql(there, { storageClasses: [storageClass("nfs", "x")] }));
      expect(gone).to.have.length(1);
      const ours = claim("2Gi", { storageClassName: "rook-ceph-block" });
      expect(await faults({ ...size("3Gi"), storage: { type: "rook" } }, mysql(ours))).to.deep.equal([]);
    });

    it("leaves a claim without a volume as it is", async () => {
      expect(await faults(size("3Gi"), mysql(claim("2Gi", {}, { phase: "Pending" })))).to.deep.equal([
        'mysql.storage.size: "3Gi" is not allowed; expected 2Gi, the size of the claim mysql-pvc, which has no volume yet and cannot change; see what it waits for with kubectl describe, or delete it',
      ]);
    });

    it("refuses what would replace a claim", async () => {
      const there = claim("2Gi", { accessModes: ["ReadWriteOnce"], storageClassName: "old" });
      const tail =
        "a change replaces the claim and loses its data; to change it, restore a backup into a new claim";
      expect(await faults({}, { claims: { "wordpress-pvc": there } })).to.deep.equal([
        `wordpress.storage.accessMode: "ReadWriteMany" is not allowed; expected ReadWriteOnce, the access mode of the claim wordpress-pvc: ${tail}`,
        `storage.sharedClassName: "nfs" is not allowed; expected old, the class of the claim wordpress-pvc: ${tail}`,
      ]);
    });

    it("understands sizes in every unit the API has", async () => {
      const read = ["1Gi", "1073741824", "1.5Ki", "2k", "1e3", "3E", "x", "10Xi", undefined].map(
        parseQuantity,
      );
      expect(read).to.deep.equal([2 ** 30, 2 ** 30, 1536, 2000, 1000, 3e18, undefined, undefined, undefined]);
    });
  });

  it("wants a node for each pod under hard anti-affinity", async () => {
    const hard = (autoscaling: object) => ({ wordpress: { antiAffinity: "hard", replicas: 3, autoscaling } });
    const taint = (effect: string) => ({ taints: [{ effect }] });
    const nodes = [
      node("a"),
      node("b", taint("PreferNoSchedule")),
      node("c"),
      node("control-plane", taint("NoSchedule")),
      node("cordoned", { unschedulable: true }),
    ];
    const text =
      'wordpress.antiAffinity: "hard" is not allowed; expected soft, or at least 4 nodes that take pods (there are 3): one for each replica, and one for a rollout';
    expect(await faults(hard({ enabled: false }), { nodes })).to.deep.equal([text]);
    expect(await faults(hard({ enabled: true, minReplicas: 3, maxReplicas: 6 }), { nodes })).to.deep.equal([
      text,
    ]);
    const four = [...nodes, node("d")];
    expect(await faults(hard({ enabled: false }), { nodes: four })).to.deep.equal([]);
    expect(await faults({}, { nodes: [] })).to.deep.equal([]);
    // Of the pods that come in addition one is enough to go on: the others wait for the places it frees.
    const ten = { wordpress: { antiAffinity: "hard", replicas: 9, autoscaling: { enabled: false } } };
    expect(await faults(ten, { nodes: [..."abcdefghij"].map((name) => node(name)) })).to.deep.equal([]);
    expect(await faults(ten, { nodes: [..."abcdefghi"].map((name) => node(name)) })).to.have.length(1);
  });

  it("warns where hard anti-affinity keeps the autoscaler from its maximum", async () => {
    const values = { wordpress: { antiAffinity: "hard", autoscaling: { minReplicas: 2, maxReplicas: 6 } } };
    expect(await warnings(values, {})).to.deep.equal([
      "wordpress.antiAffinity is hard and 3 nodes take pods: of at most 7 pods (wordpress.autoscaling.maxReplicas and one for a rollout) the rest stays Pending.",
    ]);
    expect(await faults(values, {})).to.deep.equal([]);
    const seven = [..."abcdefg"].map((name) => node(name));
    expect(await warnings(values, { nodes: seven })).to.deep.equal([]);
  });

  it("waits for a namespace that is being deleted", async () => {
    expect(await faults({}, { namespace: { status: { phase: "Terminating" } } })).to.deep.equal([
      "namespace: kube-example is being deleted; wait until `kubectl get namespace kube-example` finds nothing",
    ]);
    expect(await faults({}, { namespace: { status: { phase: "Active" } } })).to.deep.equal([]);
  });

  describe("of the database server that runs", () => {
    const rolled = { readyReplicas: 1, currentRevision: "a", updateRevision: "a" };
    const server = (changes: {
      image?: string;
      user?: string;
      database?: string;
      secretName?: string;
      status?: object;
    }): Partial<Facts> => {
      const { image = "mysql:8.4.10", user = "wordpress", database = "wordpress" } = changes;
      const { secretName = "wordpress-mysql", status = rolled } = changes;
      const env = Object.entries({ MYSQL_DATABASE: database, MYSQL_USER: user });
      const spec = {
        containers: [{ image, env: env.map(([name, value]) => ({ name, value })) }],
        volumes: [{ name: "data" }, { name: "credentials", secret: { secretName } }],
      };
      return { mysql: { spec: { template: { spec } }, status } };
    };

    it("finds nothing wrong where nothing changes", async () => {
      expect(await faults({}, server({}))).to.deep.equal([]);
      expect(await warnings({}, server({}))).to.deep.equal([]);
    });

    it("refuses to generate passwords where MySQL has those of a Secret", async () => {
      expect(await faults({}, server({ secretName: "vault" }))).to.deep.equal([
        "existingSecrets.database: is missing; expected vault, which has MySQL's passwords: generated ones would be others",
      ]);
      const values = { existingSecrets: { database: "other" } };
      const there = { namespace: {}, secrets: { other: ["password", "root-password"] } };
      // It may well hold the same password: MySQL itself is asked.
      expect(await faults(values, { ...there, ...server({ secretName: "vault" }) })).to.deep.equal([]);
    });

    it("refuses an older release of MySQL, which would not start on the data", async () => {
      const image = (text: string) => ({ mysql: { image: text } });
      expect(
        await faults(image("mysql:8.4.10"), server({ image: "registry:5000/mysql:9.7.1" })),
      ).to.deep.equal([
        'mysql.image: "mysql:8.4.10" is not allowed; expected the release of registry:5000/mysql:9.7.1 or a newer one: MySQL does not start on the data of a newer release. To go back, restore a dump into a new claim',
      ]);
      for (const accepted of ["mysql:9.7.1", "mysql:9.7.0", "mysql:9.10.0", "mysql:10.0.0", "mysql:own"]) {
        expect(await faults(image(accepted), server({ image: "mysql:9.7.1" })), accepted).to.deep.equal([]);
      }
      expect(await faults(image("mysql:8.4.10"), server({ image: "mysql:weekly" }))).to.deep.equal([]);
    });

    it("takes nothing from a server that is not ready in its newest form", async () => {
      const failed = { readyReplicas: 0, currentRevision: "a", updateRevision: "a" };
      const rolling = { readyReplicas: 1, currentRevision: "a", updateRevision: "b" };
      for (const status of [failed, rolling, {}]) {
        const there = server({ image: "mysql:99.9", secretName: "vault", user: "x", status });
        expect(await faults({}, there)).to.deep.equal([]);
        expect(await warnings({}, there)).to.deep.equal([]);
      }
    });

    it("warns of a user and a database MySQL will not make by itself", async () => {
      const values = { mysql: { user: "blog", database: "blog" } };
      const tail =
        "it makes no other by itself, and without it the site is down. Make it in MySQL before the up.";
      expect(await warnings(values, server({}))).to.deep.equal([
        `mysql.user is blog, and MySQL was made with wordpress: ${tail}`,
        `mysql.database is blog, and MySQL was made with wordpress: ${tail}`,
      ]);
      expect(await faults(values, server({}))).to.deep.equal([]);
    });
  });

  it("refuses another namespace than the one the stack's volumes are in", () => {
    expect(movedFaults(parse({ namespace: "blog" }), ["blog"])).to.deep.equal([]);
    expect(movedFaults(parse({ namespace: "blog" }), [])).to.deep.equal([]);
    expect(movedFaults(parse({ namespace: "blog" }), ["old"])).to.deep.equal([
      {
        key: "namespace",
        problem: '"blog" is not allowed',
        remedy:
          "expected old, where this stack's volumes are: another namespace replaces the claims, and the site begins empty. To move it, restore a backup into a stack of its own there",
      },
    ]);
  });

  it("refuses to tell the name of an administrator the installation has not made", async () => {
    const job = (user: string, status: object): object => ({
      spec: {
        template: { spec: { containers: [{ env: [{ name: "WORDPRESS_ADMIN_USER", value: user }] }] } },
      },
      status,
    });
    const named = (adminUser: string) => ({ site: { url: "https://blog.example.com", adminUser } });
    const jobs = [
      job("admin", { succeeded: 1 }),
      job("failed", { failed: 4 }),
      {
        spec: { template: { spec: { containers: [{}] } } },
        status: { succeeded: 1 },
      },
    ];
    expect(await faults(named("editor"), { jobs })).to.deep.equal([
      'site.adminUser: "editor" is not allowed; expected admin, whom the installation made: WordPress renames nobody, and Secret wordpress-admin would tell a name nobody has. Make another administrator in the dashboard, and keep the login in a Secret of yours (existingSecrets.admin)',
    ]);
    expect(await faults(named("admin"), { jobs })).to.deep.equal([]);
    expect(await faults(named("editor"), { jobs: [] })).to.deep.equal([]);
    const own = { ...named("editor"), existingSecrets: { admin: "me" } };
    const secrets = { me: ["password"] };
    expect(await faults(own, { jobs, namespace: {}, secrets })).to.deep.equal([]);
  });

  describe("of existing Secrets", () => {
    const values = { existingSecrets: { database: "db", salts: "salts" } };
    const saltKeys =
      "auth-key, auth-salt, secure-auth-key, secure-auth-salt, logged-in-key, logged-in-salt, nonce-key, nonce-salt";

    it("wants each with its keys", async () => {
      const secrets = { db: ["password"] };
      expect(await faults(values, { namespace: {}, secrets })).to.deep.equal([
        "existingSecrets.database: Secret db lacks root-password; give it the keys password, root-password",
        `existingSecrets.salts: namespace kube-example has no Secret salts; give it the keys ${saltKeys}`,
      ]);
      const all = { db: ["password", "root-password"], salts: saltKeys.split(", ") };
      expect(await faults(values, { namespace: {}, secrets: all })).to.deep.equal([]);
    });

    it("wants the namespace first", async () => {
      const only = { existingSecrets: { admin: "me" } };
      expect(await faults(only, { namespace: null, secrets: {} })).to.deep.equal([
        "existingSecrets.admin: there is no namespace kube-example yet, and so no Secret me; make both: kubectl create namespace kube-example; kubectl label --overwrite namespace kube-example app.kubernetes.io/managed-by=pulumi; then the Secret with the keys password",
      ]);
    });

    it("wants MySQL's certificate and the page cache's token with their keys", async () => {
      const every = {
        existingSecrets: { databaseCertificate: "db-tls", pageCacheToken: "token" },
        mysql: { tls: true },
        pageCache: { enabled: true },
      };
      const secrets = { "db-tls": ["tls.crt", "tls.key"] };
      expect(await faults(every, { namespace: {}, secrets })).to.deep.equal([
        "existingSecrets.databaseCertificate: Secret db-tls lacks ca.crt; give it the keys ca.crt, tls.crt, tls.key",
        "existingSecrets.pageCacheToken: namespace kube-example has no Secret token; give it the keys token",
      ]);
      const off = { ...every, pageCache: { enabled: false } };
      expect(await faults(off, { namespace: {}, secrets })).to.have.length(1);
    });

    it("wants the password of the mail server's user under the key it is said to have", async () => {
      const login = { user: "blog", secretName: "mail", passwordKey: "smtp" };
      const smtp = { host: "smtp.example.com", fromAddress: "blog@example.com", ...login };
      const values = { site: { url: "https://blog.example.com", smtp } };
      expect(await faults(values, { namespace: {}, secrets: { mail: ["password"] } })).to.deep.equal([
        "site.smtp.secretName: Secret mail lacks smtp; give it the keys smtp",
      ]);
      expect(await faults(values, { namespace: {}, secrets: { mail: ["smtp"] } })).to.deep.equal([]);
    });

    it("wants the certificate of tls.source secret", async () => {
      const tls = { route: { tls: { source: "secret", secretName: "site-tls" } } };
      expect(await faults(tls, { namespace: {}, secrets: { "site-tls": ["tls.crt"] } })).to.deep.equal([
        "route.tls.secretName: Secret site-tls lacks tls.key; give it the keys tls.crt, tls.key",
      ]);
    });
  });

  it("wants filesystem and pool with storage.rook.manage off, and asks nothing about copies", async () => {
    const values = { storage: { type: "rook", rook: { manage: false } } };
    expect(await faults(values, { nodes: [node("a")] })).to.deep.equal([
      "storage.rook.filesystem: the cluster has no CephFilesystem myfs; make it, name one that is there, or set storage.rook.manage to true",
      "storage.rook.blockPool: the cluster has no CephBlockPool replicapool; make it, name one that is there, or set storage.rook.manage to true",
    ]);
  });

  it("wants what the pods of a part are given, of the parts there are", async () => {
    const given = { priorityClassName: "high", serviceAccountName: "own", imagePullSecrets: ["registry"] };
    const found = await faults({ mysql: given, pageCache: given }, { namespace: {} });
    expect(found).to.deep.equal([
      "mysql.priorityClassName: the cluster has no PriorityClass high; make it, or name one that is there",
      "mysql.serviceAccountName: the cluster has no ServiceAccount own; make it, or name one that is there",
      "mysql.imagePullSecrets[0]: namespace kube-example has no Secret registry; give it the keys .dockerconfigjson",
    ]);
  });

  it("counts the nodes that WordPress' pods may go to", async () => {
    const labelled = (name: string) => ({ ...node(name), metadata: { name, labels: { disk: "ssd" } } });
    const taints = [{ effect: "NoSchedule" }];
    const nodes = [labelled("a"), labelled("b"), node("c"), node("d", { taints })];
    const hard = { antiAffinity: "hard", autoscaling: { enabled: false } };
    const none = async (more: object) => await faults({ wordpress: { ...hard, ...more } }, { nodes });
    expect((await none({ replicas: 3 }))[0]).to.include("at least 4 nodes that take pods (there are 3)");
    expect(await none({ replicas: 3, tolerations: [{ operator: "Exists" }] })).to.deep.equal([]);
    expect((await none({ replicas: 2, nodeSelector: { disk: "ssd" } }))[0]).to.include("(there are 2)");
  });
});
