/** Rook and its Ceph: states in which filesystem, pool or their volumes would be waited for in vain. */
import { type Fault, notAllowed } from "../fault.ts";
import type { SiteConfig } from "../schema.ts";
import type { Cluster, Found } from "./cluster.ts";
import { nodesOf } from "./nodes.ts";
import { type Finding, inNamespace, type Rule } from "./rule.ts";
import { claimOf, isWaiting, ownClaims } from "./storage.ts";

type Rook = SiteConfig["storage"]["rook"];

export interface CephCluster {
  metadata: { name: string; deletionTimestamp?: string };
  spec: { external?: { enable?: boolean } };
  status?: {
    phase?: string;
    message?: string;
    ceph?: { health?: string; details?: Record<string, { severity: string; message: string }> };
  };
}

/** A CephFilesystem or a CephBlockPool. */
export interface CephObject {
  metadata: { deletionTimestamp?: string };
  status?: { phase?: string; conditions?: { type: string; message?: string }[] };
}

export interface OsdPod {
  metadata: { name: string; labels?: Record<string, string> };
  spec: { nodeName?: string };
}

const api = "ceph.rook.io/v1";

/** Filesystem and pool: config key, kind and name, path, and the class of the volumes on them. */
export function cephObjects({ namespace, filesystem, blockPool }: Rook) {
  const named = (key: string, kind: string, name: string, classKey: string) => ({
    key,
    what: `${kind} ${name}`,
    path: `${inNamespace(namespace, api)}/${kind.toLowerCase()}s/${name}`,
    classKey,
  });
  return [
    named("storage.rook.filesystem", "CephFilesystem", filesystem, "storage.sharedClassName"),
    named("storage.rook.blockPool", "CephBlockPool", blockPool, "storage.blockClassName"),
  ];
}

export const ceph: Rule = async (config, cluster) => {
  const { type, rook } = config.storage;
  if (type !== "rook") return [];
  const path = `${inNamespace(rook.namespace, api)}/cephclusters`;
  const [clusters, objects] = await Promise.all([
    cluster.list<CephCluster>("CephClusters", path),
    Promise.all(cephObjects(rook).map(({ what, path }) => cluster.object<CephObject>(what, path))),
  ]);
  if (!clusters) return [];
  // As Rook does, of which a namespace has one.
  const [found] = clusters;
  if (!found) {
    return [
      {
        key: "storage.rook.namespace",
        problem: `namespace ${rook.namespace} has no CephCluster`,
        remedy: "make one (Rook's example cluster.yaml), or name the namespace it is in",
      },
    ];
  }
  const making = rook.manage && objects.includes(null);
  return [
    healthFinding(found, rook, making),
    await copiesFinding(found, rook, making, cluster),
    ...(await stateFindings(config, objects, cluster)),
  ];
};

/** HEALTH_ERR for these reasons alone does not keep Rook from its work. Source: IsReadyToReconcile of its operator. */
const ignored = /^(MDS_ALL_DOWN$|MGR_MODULE_ERROR$|AUTH_INSECURE_)/;

/** Why Rook's operator makes nothing in a cluster; nothing where it does. */
function obstacle({ spec, status = {} }: CephCluster): string | undefined {
  // Of one outside, Rook may be told not to ask for the health.
  if (spec.external?.enable && status.phase === "Connected" && !status.ceph) return undefined;
  const { health, details = {} } = status.ceph ?? {};
  if (health === undefined && !isBegun(status))
    return `has no health yet${said([status.phase, status.message])}`;
  const severe = Object.entries(details).filter(([, { severity }]) => severity !== "HEALTH_WARN");
  const harmless = severe.length > 0 && severe.every(([code]) => ignored.test(code));
  if (health !== "HEALTH_ERR" || harmless) return undefined;
  return `is in HEALTH_ERR${said(severe.map(([code, { message }]) => `${code}: ${message}`))}`;
}

/** While Rook is at work on a new cluster its health is not known yet; filesystem and pool come next. */
function isBegun({ phase, ceph }: NonNullable<CephCluster["status"]>): boolean {
  return (phase === "Progressing" || phase === "Connecting") && ceph?.health === undefined;
}

/** A degraded cluster (HEALTH_WARN) is left to its own alerts: a site that runs on it may be updated. */
function healthFinding(found: CephCluster, rook: Rook, making: boolean): Finding | false {
  const what = `CephCluster ${found.metadata.name}`;
  const why = obstacle(found);
  const remedy = `see ${describe(rook.namespace, what)} and ${operatorLog(rook)}`;
  if (found.metadata.deletionTimestamp) {
    const problem = `${what} is being deleted, which cannot be taken back`;
    return making
      ? { key: "storage.rook.namespace", problem, remedy: "make another one once it is gone" }
      : { warning: `${problem}: it serves until what depends on it is gone; ${remedy}.` };
  }
  if (why !== undefined && making) {
    return {
      key: "storage.rook.namespace",
      problem: `${what} ${why}, and meanwhile Rook makes neither filesystem nor pool`,
      remedy: `${remedy}, and mend it first`,
    };
  }
  if (why !== undefined) {
    return { warning: `${what} ${why}: the site's volumes may hang, and new ones stay Pending; ${remedy}.` };
  }
  const { phase, message } = found.status ?? {};
  const worthSaying = phase === "Failure" || isBegun(found.status ?? {});
  return worthSaying && { warning: `${what} is in the phase ${phase}${said([message])}; ${remedy}.` };
}

