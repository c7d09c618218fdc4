import { parseConfig } from "../../../../stacks/config.ts";
import { ApiError } from "../../../../stacks/kubernetes/client.ts";
import type { CephCluster, CephObject, OsdPod } from "../../../../stacks/preflight/ceph.ts";
import { Cluster, type Found, type Metadata } from "../../../../stacks/preflight/cluster.ts";
import { check } from "../../../../stacks/preflight/index.ts";
import type { Node } from "../../../../stacks/preflight/nodes.ts";
import { ownObjects } from "../../../../stacks/preflight/ownership.ts";
import type { Lease } from "../../../../stacks/preflight/provisioners.ts";
import type { TraefikPod } from "../../../../stacks/preflight/start-up.ts";
import type { Claim, StorageClass } from "../../../../stacks/preflight/storage.ts";
import type { SiteConfig } from "../../../../stacks/schema.ts";

/** A made-up cluster: `null` and what is left out of a map is not there, `undefined` may not be read. */
export interface Facts {
  minorVersion: number | undefined;
  nodes: Found<Node[]>;
  /** Plural names served, by group and version; all of them where it is undefined. */
  apis: Record<string, Found<string[]>> | undefined;
  /** Paths of further objects that are there. */
  objects: string[] | undefined;
  namespace: Found<object>;
  storageClasses: Found<StorageClass[]>;
  claims: Record<string, Claim> | undefined;
  /** Keys by the Secrets' names. */
  secrets: Record<string, string[]> | undefined;
  cephClusters: Found<CephCluster[]>;
  /** CephFilesystems and CephBlockPools by their names. */
  cephObjects: Record<string, CephObject> | undefined;
  osdPods: Found<OsdPod[]>;
  /** By their names. */
  leases: Record<string, Lease> | undefined;
  mysql: Found<object>;
  jobs: Found<object[]>;
  /** By kind. */
  metadata: Record<string, Metadata[]> | undefined;
  traefikPods: Found<TraefikPod[]>;
  dnsPods: Found<object[]>;
  /** Contents by the ConfigMaps' names. */
  configMaps: Record<string, Record<string, string>> | undefined;
  /** Names of CSI drivers. */
  csiDrivers: Found<string[]>;
}

/** A cluster nothing of which may be read. */
export const blind: Facts = {
  minorVersion: undefined,
  nodes: undefined,
  apis: undefined,
  objects: undefined,
  namespace: undefined,
  storageClasses: undefined,
  claims: undefined,
  secrets: undefined,
  cephClusters: undefined,
  cephObjects: undefined,
  osdPods: undefined,
  leases: undefined,
  mysql: undefined,
  jobs: undefined,
  metadata: undefined,
  traefikPods: undefined,
  dnsPods: undefined,
  configMaps: undefined,
  csiDrivers: undefined,
};

export const node = (
  name: string,
  changes: Partial<Node["spec"]> = {},
  kubeletVersion = "v1.36.1",
): Node => ({
  metadata: { name },
  spec: changes,
  status: { nodeInfo: { kubeletVersion } },
});
export const storageClass = (
  name: string,
  provisioner: string,
  changes: Partial<StorageClass> = {},
): StorageClass => ({
  metadata: { name },
  provisioner,
  allowVolumeExpansion: true,
  ...changes,
});
/** A pod of Traefik's as its chart makes it. */
export const traefikPod = (
  args: string[] = traefikFlags,
  { namespace = "traefik", ...spec }: Partial<TraefikPod["spec"]> & { namespace?: string } = {},
): TraefikPod => ({
  metadata: { name: "traefik-1", namespace },
  spec: { containers: [{ image: "docker.io/traefik:v3.7", args }], ...spec },
  status: { phase: "Running", hostIP: "10.1.0.1" },
});
export const traefikFlags = [
  "--entryPoints.web.address=:8000/tcp",
  "--entryPoints.websecure.address=:8443/tcp",
  "--providers.kubernetescrd",
  "--providers.kubernetescrd.allowEmptyServices",
  "--certificatesresolvers.ali.acme.email=me@example.com",
];
export const dnsPod = (app = "kube-dns", spec: object = {}, namespace = "kube-system") => ({
  metadata: { name: app, namespace, labels: { "k8s-app": app } },
  spec: { containers: [{}], ...spec },
});
/** Ceph in good health, or with this status. */
export const cephCluster = (
  status: CephCluster["status"] = { phase: "Ready", ceph: { health: "HEALTH_OK" } },
  changes: Partial<CephCluster> = {},
): CephCluster => ({ metadata: { name: "rook-ceph" }, spec: {}, status, ...changes });
export const readyObject: CephObject = { metadata: {}, status: { phase: "Ready" } };
/** A pod of Rook's, on a node of the host's name. */
export const osdPod = (
  host: string,
  name = `osd-${host}`,
  spec: OsdPod["spec"] = { nodeName: host },
): OsdPod => ({ metadata: { name, labels: { "topology-location-host": host } }, spec });

