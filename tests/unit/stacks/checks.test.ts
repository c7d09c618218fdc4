import { expect } from "chai";
import { serverCertificate } from "../../../components/mysql/server-certificate.ts";
import { crossCheck } from "../../../stacks/checks.ts";
import { parseConfig } from "../../../stacks/config.ts";
import { notAllowed } from "../../../stacks/fault.ts";
import { type SiteConfig, siteSchema } from "../../../stacks/schema.ts";
import { Site } from "../../../stacks/site.ts";
import { record } from "../components/harness.ts";

const site = { url: "https://blog.example.com" };

/** A config with its defaults, before any check between keys. */
const configOf = (values: Record<string, unknown> = {}): SiteConfig => siteSchema.parse({ site, ...values });

const faultsOf = (values: Record<string, unknown>) => crossCheck(configOf(values));

const memory = (limit: string) => ({ requests: { memory: limit }, limits: { memory: limit } });

const disk = (limit: string) => ({ limits: { ephemeralStorage: limit } });

/** Two configs next to each other: the last that is accepted and the first that is not. */
interface Border {
  check: string;
  passes: Record<string, unknown>;
  fails: Record<string, unknown>;
  key: string;
  value: unknown;
  allowed: string;
}

const external = { host: "db.example.com" };
const { authority: certificateAuthority } = await serverCertificate("seed", ["db.example.com"]);
const ownServer = (mysql: Record<string, unknown>) => ({
  mysql: { mode: "external", ...mysql },
  existingSecrets: { database: "db" },
});
const rwo = { accessMode: "ReadWriteOnce" };
const onlyOne = "because wordpress.storage.accessMode is ReadWriteOnce; or set that to ReadWriteMany";
const single = { replicas: 1, strategy: "Recreate", autoscaling: { enabled: false }, storage: rwo };
const pinned = "an image with the tag of one version, such as 7.1.0, or a digest, because protectData is on";
const sidecar = { name: "exporter", image: "exporter:1.0.0" };
const cpuRequest = { requests: { cpu: "10m" } };
const addedName = "lower-case letters, digits and '-', and no name the pod has already";
const ownTls = { databaseCertificate: "db-tls" };
const mail = (smtp: Record<string, unknown>) => ({
  site: { ...site, smtp: { host: "smtp.example.com", fromAddress: "blog@example.com", ...smtp } },
});
const mailLogin = { user: "blog", secretName: "smtp" };
const digest = `mysql@sha256:${"0123456789abcdef".repeat(4)}`;

const zip = { version: "1.0", sha256: "0".repeat(64) };
const greeting = { slug: "greeting", ...zip };

