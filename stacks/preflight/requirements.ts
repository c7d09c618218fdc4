/** What somebody has to have installed or made before the stack. */
import { saltKey, saltNames } from "../../components/wordpress/environment.ts";
import type { SiteConfig } from "../schema.ts";
import { cephObjects } from "./ceph.ts";
import type { Cluster } from "./cluster.ts";
import { giveNamespace } from "./ownership.ts";
import { inNamespace, type Rule } from "./rule.ts";

/** APIs that are needed: group and version, plural names, how to get them, and whether the config asks for them. */
function requiredApis({ route, storage, wordpress }: SiteConfig) {
  const rook = storage.type === "rook";
  return [
    {
      api: "traefik.io/v1alpha1",
      resources: ["ingressroutes", "middlewares", "tlsoptions"],
      remedy: "install Traefik 3.4 or newer with its CRDs (its Helm chart brings both)",
    },
    route.tls.source === "cert-manager" && {
      api: "cert-manager.io/v1",
      resources: ["certificates"],
      remedy: "install cert-manager with its CRDs, or choose another route.tls.source",
    },
    rook && {
      api: "ceph.rook.io/v1",
      resources: ["cephfilesystems", "cephblockpools"],
      remedy: "install Rook and make a CephCluster, or set storage.type to existing",
    },
    rook &&
      storage.snapshots && {
        api: "snapshot.storage.k8s.io/v1",
        resources: ["volumesnapshotclasses"],
        remedy: "install the CSI external-snapshotter with its CRDs, or set storage.snapshots to false",
      },
    wordpress.autoscaling.enabled && {
      api: "metrics.k8s.io/v1beta1",
      resources: ["pods"],
      remedy: "install metrics-server, or set wordpress.autoscaling.enabled to false",
    },
  ].filter((required) => required !== false);
}

export const apis: Rule = (config, cluster) =>
  Promise.all(
    requiredApis(config).map(async ({ api, resources, remedy }) => {
      const served = await cluster.resources(api);
      const missing = served === undefined ? [] : resources.filter((resource) => !served?.includes(resource));
      const problem = `the cluster does not serve ${missing.join(", ")}`;
      return missing.length > 0 && { key: api, problem, remedy };
    }),
  );

/** Every user may read what a group's definitions allow. */
export const traefik: Rule = async (_config, cluster) => {
  const api = "traefik.io/v1alpha1";
  const definitions = await cluster.object("Traefik's definitions", `/openapi/v3/apis/${api}`);
  const problem = "the cluster's IngressRoutes do not take the strategy p2c";
  const remedy = "install Traefik 3.4 or newer with the CRDs of its release";
  return [definitions && !JSON.stringify(definitions).includes('"p2c"') && { key: api, problem, remedy }];
};

/** An object that has to be there: the config key that names it, kind and name, path, and how to get it. */
const required = (
  key: string,
  what: string,
  path: string,
  remedy = "make it, or name one that is there",
) => ({
  key,
  what,
  path,
  remedy,
});

function requiredObjects(config: SiteConfig) {
  const { storage, route, namespace } = config;
  const { source, issuer } = route.tls;
  const { rook } = storage;
  const made = "make it, name one that is there, or set storage.rook.manage to true";
  const shared = storage.type === "rook" && !rook.manage ? cephObjects(rook) : [];
  return [
    storage.type === "rook" &&
      required(
        "storage.rook.namespace",
        `namespace ${rook.namespace}`,
        inNamespace(rook.namespace),
        "install Rook there, or name the namespace it is in",
      ),
    ...shared.map(({ key, what, path }) => required(key, what, path, made)),
    ...partsOf(config).flatMap((part) => {
      const { priorityClassName: priority, serviceAccountName: account } = config[part];
      const priorities = "/apis/scheduling.k8s.io/v1/priorityclasses";
      const accounts = `${inNamespace(namespace)}/serviceaccounts`;
      return [
        priority &&
          required(`${part}.priorityClassName`, `PriorityClass ${priority}`, `${priorities}/${priority}`),
        account &&
          required(`${part}.serviceAccountName`, `ServiceAccount ${account}`, `${accounts}/${account}`),
      ];
    }),
    source === "cert-manager" &&
      issuer &&
      required(
        "route.tls.issuer.name",
        `${issuer.kind} ${issuer.name}`,
        issuer.kind === "ClusterIssuer"
          ? `/apis/cert-manager.io/v1/clusterissuers/${issuer.name}`
          : `${inNamespace(namespace, "cert-manager.io/v1")}/issuers/${issuer.name}`,
      ),
  ].flatMap((object) => object || []);
}

