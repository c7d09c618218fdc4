/** What a stack needs of its cluster, read off its config. */
import { mysqlNames, wordpressNames } from "../../components/names.ts";
import type { SiteConfig } from "../schema.ts";

/** Resources of an API group that somebody has to have installed. */
export interface ApiNeed {
  /** Group and version, as in `traefik.io/v1alpha1`. */
  api: string;
  /** Plural names. */
  resources: string[];
  /** How to get them. */
  remedy: string;
}

/** An object that has to be there. */
export interface ObjectNeed {
  /** Config key that names it. */
  key: string;
  /** Kind and name. */
  what: string;
  /** Path in the API. */
  path: string;
  /** How to get it. */
  remedy: string;
}

/** A Secret that has to be there. */
export interface SecretNeed {
  /** Config key that names it. */
  key: string;
  name: string;
  /** Keys it must have. */
  keys: string[];
}

/** A PersistentVolumeClaim the stack makes. */
export interface ClaimNeed {
  name: string;
  /** Config key its size and access mode stand under. */
  key: string;
  size: string;
  accessMode: string;
  className: string;
  /** Config key of the class. */
  classKey: string;
}

const saltKeys = ["auth", "secure-auth", "logged-in", "nonce"].flatMap((use) => [
  `${use}-key`,
  `${use}-salt`,
]);

export function neededApis({ route, storage, wordpress }: SiteConfig): ApiNeed[] {
  const needs: (ApiNeed | false)[] = [
    {
      api: "traefik.io/v1alpha1",
      resources: ["ingressroutes", "middlewares", "tlsoptions"],
      remedy: "install Traefik 3 with its CRDs (its Helm chart brings both)",
    },
    route.tls.source === "cert-manager" && {
      api: "cert-manager.io/v1",
      resources: ["certificates"],
      remedy: "install cert-manager with its CRDs, or choose another route.tls.source",
    },
    storage.type === "rook" && {
      api: "ceph.rook.io/v1",
      resources: ["cephfilesystems", "cephblockpools"],
      remedy: "install Rook and make a CephCluster, or set storage.type to existing",
    },
    storage.type === "rook" &&
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
  ];
  return needs.filter((need) => need !== false);
}

export function neededObjects({ storage, wordpress, route, namespace }: SiteConfig): ObjectNeed[] {
  const { priorityClassName } = wordpress;
  const { source, issuer } = route.tls;
  const needs: (ObjectNeed | undefined | false)[] = [
    storage.type === "rook" && {
      key: "storage.rook.namespace",
      what: `namespace ${storage.rook.namespace}`,
      path: `/api/v1/namespaces/${storage.rook.namespace}`,
      remedy: "install Rook there, or name the namespace it is in",
    },
    priorityClassName !== undefined && {
      key: "wordpress.priorityClassName",
      what: `PriorityClass ${priorityClassName}`,
      path: `/apis/scheduling.k8s.io/v1/priorityclasses/${priorityClassName}`,
      remedy: "make it, or name one that is there",
    },
    source === "cert-manager" &&
      issuer && {
        key: "route.tls.issuer.name",
        what: `${issuer.kind} ${issuer.name}`,
        path:
          issuer.kind === "ClusterIssuer"
            ? `/apis/cert-manager.io/v1/clusterissuers/${issuer.name}`
            : `/apis/cert-manager.io/v1/namespaces/${namespace}/issuers/${issuer.name}`,
        remedy: "make it, or name one that is there",
      },
  ];
  return needs.filter((need) => need !== undefined && need !== false);
}

export function neededSecrets({ existingSecrets, mysql, route, pageCache }: SiteConfig): SecretNeed[] {
  const { database, admin, salts, databaseCertificate, pageCacheToken } = existingSecrets;
  const token = pageCache.enabled ? pageCacheToken : undefined;
  const passwords = mysql.mode === "external" ? ["password"] : ["password", "root-password"];
  const certificate = route.tls.source === "secret" ? route.tls.secretName : undefined;
  return [
    { key: "existingSecrets.database", name: database, keys: passwords },
    { key: "existingSecrets.admin", name: admin, keys: ["password"] },
    { key: "existingSecrets.salts", name: salts, keys: saltKeys },
    {
      key: "existingSecrets.databaseCertificate",
      name: databaseCertificate,
      keys: ["ca.crt", "tls.crt", "tls.key"],
    },
    { key: "existingSecrets.pageCacheToken", name: token, keys: ["token"] },
    { key: "route.tls.secretName", name: certificate, keys: ["tls.crt", "tls.key"] },
  ].flatMap(({ name, ...need }) => (name === undefined ? [] : [{ name, ...need }]));
}

export function neededClaims({ mysql, wordpress, storage }: SiteConfig): ClaimNeed[] {
  const files: ClaimNeed = {
    name: wordpressNames.claim,
    key: "wordpress.storage",
    size: wordpress.storage.size,
    accessMode: wordpress.storage.accessMode,
    className: storage.sharedClassName,
    classKey: "storage.sharedClassName",
  };
  const tables: ClaimNeed = {
    name: mysqlNames.claim,
    key: "mysql.storage",
    size: mysql.storage.size,
    accessMode: "ReadWriteOnce",
    className: storage.blockClassName,
    classKey: "storage.blockClassName",
  };
  return mysql.mode === "standalone" ? [files, tables] : [files];
}
