/**
 * Whose the objects are that the stack would make. The provider applies what it makes: what is there under the name,
 * whoever made it, would be changed and from then on belong to the stack.
 */
import {
  cacheNames,
  middlewareNames,
  mysqlNames,
  policyNames,
  routeNames,
  wordpressNames,
} from "../../components/names.ts";
import type { SiteConfig } from "../schema.ts";
import type { ClusterFacts, Metadata } from "./facts.ts";
import type { Fault } from "./fault.ts";

/** Objects of one kind the stack makes. */
export interface OwnObjects {
  kind: string;
  /** Path in the API of the list they are in. */
  path: string;
  names: readonly string[];
  /** Config key that would give them other names or another place. */
  key: string;
}

/** The label by which an object says whose it is, and the value that says it may be the stack's. */
const givenAway = { label: "app.kubernetes.io/managed-by", value: "pulumi" };

/** Everything the stack makes but its namespace, its StorageClasses, and what the engine names. */
export function ownObjects(config: SiteConfig): OwnObjects[] {
  return [...siteObjects(config), ...cephObjects(config)].filter(({ names }) => names.length > 0);
}

/** In the site's namespace. Of routes and policies all there may be: a name that is not used yet may be later. */
function siteObjects(config: SiteConfig): OwnObjects[] {
  const { namespace, mysql, wordpress, pageCache, network, route, existingSecrets: given } = config;
  const server = mysql.mode === "standalone";
  const cache = pageCache.enabled;
  const certificate = route.tls.source === "cert-manager";
  const made = (kind: string, api: string, ...names: (string | false)[]) => ({
    kind,
    path: `${api}/namespaces/${namespace}/${plural(kind)}`,
    names: names.filter((name) => name !== false),
    key: "namespace",
  });
  const traefik = "/apis/traefik.io/v1alpha1";
  return [
    made(
      "Secret",
      "/api/v1",
      server && given.database === undefined && mysqlNames.server,
      server && mysql.tls && given.databaseCertificate === undefined && mysqlNames.certificate,
      given.admin === undefined && wordpressNames.admin,
      given.salts === undefined && wordpressNames.salts,
      cache && given.pageCacheToken === undefined && cacheNames.token,
    ),
    made("PersistentVolumeClaim", "/api/v1", server && mysqlNames.claim, wordpressNames.claim),
    made(
      "Service",
      "/api/v1",
      server && mysqlNames.server,
      wordpressNames.site,
      cache && cacheNames.cache,
      cache && cacheNames.pods,
    ),
    made("Deployment", "/apis/apps/v1", wordpressNames.site, cache && cacheNames.cache),
    made("StatefulSet", "/apis/apps/v1", server && mysqlNames.server),
    made("CronJob", "/apis/batch/v1", wordpressNames.cron),
    made(
      "HorizontalPodAutoscaler",
      "/apis/autoscaling/v2",
      wordpress.autoscaling.enabled && wordpressNames.site,
    ),
    made("PodDisruptionBudget", "/apis/policy/v1", wordpressNames.site, cache && cacheNames.cache),
    made("NetworkPolicy", "/apis/networking.k8s.io/v1", ...(network.policies ? policyNames : [])),
    made("IngressRoute", traefik, routeNames.https, routeNames.http),
    made("Middleware", traefik, ...middlewareNames),
    made("TLSOption", traefik, routeNames.tlsOption),
    made("ServersTransport", traefik, routeNames.transport),
    made("Certificate", "/apis/cert-manager.io/v1", certificate && routeNames.certificate),
  ];
}

function cephObjects({ storage }: SiteConfig): OwnObjects[] {
  const { rook, sharedClassName, blockClassName, snapshots } = storage;
  if (storage.type !== "rook") return [];
  const made = (kind: string, api: string, key: string, ...names: string[]) => ({
    kind,
    path: `/apis/${api}/${plural(kind)}`,
    names,
    key: `storage.${key}`,
  });
  const ceph = `ceph.rook.io/v1/namespaces/${rook.namespace}`;
  const classes = snapshots ? [sharedClassName, blockClassName] : [];
  return [
    made("CephFilesystem", ceph, "rook.filesystem", rook.filesystem),
    made("CephBlockPool", ceph, "rook.blockPool", rook.blockPool),
    made("VolumeSnapshotClass", "snapshot.storage.k8s.io/v1", "snapshots", ...classes),
  ];
}

/** As Kubernetes guesses it; right for every kind here. */
function plural(kind: string): string {
  return kind.toLowerCase().replace(/y$/, "ie").replace(/s$/, "se").concat("s");
}

/** Faults of objects that somebody else made under the stack's names, and of a namespace somebody else made. */
export function ownerFaults(config: SiteConfig, facts: ClusterFacts): (Fault | false)[] {
  const { namespace } = config;
  const others = facts.namespace?.metadata && strangers(facts.namespace.metadata);
  return [
    others !== undefined &&
      others.length > 0 && {
        key: "namespace",
        problem: `${namespace} is there and is managed by ${others.join(", ")}`,
        remedy: `name another, or give it to this stack, which then also deletes it and everything in it: ${giveNamespace(namespace)}`,
      },
    ...objectFaults(config, facts),
  ];
}

/** The command that gives a namespace to the stack. */
export function giveNamespace(namespace: string): string {
  return `kubectl label --overwrite namespace ${namespace} ${givenAway.label}=${givenAway.value}`;
}

function objectFaults(config: SiteConfig, { metadata }: ClusterFacts): Fault[] {
  const found = ownObjects(config).flatMap(({ kind, names, key }) =>
    (metadata[kind] ?? [])
      .filter((object) => names.includes(object.name))
      .map((object) => ({ key, what: `${kind}/${object.name}`, managers: strangers(object) }))
      .filter(({ managers }) => managers.length > 0),
  );
  const keys = [...new Set(found.map(({ key }) => key))];
  return keys.map((key) => {
    const list = found.filter((object) => object.key === key);
    const all = list.map(({ what, managers }) => `${what} (managed by ${managers.join(", ")})`);
    return {
      key,
      problem: `somebody else's objects have names this stack uses: ${all.join("; ")}`,
      remedy: `change ${key}, or rename or delete them; to let the stack take one over: kubectl label --overwrite KIND/NAME ${givenAway.label}=${givenAway.value}`,
    };
  });
}

/**
 * Who manages an object that is not the stack's to take; nobody where Pulumi made it or it was given away. That another
 * stack of Pulumi made it cannot be seen.
 */
function strangers({ labels, managedFields = [] }: Metadata): string[] {
  // The provider's names: pulumi-kubernetes, and that with an ending for each object.
  const ours = managedFields.some(({ manager }) => manager?.startsWith("pulumi-kubernetes"));
  if (ours || labels?.[givenAway.label] === givenAway.value) return [];
  // Controllers write to the status of everybody's objects.
  const managers = managedFields.filter(({ subresource }) => subresource === undefined);
  return [...new Set(managers.map(({ manager }) => manager ?? "somebody without a name"))];
}