const borders: Border[] = [
  {
    check: "the address before against the site's own",
    passes: { site: { ...site, movedFrom: "http://blog.example.com" } },
    fails: { site: { ...site, movedFrom: "https://blog.example.com" } },
    key: "site.movedFrom",
    value: "https://blog.example.com",
    allowed: "the address before, another than site.url",
  },
  {
    check: "a plugin's version, without which nobody can tell whether it is there",
    passes: { wordpress: { plugins: [greeting] } },
    fails: { wordpress: { plugins: [{ ...greeting, version: undefined }] } },
    key: "wordpress.plugins[0].version",
    value: undefined,
    allowed: "the version in the plugin's or theme's own header, such as 1.2.3",
  },
  {
    check: "a plugin's checksum",
    passes: { wordpress: { plugins: [greeting] } },
    fails: { wordpress: { plugins: [{ ...greeting, sha256: undefined }] } },
    key: "wordpress.plugins[0].sha256",
    value: undefined,
    allowed: "the SHA-256 of the zip file, 64 hexadecimal digits",
  },
  {
    check: "a plugin that the image has",
    passes: { wordpress: { content: "image", plugins: [{ slug: "greeting" }] } },
    fails: {
      wordpress: { content: "image", plugins: [{ slug: "greeting", url: "https://example.com/a.zip" }] },
    },
    key: "wordpress.plugins[0].url",
    value: "https://example.com/a.zip",
    allowed: "nothing but slug and activate, because content is image: the code is what the image has",
  },
  {
    check: "a plugin that is in the list already",
    passes: { wordpress: { plugins: [greeting, { ...greeting, slug: "seo" }] } },
    fails: { wordpress: { plugins: [greeting, greeting] } },
    key: "wordpress.plugins[1].slug",
    value: "greeting",
    allowed: "one that is not in the list already",
  },
  {
    check: "a second theme that is to be active",
    passes: {
      wordpress: {
        themes: [
          { ...zip, slug: "parent", activate: false },
          { ...zip, slug: "child" },
        ],
      },
    },
    fails: {
      wordpress: {
        themes: [
          { ...zip, slug: "parent" },
          { ...zip, slug: "child" },
        ],
      },
    },
    key: "wordpress.themes[1].activate",
    value: true,
    allowed: "false for every theme but one, because only one can be active",
  },
  {
    check: "a line that makes WordPress a network of sites",
    passes: {
      wordpress: { extraConfig: ["define('MULTISITE', false);", "define('MULTISITE_NOTE', true);"] },
    },
    fails: { wordpress: { extraConfig: ["define( 'WP_ALLOW_MULTISITE', true );"] } },
    key: "wordpress.extraConfig[0]",
    value: "define( 'WP_ALLOW_MULTISITE', true );",
    allowed: "no line for a network of sites (multisite), which is not supported: deploy a Site for each",
  },
  {
    check: "minReplicas against maxReplicas",
    passes: { wordpress: { autoscaling: { minReplicas: 6, maxReplicas: 6 } } },
    fails: { wordpress: { autoscaling: { minReplicas: 7, maxReplicas: 6 } } },
    key: "wordpress.autoscaling.minReplicas",
    value: 7,
    allowed: "at most wordpress.autoscaling.maxReplicas (6)",
  },
  {
    check: "ReadWriteOnce against the autoscaler",
    passes: { wordpress: single },
    fails: { wordpress: { ...single, autoscaling: { enabled: true } } },
    key: "wordpress.autoscaling.enabled",
    value: true,
    allowed: `false, ${onlyOne}`,
  },
  {
    check: "ReadWriteOnce against several replicas",
    passes: { wordpress: single },
    fails: { wordpress: { ...single, replicas: 2 } },
    key: "wordpress.replicas",
    value: 2,
    allowed: `1, ${onlyOne}`,
  },
  {
    check: "ReadWriteOnce against RollingUpdate",
    passes: { wordpress: single },
    fails: { wordpress: { ...single, strategy: "RollingUpdate" } },
    key: "wordpress.strategy",
    value: "RollingUpdate",
    allowed: `Recreate, ${onlyOne}`,
  },
  {
    check: "grace against preStop and the longest request",
    passes: { wordpress: { preStopSleepSeconds: 20, terminationGracePeriodSeconds: 81 } },
    fails: { wordpress: { preStopSleepSeconds: 20, terminationGracePeriodSeconds: 80 } },
    key: "wordpress.terminationGracePeriodSeconds",
    value: 80,
    allowed:
      "more than 80: wordpress.preStopSleepSeconds (20) and the longest request, wordpress.php.maxExecutionSeconds (60)",
  },
  {
    check: "WordPress' CPU limit against its request, in different units",
    passes: { wordpress: { resources: { requests: { cpu: "500m" }, limits: { cpu: "0.5" } } } },
    fails: { wordpress: { resources: { requests: { cpu: "501m" }, limits: { cpu: "0.5" } } } },
    key: "wordpress.resources.limits.cpu",
    value: "0.5",
    allowed: "at least wordpress.resources.requests.cpu (501m)",
  },
  {
    check: "WordPress' memory limit against its request",
    passes: { wordpress: { resources: { requests: { memory: "1Gi" }, limits: { memory: "1024Mi" } } } },
    fails: { wordpress: { resources: { requests: { memory: "1Gi" }, limits: { memory: "1023Mi" } } } },
    key: "wordpress.resources.limits.memory",
    value: "1023Mi",
    allowed: "at least wordpress.resources.requests.memory (1Gi)",
  },
  {
    check: "MySQL's CPU limit against its request",
    passes: { mysql: { resources: { requests: { cpu: "1" }, limits: { cpu: "1" } } } },
    fails: { mysql: { resources: { requests: { cpu: "1" }, limits: { cpu: "999m" } } } },
    key: "mysql.resources.limits.cpu",
    value: "999m",
    allowed: "at least mysql.resources.requests.cpu (1)",
  },
  {
    check: "MySQL's memory limit against its request",
    passes: { mysql: { resources: { requests: { memory: "512Mi" }, limits: { memory: "512Mi" } } } },
    fails: { mysql: { resources: { requests: { memory: "2Gi" }, limits: { memory: "1Gi" } } } },
    key: "mysql.resources.limits.memory",
    value: "1Gi",
    allowed: "at least mysql.resources.requests.memory (2Gi)",
  },
  {
    check: "WordPress' disk against its /tmp, which has room for an upload and a picture by every worker",
    passes: { wordpress: { resources: disk("3336Mi"), php: { uploadMaxSize: "164Mi" } } },
    fails: { wordpress: { resources: disk("3335Mi"), php: { uploadMaxSize: "164Mi" } } },
    key: "wordpress.resources.limits.ephemeralStorage",
    value: "3335Mi",
    allowed: "at least wordpress.tmpSize (3336Mi)",
  },
  {
    check: "MySQL's disk against its request",
    passes: { mysql: { resources: disk("128Mi"), tmpSize: "64Mi" } },
    fails: { mysql: { resources: disk("127Mi"), tmpSize: "64Mi" } },
    key: "mysql.resources.limits.ephemeralStorage",
    value: "127Mi",
    allowed: "at least mysql.resources.requests.ephemeralStorage (128Mi)",
  },
  {
    check: "WordPress' memory limit against its workers",
    passes: { wordpress: { maxRequestWorkers: 4, resources: memory("900Mi") } },
    fails: { wordpress: { maxRequestWorkers: 4, resources: memory("899Mi") } },
    key: "wordpress.resources.limits.memory",
    value: "899Mi",
    allowed:
      "at least 900Mi for 4 Apache workers of 48Mi, 204Mi more for each of 3 that make pictures ready, and 96Mi for Apache itself; or set wordpress.maxRequestWorkers lower",
  },
  {
    check: "WordPress' memory limit against the fewest workers",
    passes: { wordpress: { resources: memory("600Mi") } },
    fails: { wordpress: { resources: memory("599Mi") } },
    key: "wordpress.resources.limits.memory",
    value: "599Mi",
    allowed:
      "at least 600Mi for 2 Apache workers of 48Mi, 204Mi more for each of 2 that make pictures ready, and 96Mi for Apache itself; or set wordpress.maxRequestWorkers lower",
  },
  {
    check: "PHP's memory limit against the container's",
    passes: { wordpress: { php: { memoryLimit: "1Gi" } } },
    fails: { wordpress: { php: { memoryLimit: "1025Mi" } } },
    key: "wordpress.php.memoryLimit",
    value: "1025Mi",
    allowed: "at most wordpress.resources.limits.memory (1Gi)",
  },
  {
    check: "MySQL's memory against what it needs",
    passes: { mysql: { resources: memory("512Mi") } },
    fails: { mysql: { resources: memory("511Mi") } },
    key: "mysql.resources.limits.memory",
    value: "511Mi",
    allowed: "at least 512Mi, which MySQL needs to start",
  },
  {
    check: "MySQL's memory against its connections",
    passes: { mysql: { maxConnections: 352 } },
    fails: { mysql: { maxConnections: 353 } },
    key: "mysql.resources.limits.memory",
    value: "1Gi",
    allowed:
      "at least 1026Mi: half of it is the buffer pool, and beside it are the server (160Mi) and 353 connections of 1Mi (mysql.maxConnections)",
  },
  {
    check: "the autoscaler against a sidecar's CPU request",
    passes: { wordpress: { sidecars: [{ ...sidecar, resources: { requests: { cpu: "10m" } } }] } },
    fails: { wordpress: { sidecars: [{ ...sidecar, resources: { requests: { memory: "64Mi" } } }] } },
    key: "wordpress.sidecars[0].resources.requests.cpu",
    value: undefined,
    allowed: "a CPU request, because wordpress.autoscaling.enabled is true",
  },
  {
    check: "PHP's upload limit against Apache's and Traefik's",
    passes: { wordpress: { php: { extraIni: ["date.timezone = UTC", "; upload_max_filesize = 1G"] } } },
    fails: { wordpress: { php: { extraIni: ["date.timezone = UTC", "upload_max_filesize = 1G"] } } },
    key: "wordpress.php.extraIni[1]",
    value: "upload_max_filesize = 1G",
    allowed:
      "no line for upload_max_filesize: set wordpress.php.uploadMaxSize, which Apache's and Traefik's limits follow, too",
  },
  {
    check: "PHP's time limit against Apache's and Traefik's",
    passes: { wordpress: { php: { maxExecutionSeconds: 60 } } },
    fails: { wordpress: { php: { extraIni: ["max_execution_time=600"] } } },
    key: "wordpress.php.extraIni[0]",
    value: "max_execution_time=600",
    allowed:
      "no line for max_execution_time: set wordpress.php.maxExecutionSeconds, which Apache's and Traefik's limits follow, too",
  },
  {
    check: "further variables against the deployment's own",
    passes: { wordpress: { extraEnv: [{ name: "WORDPRESS_DEBUG", value: "1" }] } },
    fails: { wordpress: { extraEnv: [{ name: "WORDPRESS_DB_HOST", value: "db" }] } },
    key: "wordpress.extraEnv[0].name",
    value: "WORDPRESS_DB_HOST",
    allowed: "a variable the deployment does not set itself",
  },
  {
    check: "MySQL's further settings against those that follow from keys",
    passes: { mysql: { extraConfig: ["max_allowed_packet = 64M", "skip-name-resolve"] } },
    fails: { mysql: { extraConfig: ["Max-Connections=500"] } },
    key: "mysql.extraConfig[0]",
    value: "Max-Connections=500",
    allowed: "no line for max_connections: set mysql.maxConnections",
  },
  {
    check: "WordPress' volume against its code",
    passes: { wordpress: { storage: { size: "256Mi" } } },
    fails: { wordpress: { storage: { size: "255Mi" } } },
    key: "wordpress.storage.size",
    value: "255Mi",
    allowed: "at least 256Mi, for WordPress' code, twice in an update",
  },
  {
    check: "MySQL's volume against an empty database",
    passes: { mysql: { storage: { size: "512Mi" } } },
    fails: { mysql: { storage: { size: "511Mi" } } },
    key: "mysql.storage.size",
    value: "511Mi",
    allowed: "at least 512Mi, for MySQL's own tables and logs",
  },
  {
    check: "WordPress' /tmp against an upload",
    passes: { wordpress: { tmpSize: "72Mi" } },
    fails: { wordpress: { tmpSize: "71Mi" } },
    key: "wordpress.tmpSize",
    value: "71Mi",
    allowed: "at least 72Mi, for an upload (wordpress.php.uploadMaxSize)",
  },
  ...(
    [
      ["extraVolumes", "scratch", "tmp"],
      ["sidecars", "exporter", "wordpress"],
      ["initContainers", "first", "unpack"],
      ["extraVolumes", "scratch", "Scratch"],
    ] as const
  ).map(([key, free, taken]) => ({
    check: `names of ${key} against the pod's own: ${taken}`,
    passes: { wordpress: { [key]: [{ name: free, resources: cpuRequest }] } },
    fails: { wordpress: { [key]: [{ name: taken, resources: cpuRequest }] } },
    key: `wordpress.${key}[0].name`,
    value: taken,
    allowed: addedName,
  })),
  {
    check: "names of containers against each other",
    passes: { mysql: { initContainers: [{ name: "a" }, { name: "b" }] } },
    fails: { mysql: { initContainers: [{ name: "a" }, { name: "a" }] } },
    key: "mysql.initContainers[1].name",
    value: "a",
    allowed: addedName,
  },
  {
    check: "further variables against each other",
    passes: { wordpress: { extraEnv: [{ name: "A" }, { name: "B" }] } },
    fails: { wordpress: { extraEnv: [{ name: "A" }, { name: "A" }] } },
    key: "wordpress.extraEnv[1].name",
    value: "A",
    allowed: "a variable that is not in the list already",
  },
  {
    check: "a further variable's two sources",
    passes: { wordpress: { extraEnv: [{ name: "A", valueFrom: {} }] } },
    fails: { wordpress: { extraEnv: [{ name: "A", value: "1", valueFrom: {} }] } },
    key: "wordpress.extraEnv[0].valueFrom",
    value: {},
    allowed: "left out beside value",
  },
  {
    check: "the site's namespace against Traefik's",
    passes: { namespace: "traefik", network: { policies: false } },
    fails: { namespace: "traefik" },
    key: "namespace",
    value: "traefik",
    allowed: "another namespace than Traefik's (network.traefik.namespace)",
  },
  {
    check: "the site's namespace against Rook's",
    passes: { namespace: "rook-ceph", storage: { type: "existing" } },
    fails: { namespace: "rook-ceph" },
    key: "namespace",
    value: "rook-ceph",
    allowed: "another namespace than Rook's (storage.rook.namespace)",
  },
  {
    check: "Rook's two classes against each other",
    passes: { storage: { type: "existing", sharedClassName: "one", blockClassName: "one" } },
    fails: { storage: { sharedClassName: "one", blockClassName: "one" } },
    key: "storage.blockClassName",
    value: "one",
    allowed: "another name than storage.sharedClassName: the two are made of different pools",
  },
  {
    check: "WordPress' image against one without a web server",
    passes: { wordpress: { image: "fpm/cli:7.1.0-php8.4-apache" } },
    fails: { wordpress: { image: "wordpress:7.1.0-php8.4-fpm-alpine" } },
    key: "wordpress.image",
    value: "wordpress:7.1.0-php8.4-fpm-alpine",
    allowed: "an apache variant: this one has no web server",
  },
  {
    check: "MySQL's image against MariaDB's",
    passes: { mysql: { image: "mariadb/mysql:8.4.10" } },
    fails: { mysql: { image: "mariadb:12" } },
    key: "mysql.image",
    value: "mariadb:12",
    allowed: "a MySQL image: MariaDB's has no client of the name mysql",
  },
  {
    check: "MySQL's image against one of another kind",
    passes: { mysql: { image: "example.com/mysql:8.4.10" } },
    fails: { mysql: { image: "docker.io/bitnamilegacy/mysql:8.4.10" } },
    key: "mysql.image",
    value: "docker.io/bitnamilegacy/mysql:8.4.10",
    allowed: "an image with the official image's environment and folders",
  },
  {
    check: "the page cache's image against Alpine's",
    passes: { pageCache: { image: "varnish:9.1.0" } },
    fails: { pageCache: { image: "varnish:9.1.0-alpine" } },
    key: "pageCache.image",
    value: "varnish:9.1.0-alpine",
    allowed: "a Debian variant",
  },
  {
    check: "the domain of a wildcard certificate against a whole top-level domain",
    passes: { site: { url: "https://example.com" }, route: { tls: { wildcardDomain: "example.com" } } },
    fails: { site: { url: "https://example.com" }, route: { tls: { wildcardDomain: "com" } } },
    key: "route.tls.wildcardDomain",
    value: "com",
    allowed: "the site's host (example.com) or the domain right above it",
  },
  {
    check: "snapshot classes against the storage",
    passes: { storage: { type: "rook", snapshots: true } },
    fails: { storage: { type: "existing", snapshots: true } },
    key: "storage.snapshots",
    value: true,
    allowed:
      "false, because storage.type is existing: a VolumeSnapshotClass belongs to a driver, and only Rook's is known here",
  },
  {
    check: "an alias against the site's own host",
    passes: { site: { url: "https://www.example.com", aliases: ["example.com"] } },
    fails: { site: { url: "https://www.example.com", aliases: ["example.com", "www.example.com"] } },
    key: "site.aliases[1]",
    value: "www.example.com",
    allowed: "a host that is neither the site's own (site.url) nor in the list already",
  },
  {
    check: "an alias against the others",
    passes: { site: { url: "https://www.example.com", aliases: ["example.com", "example.org"] } },
    fails: { site: { url: "https://www.example.com", aliases: ["example.com", "example.com"] } },
    key: "site.aliases[1]",
    value: "example.com",
    allowed: "a host that is neither the site's own (site.url) nor in the list already",
  },
  {
    check: "MySQL's own certificate against mysql.tls",
    passes: { mysql: { tls: true }, existingSecrets: ownTls },
    fails: { existingSecrets: ownTls },
    key: "existingSecrets.databaseCertificate",
    value: "db-tls",
    allowed: "left out unless mysql.tls is true and mysql.mode standalone",
  },
  {
    check: "connections against pods and workers",
    passes: { mysql: { maxConnections: 72 } },
    fails: { mysql: { maxConnections: 71 } },
    key: "mysql.maxConnections",
    value: 71,
    allowed: "at least 72: 12 pods, those that end among them, of 6 Apache workers each",
  },
  {
    check: "the disruption budget against the autoscaler's fewest pods",
    passes: { wordpress: { maxUnavailable: 2 } },
    fails: { wordpress: { maxUnavailable: 3 } },
    key: "wordpress.maxUnavailable",
    value: 3,
    allowed: "less than the fewest replicas (3), or a drain may take every pod",
  },
  {
    check: "the disruption budget against the replicas",
    passes: { wordpress: { autoscaling: { enabled: false }, replicas: 3, maxUnavailable: 2 } },
    fails: { wordpress: { autoscaling: { enabled: false }, replicas: 2, maxUnavailable: 2 } },
    key: "wordpress.maxUnavailable",
    value: 2,
    allowed: "less than the fewest replicas (2), or a drain may take every pod",
  },
  {
    check: "an external server's address",
    passes: { mysql: { mode: "external", external }, existingSecrets: { database: "db" } },
    fails: { mysql: { mode: "external" }, existingSecrets: { database: "db" } },
    key: "mysql.external",
    value: undefined,
    allowed: "a map with the host of the server, because mysql.mode is external",
  },
  {
    check: "an external server's authority where TLS is off",
    passes: ownServer({ tls: true, external }),
    fails: ownServer({ tls: false, external: { ...external, certificateAuthority } }),
    key: "mysql.external.certificateAuthority",
    value: certificateAuthority,
    allowed: "left out unless mysql.tls is true",
  },
  {
    check: "an external server's password",
    passes: { mysql: { mode: "external", external }, existingSecrets: { database: "db" } },
    fails: { mysql: { mode: "external", external } },
    key: "existingSecrets.database",
    value: undefined,
    allowed: "the Secret that holds the server's password, because mysql.mode is external",
  },
  {
    check: "an external server beside our own",
    passes: { mysql: { mode: "standalone" } },
    fails: { mysql: { mode: "standalone", external } },
    key: "mysql.external",
    value: { host: "db.example.com", port: 3306 },
    allowed: "left out unless mysql.mode is external",
  },
  {
    check: "the domain of a wildcard certificate against the site's host",
    passes: {
      site: { url: "https://www.example.co.uk" },
      route: { tls: { wildcardDomain: "example.co.uk" } },
    },
    fails: { site: { url: "https://www.example.co.uk" }, route: { tls: { wildcardDomain: "co.uk" } } },
    key: "route.tls.wildcardDomain",
    value: "co.uk",
    allowed: "the site's host (www.example.co.uk) or the domain right above it",
  },
  {
    check: "the Secret of a certificate that is there",
    passes: { route: { tls: { source: "secret", secretName: "tls" } } },
    fails: { route: { tls: { source: "secret" } } },
    key: "route.tls.secretName",
    value: undefined,
    allowed: "a Secret name, because route.tls.source is secret",
  },
  {
    check: "the Secret cert-manager fills",
    passes: { route: { tls: { source: "cert-manager", secretName: "tls", issuer: { name: "le" } } } },
    fails: { route: { tls: { source: "cert-manager", issuer: { name: "le" } } } },
    key: "route.tls.secretName",
    value: undefined,
    allowed: "a Secret name, because route.tls.source is cert-manager",
  },
  {
    check: "cert-manager's issuer",
    passes: { route: { tls: { source: "cert-manager", secretName: "tls", issuer: { name: "le" } } } },
    fails: { route: { tls: { source: "cert-manager", secretName: "tls" } } },
    key: "route.tls.issuer",
    value: undefined,
    allowed: "a map with the issuer's name, because route.tls.source is cert-manager",
  },
  {
    check: "the Secret of a certificate against a source that has none",
    passes: { route: { tls: { source: "secret", secretName: "tls" } } },
    fails: { route: { tls: { source: "certResolver", secretName: "tls" } } },
    key: "route.tls.secretName",
    value: "tls",
    allowed: "left out unless route.tls.source is secret or cert-manager",
  },
  {
    check: "the Secret of a certificate against Traefik's own",
    passes: { route: { tls: { source: "default" } } },
    fails: { route: { tls: { source: "default", secretName: "tls" } } },
    key: "route.tls.secretName",
    value: "tls",
    allowed: "left out unless route.tls.source is secret or cert-manager",
  },
  {
    check: "an issuer against a source that is not cert-manager",
    passes: { route: { tls: { certResolver: "le" } } },
    fails: { route: { tls: { certResolver: "le", issuer: { name: "le" } } } },
    key: "route.tls.issuer",
    value: { kind: "ClusterIssuer", name: "le" },
    allowed: "left out unless route.tls.source is cert-manager",
  },
  {
    check: "a wildcard against a source that orders none",
    passes: { route: { tls: { wildcardDomain: "example.com" } } },
    fails: { route: { tls: { source: "secret", secretName: "tls", wildcardDomain: "example.com" } } },
    key: "route.tls.wildcardDomain",
    value: "example.com",
    allowed: "left out unless route.tls.source is certResolver",
  },
  {
    check: "a floating WordPress image where data is protected",
    passes: { protectData: false, wordpress: { image: "wordpress:latest" } },
    fails: { protectData: true, wordpress: { image: "wordpress:latest" } },
    key: "wordpress.image",
    value: "wordpress:latest",
    allowed: pinned,
  },
  {
    check: "the page cache's memory against what Varnish needs",
    passes: { pageCache: { enabled: true, resources: memory("192Mi") } },
    fails: { pageCache: { enabled: true, resources: memory("191Mi") } },
    key: "pageCache.resources.limits.memory",
    value: "191Mi",
    allowed: "at least 192Mi: Varnish itself takes 112Mi",
  },
  {
    check: "the largest page kept against the room for pages",
    passes: { pageCache: { enabled: true, maxObjectSize: "23Mi" } },
    fails: { pageCache: { enabled: true, maxObjectSize: "24Mi" } },
    key: "pageCache.maxObjectSize",
    value: "24Mi",
    allowed:
      "at most 23Mi, a quarter of the 93Mi that pageCache.resources.limits.memory (256Mi) leaves for pages",
  },
  {
    check: "the page cache's grace against how long a page is there at all",
    passes: { pageCache: { enabled: true, graceSeconds: 60, staleIfErrorSeconds: 60 } },
    fails: { pageCache: { enabled: true, graceSeconds: 61, staleIfErrorSeconds: 60 } },
    key: "pageCache.graceSeconds",
    value: 61,
    allowed: "at most pageCache.staleIfErrorSeconds (60), after which a page is gone",
  },
  {
    check: "a floating image of the page cache where data is protected",
    passes: { protectData: true, pageCache: { image: "varnish:9.1.0" } },
    fails: { protectData: true, pageCache: { image: "varnish:fresh" } },
    key: "pageCache.image",
    value: "varnish:fresh",
    allowed: pinned,
  },
  {
    check: "the mail server's user against the Secret of the password",
    passes: mail(mailLogin),
    fails: mail({ user: "blog" }),
    key: "site.smtp.secretName",
    value: undefined,
    allowed: "the Secret that holds the password, because site.smtp.user is set",
  },
  {
    check: "the Secret of the mail server's password against the user",
    passes: mail({}),
    fails: mail({ secretName: "smtp" }),
    key: "site.smtp.user",
    value: undefined,
    allowed: "the user whose password is in site.smtp.secretName",
  },
  {
    check: "a password in plain text against where the mail server is",
    passes: mail({ ...mailLogin, tls: "none", host: "smtp.mail.svc" }),
    fails: mail({ ...mailLogin, tls: "none" }),
    key: "site.smtp.tls",
    value: "none",
    allowed:
      "starttls or implicit, because smtp.example.com is no Service of the cluster: the password would cross the network in plain text",
  },
  {
    check: "the mail server's authority against plain text",
    passes: mail({ certificateAuthority }),
    fails: mail({ certificateAuthority, tls: "none" }),
    key: "site.smtp.certificateAuthority",
    value: certificateAuthority,
    allowed: "nothing, because site.smtp.tls is none",
  },
  {
    check: "STARTTLS against the port of implicit TLS",
    passes: mail({ tls: "implicit", port: 465 }),
    fails: mail({ port: 465 }),
    key: "site.smtp.tls",
    value: "starttls",
    allowed: "implicit, because site.smtp.port is 465, where TLS begins with the connection",
  },
  {
    check: "implicit TLS against the port of STARTTLS",
    passes: mail({ tls: "implicit", port: 2465 }),
    fails: mail({ tls: "implicit", port: 587 }),
    key: "site.smtp.tls",
    value: "implicit",
    allowed: "starttls, because site.smtp.port is 587, where no connection begins with TLS",
  },
  {
    check: "a MySQL image without tag where data is protected",
    passes: { protectData: true, mysql: { image: digest } },
    fails: { protectData: true, mysql: { image: "registry.example:5000/mysql" } },
    key: "mysql.image",
    value: "registry.example:5000/mysql",
    allowed: pinned,
  },
];

