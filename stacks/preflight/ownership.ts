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
import { type Fault, notAllowed } from "../fault.ts";
import type { SiteConfig } from "../schema.ts";
import type { Cluster, Metadata } from "./cluster.ts";
import { inNamespace, type Rule } from "./rule.ts";

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
      server && mysqlNames.pods,
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
    made(
      "PodDisruptionBudget",
      "/apis/policy/v1",
      server && mysqlNames.server,
      wordpressNames.site,
      cache && cacheNames.cache,
    ),
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
    made("CephFilesystem", ceph, "rook.filesystem", ...(rook.manage ? [rook.filesystem] : [])),
    made("CephBlockPool", ceph, "rook.blockPool", ...(rook.manage ? [rook.blockPool] : [])),
    made("VolumeSnapshotClass", "snapshot.storage.k8s.io/v1", "snapshots", ...classes),
  ];
}

/** As Kubernetes guesses it; right for every kind here. */
function plural(kind: string): string {
  return kind.toLowerCase().replace(/y$/, "ie").replace(/s$/, "se").concat("s");
}

interface Namespace {
  metadata?: Metadata;
  status?: { phase?: string };
}

export const namespace: Rule = async ({ namespace: name, createNamespace }, cluster) => {
  const found = await cluster.object<Namespace>(`namespace ${name}`, inNamespace(name));
  if (found === undefined) return [];
  if (found?.status?.phase === "Terminating") {
    const remedy = `wait until \`kubectl get namespace ${name}\` finds nothing`;
    return [{ key: "namespace", problem: `${name} is being deleted`, remedy }];
  }
  const others = found?.metadata ? strangers(found.metadata) : [];
  if (createNamespace) {
    return [
      others.length > 0 && {
        key: "namespace",
        problem: `${name} is there and is managed by ${others.join(", ")}`,
        remedy: `name another, or set createNamespace to false and leave it theirs, or give it to this stack, which then also deletes it and everything in it: ${giveNamespace(name)}`,
      },
    ];
  }
  return [
    found === null && {
      key: "createNamespace",
      problem: `there is no namespace ${name}`,
      remedy: "make it, or set createNamespace to true",
    },
    // It cannot be seen whether it is this stack's own, which would then be deleted as no longer wanted.
    found?.metadata &&
      isPulumis(found.metadata) &&
      found.metadata.labels?.[givenAway.label] === undefined &&
      notAllowed(
        "createNamespace",
        false,
        `true, because Pulumi has made the namespace ${name}: were it this stack, it would delete it with everything in it. If it is another, say so: kubectl label namespace ${name} ${givenAway.label}=OWNER. If it is this one, take it out of its state first: pulumi state delete, then the label`,
      ),
  ];
};

/** The command that gives a namespace to the stack. */
export function giveNamespace(namespace: string): string {
  return `kubectl label --overwrite namespace ${namespace} ${givenAway.label}=${givenAway.value}`;
}

export const objects: Rule = async (config, cluster) => {
  const found = (await Promise.all(ownObjects(config).map((own) => ofOthers(own, cluster)))).flat();
  return [...new Set(found.map(({ key }) => key))].map((key): Fault => {
    const list = found.filter((object) => object.key === key);
    const all = list.map(({ what, managers }) => `${what} (managed by ${managers.join(", ")})`);
    return {
      key,
      problem: `somebody else's objects have names this stack uses: ${all.join("; ")}`,
      remedy: `change ${key}, or rename or delete them; to let the stack take one over: kubectl label --overwrite KIND/NAME ${givenAway.label}=${givenAway.value}`,
    };
  });
};

/** Of the objects the stack makes, those that somebody else has made. */
async function ofOthers({ kind, path, names, key }: OwnObjects, cluster: Cluster) {
  return ((await cluster.metadata(kind, path)) ?? [])
    .filter(({ name }) => names.includes(name))
    .map((object) => ({ key, what: `${kind}/${object.name}`, managers: strangers(object) }))
    .filter(({ managers }) => managers.length > 0);
}

/** The provider's names: pulumi-kubernetes, and that with an ending for each object. */
function isPulumis({ managedFields = [] }: Metadata): boolean {
  return managedFields.some(({ manager }) => manager?.startsWith("pulumi-kubernetes"));
}

/**
 * Who manages an object that is not the stack's to take; nobody where Pulumi made it or it was given away. That another
 * stack of Pulumi made it cannot be seen.
 */
function strangers(object: Metadata): string[] {
  const { labels, managedFields = [] } = object;
  if (isPulumis(object) || labels?.[givenAway.label] === givenAway.value) return [];
  // Controllers write to the status of everybody's objects.
  const managers = managedFields.filter(({ subresource }) => subresource === undefined);
  return [...new Set(managers.map(({ manager }) => manager ?? "somebody without a name"))];
}
