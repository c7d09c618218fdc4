/**
 * A real control plane made into a cluster that has what the documents ask for. Played are the kubelets, whose pods run
 * as soon as they are made and whose Jobs end well, Rook's operator and everything behind the StorageClasses. So nothing
 * here says that a page is served: that is for the embedded cluster's tests.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../../stacks/kubernetes/client.ts";
import { findConnection } from "../../stacks/kubernetes/kubeconfig.ts";
import { type ControlPlane, makeKinds } from "../engine/api-server.ts";

type Kubectl = ControlPlane["kubectl"];

interface Pod {
  metadata: { name: string; namespace: string; ownerReferences?: { kind: string }[] };
  spec?: { containers?: { name: string; image: string }[] };
  status?: { phase?: string };
}

/** The classes that are there already; Rook's are the program's own. */
const classes = ["local-path", "standard", "standard-rwx", "standard-rwo"];

const nodes = ["node-1", "node-2", "node-3"];

/** Makes what the documents ask for. */
export async function furnish(kubectl: Kubectl): Promise<void> {
  await makeKinds(kubectl, "traefik-crds.yaml", "rook-crds.yaml");
  const traefik = ["traefik", "kube-system"].flatMap((namespace) => [
    traefikIn(namespace),
    serviceIn(namespace),
  ]);
  const items = [
    ...["traefik", "rook-ceph"].map((name) => object("v1", "Namespace", name)),
    ...nodes.map((name) => object("v1", "Node", name)),
    podMetrics,
    ...["cephfs", "rbd"].map((driver) => ({
      ...object("storage.k8s.io/v1", "CSIDriver", `rook-ceph.${driver}.csi.ceph.com`),
      spec: {},
    })),
    ...traefik,
    coreDns,
    ...nodes.map(osdOn),
    ...classes.map(storageClass),
    ...[...classes, "csi-cephfs", "rook-ceph-block"].flatMap((name) =>
      [1, 2, 3].map((number) => volume(`${name}-${number}`, name)),
    ),
  ];
  await kubectl(["apply", "--server-side", "-f", "-"], { apiVersion: "v1", kind: "List", items });
  const cephCluster = object("ceph.rook.io/v1", "CephCluster", "rook-ceph", { namespace: "rook-ceph" });
  await kubectl(["apply", "--server-side", "-f", "-"], { ...cephCluster, spec: {} });
  const status = { phase: "Ready", ceph: { health: "HEALTH_OK" } };
  const patch = ["--subresource=status", "--type=merge", "-p", JSON.stringify({ status })];
  await kubectl(["patch", "cephcluster", "rook-ceph", "--namespace", "rook-ceph", ...patch]);
}

/** Plays until the function it returns is called. */
export function play(plane: ControlPlane): () => Promise<void> {
  let playing = true;
  const turns = (async () => {
    while (playing) {
      // What went meanwhile is gone; all else is there again the next time.
      await turn(plane).catch(() => {});
      await sleep(300);
    }
  })();
  return async () => {
    playing = false;
    await turns;
  };
}

/** What is played, by its path. */
const played = [
  "/api/v1/pods",
  "/apis/ceph.rook.io/v1/cephfilesystems",
  "/apis/ceph.rook.io/v1/cephblockpools",
];

async function turn({ kubeconfig, kubectl }: ControlPlane): Promise<void> {
  // A kubectl for each look would take a third of a core all the time.
  const client = await Client.open(findConnection({ kubeconfig }));
  const looks = played.map((path) => client.get(path) as Promise<{ kind: string; items: Pod[] }>);
  for (const { kind, items } of await Promise.all(looks).finally(() => client.close())) {
    for (const item of items.filter(({ status }) => (status?.phase ?? "Pending") === "Pending")) {
      const { name, namespace } = item.metadata;
      const status = kind === "PodList" ? podStatus(item) : { phase: "Ready" };
      const patch = ["--subresource=status", "--type=merge", "-p", JSON.stringify({ status })];
      await kubectl(["patch", kind.replace("List", ""), name, "--namespace", namespace, ...patch]);
    }
  }
}