/** A cluster that has everything, on the first up. */
export const ready: Facts = {
  minorVersion: 36,
  nodes: [node("a"), node("b"), node("c")],
  apis: {
    "traefik.io/v1alpha1": ["ingressroutes", "middlewares", "tlsoptions", "serverstransports"],
    "cert-manager.io/v1": ["certificates"],
    "ceph.rook.io/v1": ["cephfilesystems", "cephblockpools"],
    "snapshot.storage.k8s.io/v1": ["volumesnapshotclasses"],
    "metrics.k8s.io/v1beta1": ["nodes", "pods"],
  },
  objects: ["/api/v1/namespaces/rook-ceph"],
  namespace: null,
  storageClasses: [storageClass("nfs", "nfs.csi.k8s.io"), storageClass("disk", "ebs.csi.aws.com")],
  claims: {},
  secrets: {},
  cephClusters: [cephCluster()],
  cephObjects: {},
  osdPods: ["a", "b", "c"].map((host) => osdPod(host)),
  leases: {},
  mysql: null,
  jobs: [],
  metadata: {},
  traefikPods: [traefikPod()],
  dnsPods: [dnsPod()],
  configMaps: {},
  csiDrivers: ["rook-ceph.cephfs.csi.ceph.com", "rook-ceph.rbd.csi.ceph.com", "ebs.csi.aws.com"],
};

const items = <T>(list: Found<T[]>) => list && { items: list };

/** What the API server answers under a path. */
function answer(config: SiteConfig, facts: Facts, path: string, accept: string | undefined): Found<object> {
  const own = `/namespaces/${config.namespace}`;
  const last = path.split("/").at(-1) ?? "";
  if (accept !== undefined) {
    const { kind = "" } = ownObjects(config).find((each) => each.path === path) ?? {};
    const list = facts.metadata && (facts.metadata[kind] ?? []);
    return list && { items: list.map((metadata) => ({ metadata })) };
  }
  if (path === "/version")
    return facts.minorVersion === undefined ? undefined : { minor: `${facts.minorVersion}+` };
  if (path === "/api/v1/nodes") return items(facts.nodes);
  if (path === `/api/v1${own}`) return facts.namespace;
  if (path === "/api/v1/pods?labelSelector=app.kubernetes.io%2Fname%3Dtraefik")
    return items(facts.traefikPods);
  if (path === "/api/v1/pods?labelSelector=k8s-app%20in%20(kube-dns%2Cnode-local-dns)")
    return items(facts.dnsPods);
  if (path.endsWith("/csidrivers")) return items(facts.csiDrivers?.map((name) => ({ metadata: { name } })));
  if (path.includes("/configmaps/")) {
    const data = facts.configMaps?.[last];
    return facts.configMaps && (data ? { data } : null);
  }
  if (path.endsWith("/storageclasses")) return items(facts.storageClasses);
  if (path.endsWith("/cephclusters")) return items(facts.cephClusters);
  if (/\/ceph(filesystems|blockpools)\//.test(path))
    return facts.cephObjects && (facts.cephObjects[last] ?? null);
  if (path === "/api/v1/namespaces/rook-ceph/pods?labelSelector=app%3Drook-ceph-osd")
    return items(facts.osdPods);
  if (path.startsWith("/apis/coordination.k8s.io/v1/namespaces/rook-ceph/leases/"))
    return facts.leases && (facts.leases[last] ?? null);
  if (path.includes("/persistentvolumeclaims/")) return facts.claims && (facts.claims[last] ?? null);
  if (path.includes("/statefulsets/")) return facts.mysql;
  if (path === `/apis/batch/v1${own}/jobs`) return items(facts.jobs);
  if (path.includes(`${own}/secrets/`)) {
    const keys = facts.secrets?.[last];
    return facts.secrets && (keys ? { data: Object.fromEntries(keys.map((key) => [key, "eA=="])) } : null);
  }
  if (/^\/apis\/[^/]+\/[^/]+$/.test(path)) {
    const served = facts.apis && (facts.apis[path.slice("/apis/".length)] ?? null);
    return served && { resources: served.map((name) => ({ name })) };
  }
  return facts.objects && (facts.objects.includes(path) ? {} : null);
}

/** What the preflight finds in a cluster of these facts. */
export function findings(config: SiteConfig, facts: Facts): ReturnType<typeof check> {
  const get = async (path: string, accept?: string) => {
    const found = answer(config, facts, path, accept);
    if (found === null) throw new ApiError(404, "404 Not Found");
    if (found === undefined) throw new ApiError(403, "403 Forbidden");
    return found;
  };
  return check(config, new Cluster({ get }));
}

export const parse = (values: Record<string, unknown> = {}) =>
  parseConfig({
    site: { url: "https://blog.example.com" },
    storage: { type: "existing", sharedClassName: "nfs", blockClassName: "disk" },
    ...values,
  });
