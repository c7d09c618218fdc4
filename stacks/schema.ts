import { isIP } from "node:net";
import type * as k8s from "@pulumi/kubernetes/types/input.js";
import { z } from "zod";
import { bytesPattern, cpuPattern } from "./quantity.ts";

/*
 * The config of one environment: every key with its type, default and meaning. Each leaf carries one sentence
 * saying what is allowed; that sentence is the error message, whichever rule of the leaf was broken.
 * docs/config.md is generated from here.
 */

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const hostName = /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)*[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** Registry with an optional port, repository, tag and digest. */
const imageReference =
  /^([a-z0-9]+([.-][a-z0-9]+)*(:[0-9]{1,5})?\/)?[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:\w[\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/;

const text = (allowed: string, pattern: RegExp) =>
  z.string({ error: allowed }).regex(pattern, { error: allowed });
const whole = (min: number, max: number) => {
  const error = `a whole number from ${min} to ${max}`;
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error });
};
const flag = () => z.boolean({ error: "true or false" });
const choice = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `one of ${values.join(", ")}` });
const size = () => text("a size with a binary unit, such as 512Mi or 20Gi", bytesPattern);
/** PHP is told whole mebibytes, and none means something else to it. */
const phpSize = () => text("a size in Mi or Gi, such as 64Mi", /^[1-9][0-9]*(Mi|Gi)$/);
const cpu = () => text("CPU cores or millicores, such as 1, 0.5 or 200m", cpuPattern);
const name = (what: string) =>
  text(
    `${what}: at most 63 lower-case letters, digits and '-', starting and ending with a letter or digit`,
    dnsLabel,
  );
const host = () =>
  text("a host name such as blog.example.com, without scheme, port, path or space", hostName);
/** An https origin in the one form browsers give it: no default port, no path. */
const isSiteUrl = (url: string) =>
  /^https:\/\/[a-z0-9][-a-z0-9.]*(:[0-9]+)?$/.test(url) && URL.canParse(url) && new URL(url).origin === url;
const image = () => text("an image reference such as wordpress:7.1.0-apache", imageReference);
/** Address ranges as the API server takes them: address and prefix length. */
const addressRanges = (example: string) => {
  const error = `an address range such as ${example}`;
  return z.array(z.string({ error }).refine(isAddressRange, { error }), {
    error: "a list of address ranges",
  });
};
const isAddressRange = (text: string) => {
  const [, address = "", length = ""] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return length !== "" && Number(length) <= bits;
};
const line = (what: string) => text(`${what}: one line of text, not empty`, /^\S(.*\S)?$/);
const nested = <T extends z.ZodRawShape>(shape: T) =>
  z.strictObject(shape, { error: (issue) => (issue.code === "invalid_type" ? "a map of keys" : undefined) });

const computeResources = (cpuDefault: string, memoryDefault: string) => {
  const pair = nested({
    cpu: cpu().default(cpuDefault).describe("CPU cores"),
    memory: size().default(memoryDefault).describe("Memory in bytes"),
  });
  return nested({
    requests: pair.prefault({}).describe("What the scheduler sets aside for the pod"),
    limits: pair
      .prefault({})
      .describe("What the pod may use at most; equal to requests gives Guaranteed QoS"),
  }).prefault({});
};

const site = nested({
  url: z
    .string({ error: "an https URL with a host and no path, such as https://blog.example.com" })
    .refine(isSiteUrl, {
      error: "an https URL with a host and no path, such as https://blog.example.com",
    })
    .describe("The one address of the site; links, routes, redirects and forced TLS follow from it"),
  aliases: z
    .array(host(), { error: "a list of host names" })
    .default([])
    .describe("Further hosts; each redirects to the site's own host"),
  title: line("a title").default("WordPress").describe("Title given to a newly installed site"),
  adminUser: text("a user name of 1 to 60 letters, digits, '.', '_', '-' or '@'", /^[\w.@-]{1,60}$/)
    .default("admin")
    .describe("Login name of the administrator made by the installation"),
  adminEmail: text("an e-mail address", /^[^\s@]+@[^\s@]+$/)
    .default("admin@example.com")
    .describe("E-mail address of that administrator"),
});

const existingSecrets = nested({
  database: name("a Secret name")
    .optional()
    .describe(
      "Secret with the keys `password` and `root-password` (`password` alone for an external server)",
    ),
  admin: name("a Secret name").optional().describe("Secret with the key `password`"),
  salts: name("a Secret name").optional().describe("Secret with the eight keys `auth-key` … `nonce-salt`"),
  databaseCertificate: name("a Secret name")
    .optional()
    .describe(
      "Secret with the keys `ca.crt`, `tls.crt` and `tls.key`: MySQL's certificate, made out to its Service's name",
    ),
  pageCacheToken: name("a Secret name")
    .optional()
    .describe("Secret with the key `token`: at least 32 characters, and no line end"),
}).prefault({});