function podStatus({ metadata, spec }: Pod) {
  const ends = metadata.ownerReferences?.some(({ kind }) => kind === "Job");
  const containerStatuses = spec?.containers?.map(({ name, image }) => ({
    ...{ name, image, imageID: image, restartCount: 0, ready: !ends, started: !ends },
    state: ends ? { terminated: { exitCode: 0 } } : { running: { startedAt: new Date().toISOString() } },
  }));
  if (ends) return { phase: "Succeeded", containerStatuses };
  const conditions = ["PodScheduled", "Initialized", "ContainersReady", "Ready"];
  return {
    phase: "Running",
    containerStatuses,
    conditions: conditions.map((type) => ({ type, status: "True" })),
  };
}

const object = (apiVersion: string, kind: string, name: string, metadata: object = {}) => ({
  apiVersion,
  kind,
  metadata: { name, ...metadata },
});

/** The kind that metrics-server serves. */
const podMetrics = {
  ...object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "pods.metrics.k8s.io", {
    annotations: { "api-approved.kubernetes.io": "unapproved, for a test" },
  }),
  spec: {
    group: "metrics.k8s.io",
    scope: "Namespaced",
    names: { kind: "PodMetrics", singular: "pod", plural: "pods" },
    versions: [
      {
        name: "v1beta1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};

const traefikLabels = { "app.kubernetes.io/name": "traefik" };

/** As Traefik's chart makes it, as far as the program looks at it. */
function traefikIn(namespace: string) {
  const args = [
    "--entryPoints.web.address=:8000/tcp",
    "--entryPoints.websecure.address=:8443/tcp",
    "--providers.kubernetescrd",
    "--providers.kubernetescrd.allowemptyservices",
    "--certificatesresolvers.letsencrypt.acme.storage=/data/acme.json",
    "--certificatesresolvers.letsencrypt.acme.tlschallenge=true",
  ];
  const template = {
    metadata: { labels: traefikLabels },
    spec: { containers: [{ name: "traefik", image: "traefik:v3.7.13", args }] },
  };
  return {
    ...object("apps/v1", "Deployment", "traefik", { namespace, labels: traefikLabels }),
    spec: { selector: { matchLabels: traefikLabels }, template },
  };
}

const dnsLabels = { "k8s-app": "kube-dns" };

const coreDns = {
  ...object("apps/v1", "Deployment", "coredns", { namespace: "kube-system", labels: dnsLabels }),
  spec: {
    selector: { matchLabels: dnsLabels },
    template: {
      metadata: { labels: dnsLabels },
      spec: { containers: [{ name: "coredns", image: "coredns/coredns:1.13.1" }] },
    },
  },
};

/** As Rook makes it, as far as the program looks at it. */
function osdOn(host: string) {
  const labels = { app: "rook-ceph-osd", "topology-location-host": host };
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: "osd", image: "ceph:v19" }] },
  };
  return {
    ...object("apps/v1", "Deployment", `rook-ceph-osd-${host}`, { namespace: "rook-ceph", labels }),
    spec: { selector: { matchLabels: labels }, template },
  };
}

function serviceIn(namespace: string) {
  const ports = [
    { name: "web", port: 80 },
    { name: "websecure", port: 443 },
  ];
  return {
    ...object("v1", "Service", "traefik", { namespace, labels: traefikLabels }),
    spec: { type: "LoadBalancer", selector: traefikLabels, ports },
  };
}

function storageClass(name: string) {
  return { ...object("storage.k8s.io/v1", "StorageClass", name), provisioner: "example.com/played" };
}

/** One for a claim of a class, of whatever access mode. */
function volume(name: string, storageClassName: string) {
  return {
    ...object("v1", "PersistentVolume", `played-${name}`),
    spec: {
      storageClassName,
      capacity: { storage: "20Gi" },
      accessModes: ["ReadWriteOnce", "ReadWriteMany"],
      persistentVolumeReclaimPolicy: "Retain",
      hostPath: { path: "/nowhere" },
    },
  };
}
