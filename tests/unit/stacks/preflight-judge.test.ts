import { expect } from "chai";
import { cephClass } from "../../../components/ceph-class.ts";
import { parseConfig } from "../../../stacks/config.ts";
import { doubts } from "../../../stacks/preflight/doubts.ts";
import type {
  Claim,
  ClusterFacts,
  Node,
  StatefulSet,
  StorageClass,
} from "../../../stacks/preflight/facts.ts";
import { describe as inWords } from "../../../stacks/preflight/fault.ts";
import { judge } from "../../../stacks/preflight/judge.ts";
import { quantity } from "../../../stacks/preflight/storage.ts";

/*
 * Made-up facts about a cluster: what is called a fault, in which words, and what is let through. That the facts are
 * read rightly is shown in preflight-facts.test.ts and against a real API server in tests/engine.
 */

const url = "https://blog.example.com";
const existing = { type: "existing", sharedClassName: "nfs", blockClassName: "disk" };

const node = (name: string, changes: Partial<Node["spec"]> = {}, kubeletVersion = "v1.36.1"): Node => ({
  metadata: { name },
  spec: changes,
  status: { nodeInfo: { kubeletVersion } },
});
const storageClass = (
  name: string,
  provisioner: string,
  changes: Partial<StorageClass> = {},
): StorageClass => ({
  metadata: { name },
  provisioner,
  allowVolumeExpansion: true,
  ...changes,
});
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

/** A cluster that has everything, on the first up. */
const ready: ClusterFacts = {
  minorVersion: 36,
  nodes: [node("a"), node("b"), node("c")],
  apis: {
    "traefik.io/v1alpha1": ["ingressroutes", "middlewares", "tlsoptions", "serverstransports"],
    "cert-manager.io/v1": ["certificates"],
    "ceph.rook.io/v1": ["cephfilesystems", "cephblockpools"],
    "snapshot.storage.k8s.io/v1": ["volumesnapshotclasses"],
    "metrics.k8s.io/v1beta1": ["nodes", "pods"],
  },
  objects: { "namespace rook-ceph": true },
  namespace: null,
  storageClasses: [storageClass("nfs", "nfs.csi.k8s.io"), storageClass("disk", "ebs.csi.aws.com")],
  claims: { "mysql-pvc": null, "wordpress-pvc": null },
  secrets: {},
  cephClusters: [{ metadata: { name: "rook-ceph" }, spec: {} }],
  mysql: null,
  metadata: {},
  unread: [],
};

const parse = (values: Record<string, unknown> = {}) =>
  parseConfig({ site: { url }, storage: existing, ...values });
const faults = (values: Record<string, unknown>, facts: Partial<ClusterFacts>) =>
  judge(parse(values), { ...ready, ...facts }).map(inWords);
const warnings = (values: Record<string, unknown>, facts: Partial<ClusterFacts>) =>
  doubts(parse(values), { ...ready, ...facts });