const storage = nested({
  type: choice(["rook", "existing"])
    .default("rook")
    .describe(
      "`rook`: make CephFS and block classes in a Rook cluster; `existing`: use classes that are there",
    ),
  sharedClassName: name("a StorageClass name")
    .default("csi-cephfs")
    .describe("StorageClass of WordPress' volume"),
  blockClassName: name("a StorageClass name")
    .default("rook-ceph-block")
    .describe("StorageClass of MySQL's volume"),
  snapshots: flag()
    .default(false)
    .describe("Make a VolumeSnapshotClass for each of Rook's classes (needs the snapshot CRDs)"),
  rook: nested({
    namespace: name("a namespace").default("rook-ceph").describe("Namespace of the Rook cluster"),
    clusterID: name("a cluster ID").default("rook-ceph").describe("Ceph-CSI's name of the cluster"),
    filesystem: name("a CephFilesystem name").default("myfs").describe("Name of the CephFilesystem"),
    blockPool: name("a CephBlockPool name").default("replicapool").describe("Name of the CephBlockPool"),
    replicas: whole(1, 10).default(3).describe("Copies Ceph keeps of every object"),
    failureDomain: choice(["host", "rack", "zone", "osd"])
      .default("host")
      .describe("What two copies may not share"),
    activeCount: whole(1, 10).default(1).describe("Active metadata servers"),
    activeStandby: flag().default(true).describe("Keep a warm standby for each active metadata server"),
    mounter: choice(["kernel", "fuse"]).optional().describe("CephFS client; Ceph-CSI chooses when unset"),
  }).prefault({}),
}).prefault({});

const mysql = nested({
  mode: choice(["standalone", "external"])
    .default("standalone")
    .describe("`standalone`: a StatefulSet of one; `external`: a server that is there"),
  image: image().default("mysql:8.4.10").describe("MySQL image"),
  database: text("1 to 64 letters, digits or '_'", /^\w{1,64}$/)
    .default("wordpress")
    .describe("Database of the site"),
  user: text("1 to 32 letters, digits or '_', and not root", /^(?!root$)\w{1,32}$/)
    .default("wordpress")
    .describe("Database user of the site, with rights on that database only"),
  storage: nested({
    size: size()
      .default("20Gi")
      .describe("Size of the PersistentVolumeClaim mysql-pvc; may grow, never shrink"),
  }).prefault({}),
  resources: computeResources("500m", "1Gi"),
  maxConnections: whole(10, 10000)
    .optional()
    .describe("max_connections; by default WordPress' worst case and a reserve for Jobs and the operator"),
  slowQuerySeconds: z
    .number({ error: "seconds from 0.1 to 60" })
    .min(0.1, { error: "seconds from 0.1 to 60" })
    .max(60, { error: "seconds from 0.1 to 60" })
    .optional()
    .describe("Log queries that take longer, in seconds; off when unset"),
  tls: flag().default(false).describe("Encrypt WordPress' connection and check the server's certificate"),
  terminationGracePeriodSeconds: whole(30, 3600)
    .default(300)
    .describe("Time for a clean shutdown, in seconds"),
  external: nested({
    host: host().describe("Host of the server"),
    port: whole(1, 65535).default(3306).describe("Port of the server"),
    certificateAuthority: z
      .string({ error: "a PEM certificate" })
      .regex(/^-----BEGIN CERTIFICATE-----/, { error: "a PEM certificate" })
      .optional()
      .describe("Authority that signed the server's certificate, PEM; needed with `mysql.tls`"),
  })
    .optional()
    .describe("The server of `mode: external`; its password comes from existingSecrets.database"),
}).prefault({});

const envVar = nested({
  name: text("an environment variable name", /^[A-Za-z_][A-Za-z0-9_]*$/).describe("Name of the variable"),
  value: z.string({ error: "text" }).optional().describe("Its value"),
  valueFrom: z
    .record(z.string(), z.unknown(), { error: "a map of keys" })
    .optional()
    .describe("Where its value comes from, as in a Kubernetes EnvVar"),
});
/** Objects handed on as they are; the API server checks them. */
const rawObjects = <T>(what: string) =>
  z
    .array(z.record(z.string(), z.unknown(), { error: "a map of keys" }), { error: `a list of ${what}` })
    .default([]) as unknown as z.ZodDefault<z.ZodArray<z.ZodType<T>>>;