/** Whether Ceph has a place for each copy. Where it runs outside the cluster, its hosts are not our nodes. */
async function copiesFinding(
  found: CephCluster,
  { namespace, replicas, failureDomain, manage }: Rook,
  making: boolean,
  cluster: Cluster,
): Promise<Finding | false> {
  if (!manage || found.spec.external?.enable) return false;
  const path = `${inNamespace(namespace)}/pods?labelSelector=${encodeURIComponent("app=rook-ceph-osd")}`;
  const [nodes, pods] = await Promise.all([nodesOf(cluster), cluster.list<OsdPod>("OSDs' pods", path)]);
  const few = (count: number, what: string, certain: boolean): Finding => {
    const other = failureDomain === "osd" ? "" : "; or set storage.rook.failureDomain to osd";
    const most = `at most ${count}, the number of ${what}, because no two copies may share a ${failureDomain}${other}`;
    return certain
      ? notAllowed("storage.rook.replicas", replicas, most)
      : { warning: `storage.rook.replicas is ${replicas}, and Ceph has places for ${most}.` };
  };
  // A host of Ceph's need not be a node: on volumes that can move, each disk is one.
  if (!pods?.length && failureDomain === "host" && nodes && nodes.length < replicas)
    return few(nodes.length, "nodes", making);
  if (pods?.length === 0) {
    return (
      making && {
        warning: `namespace ${namespace} has no OSD: its CephCluster is still being made or has found no disk (kubectl -n ${namespace} logs -l app=rook-ceph-osd-prepare), and until it has ${replicas}, each on a ${failureDomain} of its own, no volume can be written to.`,
      }
    );
  }
  const places = new Set(pods?.map((pod) => placeOf(pod, failureDomain)));
  if (!pods || places.has(undefined) || places.size >= replicas) return false;
  // A cluster that is still being made may get more.
  const certain = making && found.status?.phase === "Ready";
  return few(places.size, failureDomain === "osd" ? "OSDs" : `${failureDomain}s with OSDs`, certain);
}

/** Where Ceph has an OSD, by Rook's label: it stays there while its pod waits for a node that is away. */
function placeOf({ metadata, spec }: OsdPod, failureDomain: string): string | undefined {
  if (failureDomain === "osd") return metadata.labels?.["ceph-osd-id"] ?? metadata.name;
  const place = metadata.labels?.[`topology-location-${failureDomain}`];
  return place ?? (failureDomain === "host" ? spec.nodeName : undefined);
}

/** What Rook says of a filesystem and a pool that are there. */
function stateFindings(
  config: SiteConfig,
  objects: Found<CephObject>[],
  cluster: Cluster,
): Promise<(Finding | false)[]> {
  const { rook } = config.storage;
  return Promise.all(
    cephObjects(rook).map(async ({ key, what, classKey }, index) => {
      const { metadata, status = {} } = objects[index] ?? {};
      const see = describe(rook.namespace, what);
      if (!metadata || (status.phase === "Ready" && !metadata.deletionTimestamp)) return false;
      if (!metadata.deletionTimestamp) {
        const messages = (status.conditions ?? []).filter(({ type }) => type === status.phase);
        return {
          warning: `${what} is ${status.phase ?? "there, and Rook has said nothing of it"}${said(messages.map(({ message }) => message))}: until it is Ready no volume is made on it, and an up that makes or changes it waits; see ${see} and ${operatorLog(rook)}.`,
        };
      }
      const deleted: Fault = {
        key,
        problem: `${what} is being deleted, which cannot be taken back`,
        remedy: `wait until it is gone (${see} says what for), or name another one`,
      };
      const own = ownClaims(config).find((claim) => claim.classKey === classKey);
      const waiting = own && isWaiting(await claimOf(own.name, config, cluster));
      return waiting ? deleted : { warning: `${deleted.problem}: ${see} says what it waits for.` };
    }),
  );
}

function describe(namespace: string, what: string): string {
  return `kubectl -n ${namespace} describe ${what.replace(/^\w+/, (kind) => kind.toLowerCase())}`;
}

function operatorLog({ operatorNamespace }: Rook): string {
  return `kubectl -n ${operatorNamespace} logs deploy/rook-ceph-operator`;
}

function said(words: (string | undefined)[]): string {
  const text = words.filter(Boolean).join("; ");
  return text && ` (${text})`;
}