describe("crossCheck", () => {
  it("finds nothing wrong with the defaults", () => {
    expect(faultsOf({})).to.deep.equal([]);
  });

  for (const { check, passes, fails, key, value, allowed } of borders) {
    it(`checks ${check}`, () => {
      expect(faultsOf(passes)).to.deep.equal([]);
      expect(faultsOf(fails)).to.deep.equal([notAllowed(key, value, allowed)]);
    });
  }

  it("asks nothing of a page cache that is off", () => {
    const pageCache = {
      resources: memory("64Mi"),
      maxObjectSize: "1Gi",
      graceSeconds: 9,
      staleIfErrorSeconds: 1,
    };
    expect(faultsOf({ pageCache })).to.deep.equal([]);
  });

  it("asks nothing of an autoscaler that is off, or of a server that is not ours", () => {
    expect(
      faultsOf({
        wordpress: { autoscaling: { enabled: false, minReplicas: 9, maxReplicas: 2 } },
        mysql: { mode: "external", external, maxConnections: 10, resources: memory("64Mi") },
        existingSecrets: { database: "db" },
      }),
    ).to.deep.equal([]);
  });

  it("lets the only pod of a site be drained", () => {
    expect(faultsOf({ wordpress: single })).to.deep.equal([]);
  });

  it("asks for no CPU request where there is no autoscaler, and takes a limit for one", () => {
    expect(faultsOf({ wordpress: { autoscaling: { enabled: false }, sidecars: [sidecar] } })).to.deep.equal(
      [],
    );
    const limited = { ...sidecar, resources: { limits: { cpu: "10m" } } };
    expect(faultsOf({ wordpress: { sidecars: [limited] } })).to.deep.equal([]);
  });

  it("knows every variable the deployment sets", async () => {
    const { resources } = await record(
      () =>
        new Site(
          "wordpress",
          parseConfig({
            ...mail({ ...mailLogin, fromName: "A Blog", certificateAuthority }),
            mysql: { tls: true },
            pageCache: { enabled: true },
          }),
        ),
    );
    const pods = ["wordpress-wordpress-deployment", "wordpress-wordpress-provision"].map((name) =>
      resources.find((resource) => resource.name === name),
    );
    const names = pods.flatMap((pod) => [
      ...JSON.stringify(pod?.inputs).matchAll(/"name":"([A-Z][A-Z0-9_]+)"/g),
    ]);
    const own = [...new Set(names.map(([, name = ""]) => name))];
    expect(own).to.have.length.greaterThan(18);
    const accepted = own.filter((name) => faultsOf({ wordpress: { extraEnv: [{ name }] } }).length === 0);
    expect(accepted).to.deep.equal([]);
  });

  it("takes these tags for floating, and versions not", () => {
    const refused = (image: string) => faultsOf({ protectData: true, mysql: { image } }).length > 0;
    const names = ["latest", "lts", "innovation", "stable", "oracle", "apache", "php8.4-apache"];
    const parts = ["8", "8.4", "9-oracle", "7.1-php8.4-apache", "7-apache"];
    const floating = ["mysql", ...[...names, ...parts].map((tag) => `mysql:${tag}`)];
    expect(floating.filter((image) => !refused(image))).to.deep.equal([]);
    const versions = ["8.4.10", "8.4.10-oracle", "7.1.0-php8.4-apache", "v12", "2026.11", "build-1234"];
    const kept = versions.map((tag) => `registry.example:5000/mysql:${tag}`);
    expect([...kept, digest, digest.replace("@", ":latest@")].filter(refused)).to.deep.equal([]);
  });
});