const wordpress = nested({
  image: image().default("wordpress:7.1.0-php8.4-apache").describe("WordPress image, an apache variant"),
  content: choice(["shared", "image"])
    .default("shared")
    .describe(
      "`shared`: all of /var/www/html on the volume, plugins can be installed; `image`: code from the image, only wp-content/uploads on the volume, nothing can be installed",
    ),
  replicas: whole(1, 100).default(3).describe("Pods when autoscaling is off"),
  strategy: choice(["RollingUpdate", "Recreate"]).default("RollingUpdate").describe("How pods are replaced"),
  antiAffinity: choice(["soft", "hard"])
    .default("soft")
    .describe("Whether two pods should not (soft) or may not (hard) share a node"),
  topologySpreadConstraints: rawObjects<Omit<k8s.core.v1.TopologySpreadConstraint, "labelSelector">>(
    "topologySpreadConstraints",
  ).describe("Added to the pod; labelSelector is filled in"),
  priorityClassName: name("a PriorityClass name").optional().describe("PriorityClass of the WordPress pods"),
  storage: nested({
    size: size()
      .default("2Gi")
      .describe("Size of the PersistentVolumeClaim wordpress-pvc; may grow, never shrink"),
    accessMode: choice(["ReadWriteMany", "ReadWriteOnce"])
      .default("ReadWriteMany")
      .describe("ReadWriteOnce only with one replica and Recreate"),
  }).prefault({}),
  resources: computeResources("200m", "512Mi"),
  autoscaling: nested({
    enabled: flag().default(true).describe("Make a HorizontalPodAutoscaler; replicas is then left to it"),
    minReplicas: whole(1, 100).default(3).describe("Fewest pods"),
    maxReplicas: whole(1, 1000).default(6).describe("Most pods"),
    targetCPUUtilizationPercentage: whole(1, 100)
      .default(20)
      .describe("Average CPU to aim at, in percent of the request"),
  }).prefault({}),
  maxUnavailable: whole(1, 100).default(1).describe("PodDisruptionBudget: pods a drain may take at a time"),
  preStopSleepSeconds: whole(0, 600)
    .default(20)
    .describe("Time between leaving the endpoints and the stop signal, in seconds"),
  terminationGracePeriodSeconds: whole(1, 3600)
    .default(90)
    .describe("Time from the start of preStop until the pod is killed, in seconds"),
  progressDeadlineSeconds: whole(30, 3600)
    .default(300)
    .describe(
      "The longest a rollout may stand still, in seconds; `pulumi up` waits that long for each of its steps, four at most",
    ),
  provisionDeadlineSeconds: whole(30, 7200)
    .default(900)
    .describe("The longest the Job that prepares code and database may take, in seconds"),
  livenessProbe: flag()
    .default(false)
    .describe("Restart a pod that stops answering; off on purpose, see docs/adr/0001"),
  php: nested({
    memoryLimit: phpSize()
      .default("128Mi")
      .describe(
        "memory_limit of one request; WordPress raises it to 256M for the administration and for pictures",
      ),
    uploadMaxSize: phpSize()
      .default("64Mi")
      .describe("Largest upload; PHP, Apache and Traefik limits follow"),
    maxExecutionSeconds: whole(1, 3600).default(60).describe("Longest request, in seconds"),
    extraIni: z
      .array(line("a php.ini line"), { error: "a list of php.ini lines" })
      .default([])
      .describe("Lines added to php.ini"),
  }).prefault({}),
  persistentConnections: flag()
    .default(true)
    .describe(
      "Each Apache process keeps its connection to the database for its next page, unless the site has a wp-content/db.php of its own",
    ),
  maxRequestWorkers: whole(1, 1000)
    .optional()
    .describe("Apache processes of one pod; by default as many as its memory limit holds"),
  cron: nested({
    schedule: text("five cron fields, such as */5 * * * *", /^(\S+\s+){4}\S+$/)
      .default("*/5 * * * *")
      .describe("When WordPress' own scheduled work runs"),
  }).prefault({}),
  xmlrpc: flag().default(false).describe("Leave xmlrpc.php open"),
  extraEnv: z
    .array(envVar, { error: "a list of environment variables" })
    .default([])
    .describe("Added to the container"),
  extraConfig: z
    .array(line("a line of PHP"), { error: "a list of PHP lines" })
    .default([])
    .describe("Lines added to wp-config.php"),
  extraVolumes: rawObjects<k8s.core.v1.Volume>("volumes").describe("Added to the pod"),
  extraVolumeMounts: rawObjects<k8s.core.v1.VolumeMount>("volumeMounts").describe("Added to the container"),
  sidecars: rawObjects<k8s.core.v1.Container>("containers").describe("Further containers of the pod"),
}).prefault({});