describe("preflight judge", () => {
  it("finds nothing wrong with a cluster that has everything", () => {
    for (const values of [{}, { storage: { type: "rook", snapshots: true } }]) {
      expect(faults(values, {})).to.deep.equal([]);
      expect(warnings(values, {})).to.deep.equal([]);
    }
  });

  it("takes nothing it could not read for a fault, and says so once", () => {
    const blind: ClusterFacts = {
      minorVersion: undefined,
      nodes: undefined,
      apis: {},
      objects: {},
      namespace: undefined,
      storageClasses: undefined,
      claims: {},
      secrets: {},
      cephClusters: undefined,
      mysql: undefined,
      metadata: {},
      unread: ["nodes (403 Forbidden)", "StorageClasses (403 Forbidden)"],
    };
    const config = parse({
      storage: { type: "rook", snapshots: true },
      existingSecrets: { database: "db" },
      wordpress: { antiAffinity: "hard" },
    });
    expect(judge(config, blind)).to.deep.equal([]);
    expect(doubts(config, blind)).to.deep.equal([
      "The preflight could not check: nodes (403 Forbidden); StorageClasses (403 Forbidden).",
    ]);
  });

  it("wants Kubernetes 1.30, of the kubelets too", () => {
    const why =
      "use Kubernetes 1.30 or newer: older ones have no preStop sleep, and a rollout without failed requests needs it";
    const nodes = [node("new"), node("old-1", {}, "v1.29.9"), node("old-2", {}, "v1.28.0-eks-1")];
    expect(faults({}, { minorVersion: 29, nodes })).to.deep.equal([
      `Kubernetes: version 1.29 is too old; ${why}`,
      `nodes: the kubelet of old-1, old-2 is too old; ${why}`,
    ]);
    expect(faults({}, { minorVersion: 30, nodes: [node("edge", {}, "v1.30.0")] })).to.deep.equal([]);
  });

  it("refuses a preStop sleep of zero where Kubernetes does", () => {
    const values = { wordpress: { preStopSleepSeconds: 0 } };
    expect(faults(values, { minorVersion: 32 })).to.deep.equal([
      "wordpress.preStopSleepSeconds: 0 is not allowed; expected at least 1: zero is allowed from Kubernetes 1.33 on, and this is 1.32",
    ]);
    expect(faults(values, { minorVersion: 33 })).to.deep.equal([]);
  });

  it("names every API that is missing, and only those the config asks for", () => {
    const none = Object.fromEntries(Object.keys(ready.apis).map((api) => [api, null]));
    const everything = {
      storage: { type: "rook", snapshots: true },
      route: { tls: { source: "cert-manager", secretName: "tls", issuer: { name: "letsencrypt" } } },
    };
    expect(faults(everything, { apis: none })).to.deep.equal([
      "traefik.io/v1alpha1: the cluster does not serve ingressroutes, middlewares, tlsoptions; install Traefik 3 with its CRDs (its Helm chart brings both)",
      "cert-manager.io/v1: the cluster does not serve certificates; install cert-manager with its CRDs, or choose another route.tls.source",
      "ceph.rook.io/v1: the cluster does not serve cephfilesystems, cephblockpools; install Rook and make a CephCluster, or set storage.type to existing",
      "snapshot.storage.k8s.io/v1: the cluster does not serve volumesnapshotclasses; install the CSI external-snapshotter with its CRDs, or set storage.snapshots to false",
      "metrics.k8s.io/v1beta1: the cluster does not serve pods; install metrics-server, or set wordpress.autoscaling.enabled to false",
    ]);
    const little = { wordpress: { autoscaling: { enabled: false } } };
    expect(faults(little, { apis: none }).map((fault) => fault.split(":")[0])).to.deep.equal([
      "traefik.io/v1alpha1",
    ]);
    expect(
      faults(little, { apis: { "traefik.io/v1alpha1": ["ingressroutes", "middlewares"] } })[0],
    ).to.contain("does not serve tlsoptions;");
  });

  it("names objects the config refers to that are not there", () => {
    const values = {
      storage: { type: "rook" },
      wordpress: { priorityClassName: "high" },
      route: {
        tls: { source: "cert-manager", secretName: "tls", issuer: { kind: "Issuer", name: "own" } },
      },
    };
    const objects = { "namespace rook-ceph": null, "PriorityClass high": null, "Issuer own": null };
    expect(faults(values, { objects, cephClusters: null })).to.deep.equal([
      "storage.rook.namespace: the cluster has no namespace rook-ceph; install Rook there, or name the namespace it is in",
      "wordpress.priorityClassName: the cluster has no PriorityClass high; make it, or name one that is there",
      "route.tls.issuer.name: the cluster has no Issuer own; make it, or name one that is there",
    ]);
  });

  describe("of Rook", () => {
    const rook = { storage: { type: "rook" } };

    it("wants a CephCluster", () => {
      expect(faults(rook, { cephClusters: [] })).to.deep.equal([
        "storage.rook.namespace: namespace rook-ceph has no CephCluster; make one (Rook's example cluster.yaml), or name the namespace it is in",
      ]);
    });

    it("wants a host for each copy, unless Ceph runs elsewhere or copies may share a host", () => {
      const nodes = [node("a"), node("b")];
      const external = [{ metadata: { name: "rook-ceph" }, spec: { external: { enable: true } } }];
      expect(faults(rook, { nodes })).to.deep.equal([
        "storage.rook.replicas: 3 is not allowed; expected at most 2, the number of nodes, because no two copies may share a host; or set storage.rook.failureDomain to osd",
      ]);
      expect(faults(rook, { nodes, cephClusters: external })).to.deep.equal([]);
      expect(faults({ storage: { type: "rook", rook: { failureDomain: "osd" } } }, { nodes })).to.deep.equal(
        [],
      );
    });

    it("says what differs in a class that Kubernetes lets nobody change", () => {
      const { rook: names } = parse(rook).storage;
      const same = storageClass("csi-cephfs", "", { ...cephClass("cephfs", names) });
      const { mounter: _, ...parameters } = cephClass("rbd", names).parameters;
      const other = storageClass("rook-ceph-block", "rook-ceph.rbd.csi.ceph.com", {
        parameters: { ...parameters, pool: "fast", thick: "true" },
        reclaimPolicy: "Delete",
      });
      expect(faults(rook, { storageClasses: [same, other] })).to.deep.equal([
        "storage.blockClassName: StorageClass rook-ceph-block is there with reclaimPolicy Delete (expected Retain), parameter pool fast (expected replicapool), parameter thick true (expected unset), and Kubernetes lets nobody change that; choose another name; or set storage.type to existing and use the class as it is; or delete the class first, which leaves its volumes alone (pulumi state unprotect, kubectl delete storageclass rook-ceph-block, pulumi refresh)",
      ]);
    });
  });

  describe("of existing classes", () => {
    it("names the ones there are", () => {
      const storageClasses = [storageClass("gp3", "ebs.csi.aws.com"), storageClass("efs", "efs.csi.aws.com")];
      const remedy =
        "name one that is there (gp3, efs); for volumes made by hand make a class with the provisioner kubernetes.io/no-provisioner";
      expect(faults({}, { storageClasses })).to.deep.equal([
        `storage.sharedClassName: the cluster has no StorageClass nfs; ${remedy}`,
        `storage.blockClassName: the cluster has no StorageClass disk; ${remedy}`,
      ]);
    });

    it("needs no class for a volume that is there, nor MySQL's for an external server", () => {
      const shared = claim("2Gi", { accessModes: ["ReadWriteMany"], storageClassName: "nfs" });
      const claims = { "wordpress-pvc": shared, "mysql-pvc": claim("20Gi") };
      expect(faults({}, { storageClasses: [], claims })).to.deep.equal([]);
      const external = {
        mysql: { mode: "external", external: { host: "db.example.com" } },
        existingSecrets: { database: "db" },
      };
      const facts = {
        storageClasses: [storageClass("nfs", "nfs.csi.k8s.io")],
        namespace: {},
        secrets: { db: ["password"] },
      };
      expect(faults(external, facts)).to.deep.equal([]);
    });

    it("refuses to share a block device", () => {
      const drivers = [
        "rook-ceph.rbd.csi.ceph.com",
        "rbd.csi.ceph.com",
        "ebs.csi.aws.com",
        "pd.csi.storage.gke.io",
      ];
      for (const driver of drivers) {
        const storageClasses = [storageClass("nfs", driver), storageClass("disk", driver)];
        expect(faults({}, { storageClasses })).to.deep.equal([
          `storage.sharedClassName: "nfs" is not allowed; expected a class whose volumes several nodes can share (${driver} makes them for one), because wordpress.storage.accessMode is ReadWriteMany`,
        ]);
      }
    });

    it("only warns of local-path, which can be told to share", () => {
      const storageClasses = [storageClass("nfs", "rancher.io/local-path"), storageClass("disk", "x")];
      const warned =
        "StorageClass nfs (rancher.io/local-path) makes ReadWriteMany volumes only with a sharedFileSystemPath; without one the claim wordpress-pvc stays Pending.";
      expect(faults({}, { storageClasses })).to.deep.equal([]);
      expect(warnings({}, { storageClasses })).to.deep.equal([warned]);
      const bound = claim("2Gi", { accessModes: ["ReadWriteMany"], storageClassName: "nfs" });
      expect(warnings({}, { storageClasses, claims: { "wordpress-pvc": bound } })).to.deep.equal([]);
    });
  });

  describe("of claims that are there", () => {
    const size = (text: string) => ({ mysql: { storage: { size: text } } });
    const mysql = (there: Claim, facts: Partial<ClusterFacts> = {}) => ({
      ...facts,
      claims: { "mysql-pvc": there },
    });

    it("refuses to shrink", () => {
      expect(faults(size("1Gi"), mysql(claim("2Gi")))).to.deep.equal([
        'mysql.storage.size: "1Gi" is not allowed; expected at least 2Gi, the size of the claim mysql-pvc: a volume cannot shrink. To go smaller, restore a backup into a new claim',
      ]);
      expect(faults(size("2Gi"), mysql(claim("2Gi")))).to.deep.equal([]);
      expect(faults(size("1Gi"), mysql(claim("1024Mi")))).to.deep.equal([]);
      expect(faults(size("1Gi"), mysql(claim("2G")))[0]).to.contain("expected at least 2G,");
    });

    it("lets an expansion that failed be taken back as far as the volume's true size", () => {
      const failed = claim("2Ti", {}, { phase: "Bound", capacity: { storage: "20Gi" } });
      expect(faults(size("30Gi"), mysql(failed))).to.deep.equal([]);
      expect(faults(size("20Gi"), mysql(failed))).to.have.length(1);
    });

    it("grows where the class allows it", () => {
      const rigid = [
        storageClass("nfs", "x"),
        storageClass("disk", "x", { allowVolumeExpansion: undefined }),
      ];
      const there = claim("2Gi");
      expect(faults(size("3Gi"), mysql(there))).to.deep.equal([]);
      expect(faults(size("3Gi"), mysql(there, { storageClasses: undefined }))).to.deep.equal([]);
      expect(faults(size("3Gi"), mysql(there, { storageClasses: rigid }))).to.deep.equal([
        'mysql.storage.size: "3Gi" is not allowed; expected 2Gi, the size of the claim mysql-pvc: its StorageClass disk does not allow expansion; set allowVolumeExpansion on it if its driver can, or restore a backup into a new claim',
      ]);
      const gone = faults(size("3Gi"), mysql(there, { storageClasses: [storageClass("nfs", "x")] }));
      expect(gone).to.have.length(1);
      const ours = claim("2Gi", { storageClassName: "rook-ceph-block" });
      expect(faults({ ...size("3Gi"), storage: { type: "rook" } }, mysql(ours))).to.deep.equal([]);
    });

    it("leaves a claim without a volume as it is", () => {
      expect(faults(size("3Gi"), mysql(claim("2Gi", {}, { phase: "Pending" })))).to.deep.equal([
        'mysql.storage.size: "3Gi" is not allowed; expected 2Gi, the size of the claim mysql-pvc, which has no volume yet and cannot change; see what it waits for with kubectl describe, or delete it',
      ]);
    });

    it("refuses what would replace a claim", () => {
      const there = claim("2Gi", { accessModes: ["ReadWriteOnce"], storageClassName: "old" });
      const tail =
        "a change replaces the claim and loses its data; to change it, restore a backup into a new claim";
      expect(faults({}, { claims: { "wordpress-pvc": there } })).to.deep.equal([
        `wordpress.storage.accessMode: "ReadWriteMany" is not allowed; expected ReadWriteOnce, the access mode of the claim wordpress-pvc: ${tail}`,
        `storage.sharedClassName: "nfs" is not allowed; expected old, the class of the claim wordpress-pvc: ${tail}`,
      ]);
    });

    it("understands sizes in every unit the API has", () => {
      const read = ["1Gi", "1073741824", "1.5Ki", "2k", "1e3", "3E", "x", "10Xi", undefined].map(quantity);
      expect(read).to.deep.equal([2 ** 30, 2 ** 30, 1536, 2000, 1000, 3e18, undefined, undefined, undefined]);
    });
  });

  it("wants a node for each pod under hard anti-affinity", () => {
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
    expect(faults(hard({ enabled: false }), { nodes })).to.deep.equal([text]);
    expect(faults(hard({ enabled: true, minReplicas: 3, maxReplicas: 6 }), { nodes })).to.deep.equal([text]);
    const four = [...nodes, node("d")];
    expect(faults(hard({ enabled: false }), { nodes: four })).to.deep.equal([]);
    expect(faults({}, { nodes: [] })).to.deep.equal([]);
    // Of the pods that come in addition one is enough to go on: the others wait for the places it frees.
    const ten = { wordpress: { antiAffinity: "hard", replicas: 9, autoscaling: { enabled: false } } };
    expect(faults(ten, { nodes: [..."abcdefghij"].map((name) => node(name)) })).to.deep.equal([]);
    expect(faults(ten, { nodes: [..."abcdefghi"].map((name) => node(name)) })).to.have.length(1);
  });

  it("warns where hard anti-affinity keeps the autoscaler from its maximum", () => {
    const values = { wordpress: { antiAffinity: "hard", autoscaling: { minReplicas: 2, maxReplicas: 6 } } };
    expect(warnings(values, {})).to.deep.equal([
      "wordpress.antiAffinity is hard and 3 nodes take pods: of at most 7 pods (wordpress.autoscaling.maxReplicas and one for a rollout) the rest stays Pending.",
    ]);
    expect(faults(values, {})).to.deep.equal([]);
    const seven = [..."abcdefg"].map((name) => node(name));
    expect(warnings(values, { nodes: seven })).to.deep.equal([]);
  });

  it("waits for a namespace that is being deleted", () => {
    expect(faults({}, { namespace: { status: { phase: "Terminating" } } })).to.deep.equal([
      "namespace: kube-example is being deleted; wait until `kubectl get namespace kube-example` finds nothing",
    ]);
    expect(faults({}, { namespace: { status: { phase: "Active" } } })).to.deep.equal([]);
  });

  describe("of the database server that runs", () => {
    const rolled = { readyReplicas: 1, currentRevision: "a", updateRevision: "a" };
    const server = (changes: {
      image?: string;
      user?: string;
      database?: string;
      secretName?: string;
      status?: StatefulSet["status"];
    }): Partial<ClusterFacts> => {
      const { image = "mysql:8.4.10", user = "wordpress", database = "wordpress" } = changes;
      const { secretName = "wordpress-mysql", status = rolled } = changes;
      const env = Object.entries({ MYSQL_DATABASE: database, MYSQL_USER: user });
      const spec = {
        containers: [{ image, env: env.map(([name, value]) => ({ name, value })) }],
        volumes: [{ name: "data" }, { name: "credentials", secret: { secretName } }],
      };
      return { mysql: { spec: { template: { spec } }, status } };
    };

    it("finds nothing wrong where nothing changes", () => {
      expect(faults({}, server({}))).to.deep.equal([]);
      expect(warnings({}, server({}))).to.deep.equal([]);
    });

    it("refuses to generate passwords where MySQL has those of a Secret", () => {
      expect(faults({}, server({ secretName: "vault" }))).to.deep.equal([
        "existingSecrets.database: is missing; expected vault, which has MySQL's passwords: generated ones would be others",
      ]);
      const values = { existingSecrets: { database: "other" } };
      const there = { namespace: {}, secrets: { other: ["password", "root-password"] } };
      // It may well hold the same password: MySQL itself is asked.
      expect(faults(values, { ...there, ...server({ secretName: "vault" }) })).to.deep.equal([]);
    });

    it("refuses an older release of MySQL, which would not start on the data", () => {
      const image = (text: string) => ({ mysql: { image: text } });
      expect(faults(image("mysql:8.4.10"), server({ image: "registry:5000/mysql:9.7.1" }))).to.deep.equal([
        'mysql.image: "mysql:8.4.10" is not allowed; expected the release of registry:5000/mysql:9.7.1 or a newer one: MySQL does not start on the data of a newer release. To go back, restore a dump into a new claim',
      ]);
      for (const accepted of ["mysql:9.7.1", "mysql:9.7.0", "mysql:9.10.0", "mysql:10.0.0", "mysql:own"]) {
        expect(faults(image(accepted), server({ image: "mysql:9.7.1" })), accepted).to.deep.equal([]);
      }
      expect(faults(image("mysql:8.4.10"), server({ image: "mysql:weekly" }))).to.deep.equal([]);
    });

    it("takes nothing from a server that is not ready in its newest form", () => {
      const failed = { readyReplicas: 0, currentRevision: "a", updateRevision: "a" };
      const rolling = { readyReplicas: 1, currentRevision: "a", updateRevision: "b" };
      for (const status of [failed, rolling, {}]) {
        const there = server({ image: "mysql:99.9", secretName: "vault", user: "x", status });
        expect(faults({}, there)).to.deep.equal([]);
        expect(warnings({}, there)).to.deep.equal([]);
      }
    });

    it("warns of a user and a database MySQL will not make by itself", () => {
      const values = { mysql: { user: "blog", database: "blog" } };
      const tail =
        "it makes no other by itself, and without it the site is down. Make it in MySQL before the up.";
      expect(warnings(values, server({}))).to.deep.equal([
        `mysql.user is blog, and MySQL was made with wordpress: ${tail}`,
        `mysql.database is blog, and MySQL was made with wordpress: ${tail}`,
      ]);
      expect(faults(values, server({}))).to.deep.equal([]);
    });
  });

  describe("of existing Secrets", () => {
    const values = { existingSecrets: { database: "db", salts: "salts" } };
    const saltKeys =
      "auth-key, auth-salt, secure-auth-key, secure-auth-salt, logged-in-key, logged-in-salt, nonce-key, nonce-salt";

    it("wants each with its keys", () => {
      const secrets = { db: ["password"], salts: null };
      expect(faults(values, { namespace: {}, secrets })).to.deep.equal([
        "existingSecrets.database: Secret db lacks root-password; give it the keys password, root-password",
        `existingSecrets.salts: namespace kube-example has no Secret salts; give it the keys ${saltKeys}`,
      ]);
      const all = { db: ["password", "root-password"], salts: saltKeys.split(", ") };
      expect(faults(values, { namespace: {}, secrets: all })).to.deep.equal([]);
    });

    it("wants the namespace first", () => {
      const only = { existingSecrets: { admin: "me" } };
      expect(faults(only, { namespace: null, secrets: { me: null } })).to.deep.equal([
        "existingSecrets.admin: there is no namespace kube-example yet, and so no Secret me; make both: kubectl create namespace kube-example; kubectl label --overwrite namespace kube-example app.kubernetes.io/managed-by=pulumi; then the Secret with the keys password",
      ]);
    });

    it("wants MySQL's certificate and the page cache's token with their keys", () => {
      const every = {
        existingSecrets: { databaseCertificate: "db-tls", pageCacheToken: "token" },
        mysql: { tls: true },
        pageCache: { enabled: true },
      };
      const secrets = { "db-tls": ["tls.crt", "tls.key"], token: null };
      expect(faults(every, { namespace: {}, secrets })).to.deep.equal([
        "existingSecrets.databaseCertificate: Secret db-tls lacks ca.crt; give it the keys ca.crt, tls.crt, tls.key",
        "existingSecrets.pageCacheToken: namespace kube-example has no Secret token; give it the keys token",
      ]);
      const off = { ...every, pageCache: { enabled: false } };
      expect(faults(off, { namespace: {}, secrets })).to.have.length(1);
    });

    it("wants the certificate of tls.source secret", () => {
      const tls = { route: { tls: { source: "secret", secretName: "site-tls" } } };
      expect(faults(tls, { namespace: {}, secrets: { "site-tls": ["tls.crt"] } })).to.deep.equal([
        "route.tls.secretName: Secret site-tls lacks tls.key; give it the keys tls.crt, tls.key",
      ]);
    });
  });
});