/** Parts the stack has pods of. */
function partsOf({ mysql, pageCache }: SiteConfig) {
  const there = { wordpress: true, mysql: mysql.mode === "standalone", pageCache: pageCache.enabled };
  return (["wordpress", "mysql", "pageCache"] as const).filter((part) => there[part]);
}

export const objects: Rule = (config, cluster) =>
  Promise.all(
    requiredObjects(config).map(async ({ key, what, path, remedy }) => {
      const missing = (await cluster.object(what, path)) === null;
      return missing && { key, problem: `the cluster has no ${what}`, remedy };
    }),
  );

/** Secrets that have to be there: the config key that names them, name, and the keys they must have. */
function requiredSecrets(config: SiteConfig) {
  const { existingSecrets, mysql, route, pageCache, site } = config;
  const { database, admin, salts, databaseCertificate, pageCacheToken } = existingSecrets;
  const passwords = mysql.mode === "external" ? ["password"] : ["password", "root-password"];
  const named = (key: string, name: string | undefined, ...keys: string[]) => ({ key, name, keys });
  const pulls = partsOf(config).flatMap((part) =>
    (config[part].imagePullSecrets ?? []).map((name, index) =>
      named(`${part}.imagePullSecrets[${index}]`, name, ".dockerconfigjson"),
    ),
  );
  return [
    named("existingSecrets.database", database, ...passwords),
    named("existingSecrets.admin", admin, "password"),
    named("existingSecrets.salts", salts, ...saltNames.map(saltKey)),
    named("existingSecrets.databaseCertificate", databaseCertificate, "ca.crt", "tls.crt", "tls.key"),
    named("existingSecrets.pageCacheToken", pageCache.enabled ? pageCacheToken : undefined, "token"),
    named("site.smtp.secretName", site.smtp?.secretName, site.smtp?.passwordKey ?? ""),
    named(
      "route.tls.secretName",
      route.tls.source === "secret" ? route.tls.secretName : undefined,
      ...["tls.crt", "tls.key"],
    ),
    ...pulls,
  ].flatMap(({ name, ...rest }) => (name === undefined ? [] : [{ name, ...rest }]));
}

export const secrets: Rule = (config, cluster) =>
  Promise.all(
    requiredSecrets(config).map(async ({ key, name, keys }) => {
      const { namespace } = config;
      const there = await cluster.keys(name, `${inNamespace(namespace)}/secrets/${name}`);
      if (there === undefined) return false;
      if (await isFirst(config, cluster)) {
        // A namespace made by hand is somebody else's until it is given to the stack.
        return {
          key,
          problem: `there is no namespace ${namespace} yet, and so no Secret ${name}`,
          remedy: `make both: kubectl create namespace ${namespace}; ${giveNamespace(namespace)}; then the Secret with the keys ${keys.join(", ")}`,
        };
      }
      if (keys.every((wanted) => there?.includes(wanted))) return false;
      const missing = keys.filter((wanted) => !there?.includes(wanted)).join(", ");
      const problem = there
        ? `Secret ${name} lacks ${missing}`
        : `namespace ${namespace} has no Secret ${name}`;
      return { key, problem, remedy: `give it the keys ${keys.join(", ")}` };
    }),
  );

/** Whether the stack is to make the namespace, and nobody has yet. */
async function isFirst({ namespace, createNamespace }: SiteConfig, cluster: Cluster): Promise<boolean> {
  const found = await cluster.object(`namespace ${namespace}`, inNamespace(namespace));
  return createNamespace && found === null;
}