const pageCache = nested({
  enabled: flag().default(false).describe("Put an HTTP cache between Traefik and WordPress"),
  image: image().default("varnish:9.1.0").describe("Varnish image, a Debian variant"),
  replicas: whole(1, 20).default(2).describe("Pods, each with a cache of its own"),
  resources: computeResources("500m", "256Mi"),
  ttlSeconds: whole(1, 86400)
    .default(120)
    .describe("How long a page is fresh, in seconds; what WordPress publishes shows at once all the same"),
  graceSeconds: whole(0, 86400)
    .default(300)
    .describe("How long after that it is served while a newer one is fetched, in seconds"),
  staleIfErrorSeconds: whole(0, 604800)
    .default(86400)
    .describe("How long after that it is served when WordPress or its database fails, in seconds"),
  maxObjectSize: size().default("4Mi").describe("Largest file or page kept; larger ones are passed through"),
  passCookies: z
    .array(text("the first part of a cookie name, such as cart_", /^[\w.-]+$/), {
      error: "a list of first parts of cookie names",
    })
    .default([])
    .describe("Further cookies whose bearers always get pages of their own"),
  passPaths: z
    .array(text("a path without query, such as /members", /^(\/[\w.-]+)+$/), { error: "a list of paths" })
    .default([])
    .describe("Further paths, with all below them, that are never kept"),
  metrics: nested({
    enabled: flag()
      .default(true)
      .describe("Show Varnish' counters to Prometheus on port 9131, by a container beside it"),
    namespace: name("a namespace")
      .optional()
      .describe("Namespace whose pods may read them; with network.policies nobody may when unset"),
  }).prefault({}),
}).prefault({});

const route = nested({
  entryPoints: nested({
    web: name("an entry point").default("web").describe("Traefik's entry point for http"),
    websecure: name("an entry point").default("websecure").describe("Traefik's entry point for https"),
  }).prefault({}),
  tls: nested({
    source: choice(["certResolver", "secret", "cert-manager", "default"])
      .default("certResolver")
      .describe("Where the certificate comes from; `default` is the one Traefik has without being told"),
    certResolver: name("a certResolver").default("ali").describe("Traefik's ACME resolver"),
    secretName: name("a Secret name")
      .optional()
      .describe("TLS Secret that is there (`secret`), or that cert-manager fills (`cert-manager`)"),
    issuer: nested({
      kind: choice(["ClusterIssuer", "Issuer"]).default("ClusterIssuer").describe("Kind of the issuer"),
      name: name("an issuer").describe("Name of the issuer"),
    })
      .optional()
      .describe("cert-manager's issuer"),
    wildcardDomain: host()
      .optional()
      .describe(
        "Ask for one certificate for this domain and *.domain (the certResolver needs a DNS challenge)",
      ),
  }).prefault({}),
  hsts: nested({
    seconds: whole(0, 63072000).default(31536000).describe("Strict-Transport-Security max-age, in seconds"),
    includeSubdomains: flag().default(false).describe("Also for every subdomain"),
  }).prefault({}),
  loginRequestsPerMinute: whole(1, 6000)
    .default(30)
    .describe("Requests to wp-login.php allowed to one client address"),
  trustedProxies: addressRanges("203.0.113.0/24")
    .default([])
    .describe(
      "Addresses of load balancers and CDNs in front of Traefik that name the visitor in X-Forwarded-For; Traefik's entry points have to trust them too",
    ),
}).prefault({});

const network = nested({
  policies: flag().default(true).describe("Make NetworkPolicies: everything closed but what the site needs"),
  internetEgress: flag()
    .default(false)
    .describe("Let WordPress reach the internet (plugin installation, update checks, mail, oEmbed)"),
  traefik: nested({
    namespace: name("a namespace").default("traefik").describe("Namespace of Traefik's pods"),
    cidrs: addressRanges("10.0.0.0/16")
      .default([])
      .describe("Addresses of a Traefik that runs outside the pod network"),
  }).prefault({}),
  dnsCidrs: addressRanges("169.254.20.10/32")
    .default([])
    .describe("Addresses of DNS servers outside the pod network (NodeLocal DNSCache, for one)"),
}).prefault({});

export const siteSchema = nested({
  namespace: name("a namespace")
    .default("kube-example")
    .describe("Namespace of everything the site is made of"),
  protectData: flag()
    .default(false)
    .describe("Protect volumes, classes, filesystem and generated passwords from deletion"),
  preflight: flag()
    .default(true)
    .describe("Check first that the cluster has what the stack needs; false to preview without a cluster"),
  site,
  existingSecrets,
  storage,
  mysql,
  wordpress,
  pageCache,
  route,
  network,
});

/** What a stack's config may hold. */
export type SiteConfigInput = z.input<typeof siteSchema>;

/** A stack's config with every default filled in. */
export type SiteConfig = z.output<typeof siteSchema>;
