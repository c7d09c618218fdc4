import { isIP } from "node:net";
import type * as k8s from "@pulumi/kubernetes/types/input.js";
import { z } from "zod";
import type { PodArgs } from "../components/pods.ts";
import { bytesPattern, cpuPattern } from "../components/quantity.ts";
import { siteDefaults as defaults } from "./defaults.ts";
import {
  freeLabel,
  hostName,
  imageReference,
  isAddressRange,
  isCertificate,
  isSchedule,
  isSiteUrl,
  isTimezone,
  labelName,
  labelValue,
  mailAddress,
  objectName,
  qualifiedName,
  timezoneSpelling,
  variableName,
} from "./formats.ts";

/*
 * The config of one environment: every key with its type, default and meaning. Each leaf carries one sentence
 * saying what is allowed; that sentence is the error message, whichever rule of the leaf was broken. The defaults are
 * the components'. docs/config.md is generated from here.
 */

const text = (allowed: string, pattern: RegExp) =>
  z.string({ error: allowed }).regex(pattern, { error: allowed });
const checked = (error: string, isAllowed: (text: string) => boolean) =>
  z.string({ error }).refine(isAllowed, { error });
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
const cpu = () =>
  text("CPU cores or millicores, such as 1, 0.5 or 200m", cpuPattern).meta({ mayBeFraction: true });
const name = (what: string) =>
  text(
    `${what}: at most 253 lower-case letters, digits, '-' and '.', each part of it starting and ending with a letter or digit`,
    objectName,
  );
const namespaceRule =
  "at most 63 lower-case letters, digits and '-', starting and ending with a letter or digit";
const namespace = (what = "a namespace") => text(`${what}: ${namespaceRule}`, labelName);
/** In those of Kubernetes and in the one for everybody, the policies of a site would close others' pods. */
const ownNamespace = () =>
  text(
    `a namespace for the site alone, not default or one of Kubernetes' (kube-system, kube-public, kube-node-lease): ${namespaceRule}`,
    new RegExp(`^(?!(default|kube-system|kube-public|kube-node-lease)$)${labelName.source.slice(1)}`),
  );
/** Names in Traefik's start-up configuration, which it takes as they are written. */
const traefikName = (what: string) =>
  text(`${what}: letters, digits, '-', '_' and '.', such as letsEncrypt`, /^\w[\w.-]{0,99}$/);
const host = () =>
  text("a host name such as blog.example.com, without scheme, port, path or space", hostName);
const anyTimezone = "a time zone such as UTC or Europe/Berlin";
/** What a time zone in the wrong case is to be. */
function rightTimezone(given: string): string | undefined {
  const right = timezoneSpelling(given);
  return right !== undefined && isTimezone(right) ? right : undefined;
}
/** Another http or https URL of a form. */
const address = (allowed: string, form: RegExp) =>
  checked(allowed, (url) => form.test(url) && URL.canParse(url));
const zipFile = /^https?:\/\/[^\s@/?#]+\/[^\s#]*$/;
const origin = /^https?:\/\/[a-z0-9][-a-z0-9.]*(:\d+)?(\/[\w.~-]+)*$/;
const certificateAuthority = () => checked("a PEM certificate", isCertificate);
const image = () => text("an image reference such as wordpress:7.1.0-apache", imageReference);
/** Address ranges as the API server takes them: address and prefix length. */
const addressRanges = (example: string) => {
  const error = `an address range such as ${example}`;
  return z.array(checked(error, isAddressRange), { error: "a list of address ranges" });
};
const line = (what: string) => text(`${what}: one line of text, not empty`, /^\S(.*\S)?$/);
const nested = <T extends z.ZodRawShape>(shape: T) =>
  z.strictObject(shape, { error: (issue) => (issue.code === "invalid_type" ? "a map of keys" : undefined) });

/** Objects handed on as they are; the API server checks them. */
const rawObjects = <T>(what: string) =>
  z
    .array(z.record(z.string(), z.unknown(), { error: "a map of keys" }), { error: `a list of ${what}` })
    .optional() as unknown as z.ZodOptional<z.ZodArray<z.ZodType<T, T>>>;
const noneByDefault = <T>(what: string) => rawObjects<T>(what).default([] as T[]);

interface Amounts {
  cpu: string;
  memory: string;
}

const computeResources = ({
  requests,
  limits,
}: {
  requests: Amounts & { ephemeralStorage: string };
  limits: Amounts;
}) => {
  const amounts = ({ cpu: cores, memory }: Amounts) => ({
    cpu: cpu().default(cores).describe("CPU cores"),
    memory: size().default(memory).describe("Memory in bytes"),
  });
  return nested({
    requests: nested({
      ...amounts(requests),
      ephemeralStorage: size().default(requests.ephemeralStorage).describe("Disk of the node in bytes"),
    })
      .prefault({})
      .describe("What the scheduler sets aside for the pod"),
    limits: nested({
      ...amounts(limits),
      ephemeralStorage: size()
        .optional()
        .describe("Disk of the node in bytes; by default /tmp and 2Gi for logs and code"),
    })
      .prefault({})
      .describe("What the pod may use at most; equal to requests gives Guaranteed QoS"),
  }).prefault({});
};

/** Names and values, where some names are the deployment's own. */
const nameValues = (what: string, pattern: RegExp, value: RegExp) => {
  const error = `a map of ${what}`;
  return z.record(z.string().regex(pattern, { error }), z.string({ error }).regex(value, { error }), {
    error,
  });
};
const annotations = () => nameValues("annotations: names and texts", qualifiedName, /^/).optional();
const labels = () =>
  nameValues(
    "labels: names and values of at most 63 letters, digits, '-', '_' or '.', and none of app, tier, app.kubernetes.io/ or what Kubernetes sets itself",
    freeLabel,
    labelValue,
  ).optional();

/** What the pods and Services of every part may be given. */
const podKeys = (what: string, tmpSize?: string) => ({
  nodeSelector: nameValues("node labels and their values", qualifiedName, labelValue)
    .optional()
    .describe(`Labels of the nodes ${what} may run on`),
  tolerations: rawObjects<k8s.core.v1.Toleration>("tolerations").describe(`Taints ${what} put up with`),
  affinity: (
    z.record(z.string(), z.unknown(), { error: "a map of keys" }) as unknown as z.ZodType<
      NonNullable<PodArgs["affinity"]>,
      NonNullable<PodArgs["affinity"]>
    >
  )
    .optional()
    .describe("Added to the deployment's own affinities, as in a Kubernetes Affinity"),
  priorityClassName: name("a PriorityClass name").optional().describe(`PriorityClass of ${what}`),
  podAnnotations: annotations().describe(`Annotations of ${what}`),
  podLabels: labels().describe(`Labels of ${what}`),
  serviceAnnotations: annotations().describe("Annotations of the Services"),
  serviceLabels: labels().describe("Labels of the Services"),
  imagePullSecrets: z
    .array(name("a Secret name"), { error: "a list of Secret names" })
    .optional()
    .describe("Secrets with logins to image registries"),
  serviceAccountName: name("a ServiceAccount name")
    .optional()
    .describe(`ServiceAccount of ${what}; they get no token of it`),
  initContainers: rawObjects<k8s.core.v1.Container>("containers").describe(
    "Containers that run before the deployment's own",
  ),
  tmpSize: (tmpSize === undefined ? size().optional() : size().default(tmpSize)).describe(
    `Most that ${what} may keep in /tmp${tmpSize === undefined ? "; by default 1Gi, or an upload and a picture by every worker" : ""}`,
  ),
});

const site = nested({
  url: checked("an https URL with a host and no path, such as https://blog.example.com", isSiteUrl).describe(
    "The one address of the site; links, routes, redirects and forced TLS follow from it",
  ),
  movedFrom: address(
    "an http or https URL without a slash at its end, such as https://old.example.com",
    origin,
  )
    .optional()
    .describe(
      "Address the site had before: the provisioning Job puts `site.url` in its place in the whole database, once",
    ),
  aliases: z
    .array(host(), { error: "a list of host names" })
    .default([])
    .describe("Further hosts; each redirects to the site's own host"),
  title: line("a title").default(defaults.site.title).describe("Title given to a newly installed site"),
  adminUser: text(
    "a user name of 1 to 60 letters, digits, '.', '_', '-' or '@'",
    /^(?=.*[A-Za-z0-9])[\w.@-]{1,60}$/,
  )
    .default(defaults.site.adminUser)
    .describe("Login name of the administrator made by the installation"),
  adminEmail: text("an e-mail address such as me@example.com", mailAddress)
    .default(defaults.site.adminEmail)
    .describe("E-mail address of that administrator"),
  language: text(
    "a language as WordPress calls it, such as en_US, de_DE or pt_PT_ao90",
    /^[a-z]{2,3}(_[A-Z]{2})?(_[a-z0-9]+)?$/,
  )
    .default(defaults.site.language)
    .describe(
      "Language of the site; its files are in wp-content/languages, or with `content: shared` come from wordpress.org",
    ),
  timezone: z
    .string({ error: anyTimezone })
    .refine(isTimezone, { error: ({ input }) => rightTimezone(String(input)) ?? anyTimezone })
    .default(defaults.site.timezone)
    .describe("Time zone of the site"),
  permalinks: text(
    "a path with %postname% or %post_id%, such as /%postname%/, and no other tags than %year%, %monthnum%, %day%, %hour%, %minute%, %second% and %category%",
    /^(?=.*%(postname|post_id)%)(\/([\w.-]|%(year|monthnum|day|hour|minute|second|category|postname|post_id)%)+)+\/?$/,
  )
    .default(defaults.site.permalinks)
    .describe("Structure of a post's address"),
  smtp: nested({
    host: host().describe("Host of the server; a Service of the cluster as smtp.mail.svc"),
    port: whole(1, 65535)
      .optional()
      .describe("Port of the server; by default 587 with `starttls`, 465 with `implicit`, 25 with `none`"),
    tls: choice(["starttls", "implicit", "none"])
      .default("starttls")
      .describe(
        "`starttls`: asked for, and nothing sent without; `implicit`: from the first byte; either way the certificate is checked. `none`: plain text, and no password to a host outside the cluster",
      ),
    certificateAuthority: certificateAuthority()
      .optional()
      .describe("Authority that signed the server's certificate, PEM; by default those the image trusts"),
    user: line("a user name").optional().describe("Login name; unset where the server asks for none"),
    secretName: name("a Secret name").optional().describe("Secret in the namespace that holds the password"),
    passwordKey: text("a key of a Secret: letters, digits, '-', '_' and '.'", /^[-\w.]{1,253}$/)
      .default("password")
      .describe("Key of the password in that Secret"),
    fromAddress: text("an e-mail address such as blog@example.com", mailAddress).describe(
      "Address that mail comes from, and that what cannot be delivered goes back to",
    ),
    fromName: line("a name").optional().describe("Name beside that address; by default the site's title"),
    cidrs: addressRanges("203.0.113.25/32")
      .default([])
      .describe(
        "The server's addresses, for the NetworkPolicy, which knows no host names; by default the namespace of a Service, the host where it is an IPv4 address, else every public IPv4 address",
      ),
  })
    .optional()
    .describe(
      "The SMTP server that sends the site's mail; without one no mail is sent, and no lost password replaced",
    ),
});

const existingSecrets = nested({
  database: name("a Secret name")
    .optional()
    .describe(
      "Secret with the keys `password` and `root-password`, both of printable ASCII without `'` and `\\` (`password` alone for an external server)",
    ),
  admin: name("a Secret name").optional().describe("Secret with the key `password`"),
  salts: name("a Secret name").optional().describe("Secret with the eight keys `auth-key` … `nonce-salt`"),
  databaseCertificate: name("a Secret name")
    .optional()
    .describe(
      "Secret with the keys `ca.crt`, `tls.crt` and `tls.key`: MySQL's certificate, made out to wordpress-mysql.NAMESPACE.svc",
    ),
  pageCacheToken: name("a Secret name")
    .optional()
    .describe("Secret with the key `token`: at least 32 characters, and no line end"),
}).prefault({});

const { rook } = defaults.storage;
const storage = nested({
  type: choice(["rook", "existing"])
    .default(defaults.storage.type)
    .describe(
      "`rook`: make CephFS and block classes in a Rook cluster; `existing`: use classes that are there",
    ),
  sharedClassName: name("a StorageClass name")
    .default(defaults.storage.sharedClassName)
    .describe("StorageClass of WordPress' volume"),
  blockClassName: name("a StorageClass name")
    .default(defaults.storage.blockClassName)
    .describe("StorageClass of MySQL's volume"),
  snapshots: flag()
    .default(defaults.storage.snapshots)
    .describe("Make a VolumeSnapshotClass for each of Rook's classes (needs the snapshot CRDs)"),
  rook: nested({
    namespace: namespace().default(rook.namespace).describe("Namespace of the Rook cluster"),
    operatorNamespace: namespace()
      .default(rook.operatorNamespace)
      .describe("Namespace of Rook's operator, after which Ceph-CSI's drivers are named"),
    clusterID: namespace("a cluster ID").default(rook.clusterID).describe("Ceph-CSI's name of the cluster"),
    filesystem: name("a CephFilesystem name").default(rook.filesystem).describe("Name of the CephFilesystem"),
    blockPool: name("a CephBlockPool name").default(rook.blockPool).describe("Name of the CephBlockPool"),
    manage: flag()
      .default(rook.manage)
      .describe("Make filesystem and pool; false where they are there, and only the classes are made"),
    replicas: whole(1, 10).default(rook.replicas).describe("Copies Ceph keeps of every object"),
    failureDomain: choice(["host", "rack", "zone", "osd"])
      .default(rook.failureDomain)
      .describe("What two copies may not share"),
    activeCount: whole(1, 10).default(rook.activeCount).describe("Active metadata servers"),
    activeStandby: flag()
      .default(rook.activeStandby)
      .describe("Keep a warm standby for each active metadata server"),
    mounter: choice(["kernel", "fuse"]).optional().describe("CephFS client; Ceph-CSI chooses when unset"),
  }).prefault({}),
}).prefault({});

const mysql = nested({
  mode: choice(["standalone", "external"])
    .default(defaults.mysql.mode)
    .describe("`standalone`: a StatefulSet of one; `external`: a server that is there"),
  image: image().default(defaults.mysql.image).describe("MySQL image"),
  database: text(
    "1 to 64 letters, digits or '_', and no database of MySQL's own (mysql, sys, information_schema, performance_schema)",
    /^(?!(mysql|sys|information_schema|performance_schema)$)\w{1,64}$/i,
  )
    .default(defaults.mysql.database)
    .describe("Database of the site"),
  user: text("1 to 32 letters, digits or '_', and not root", /^(?!root$)\w{1,32}$/)
    .default(defaults.mysql.user)
    .describe("Database user of the site, with rights on that database only"),
  storage: nested({
    size: size()
      .default(defaults.mysql.storage.size)
      .describe("Size of the PersistentVolumeClaim mysql-pvc; may grow, never shrink"),
  }).prefault({}),
  resources: computeResources(defaults.mysql.resources),
  maxConnections: whole(10, 10000)
    .optional()
    .describe("max_connections; by default WordPress' worst case and a reserve for Jobs and the operator"),
  slowQuerySeconds: z
    .number({ error: "seconds from 0.1 to 60" })
    .min(0.1, { error: "seconds from 0.1 to 60" })
    .max(60, { error: "seconds from 0.1 to 60" })
    .optional()
    .describe("Log queries that take longer, in seconds; off when unset"),
  extraConfig: z
    .array(
      text(
        "a setting of mysqld such as innodb_flush_log_at_trx_commit = 2",
        /^[A-Za-z][\w-]*(\s*=\s*\S(.*\S)?)?$/,
      ),
      { error: "a list of settings" },
    )
    .default([...defaults.mysql.extraConfig])
    .describe("Lines added to the server's configuration; mysqld itself checks them before its pod changes"),
  startDeadlineSeconds: whole(60, 86400)
    .default(defaults.mysql.startDeadlineSeconds)
    .describe(
      "How long `pulumi up` waits for the server, in seconds; a first start, an upgrade or a recovery may take longer, and ends by itself",
    ),
  maxUnavailable: whole(0, 1)
    .default(defaults.mysql.maxUnavailable)
    .describe("PodDisruptionBudget: 1 lets a drain stop the server, 0 makes it wait for you"),
  tls: flag()
    .default(defaults.mysql.tls)
    .describe("Encrypt WordPress' connection and check the server's certificate"),
  terminationGracePeriodSeconds: whole(30, 3600)
    .default(defaults.mysql.terminationGracePeriodSeconds)
    .describe("Time for a clean shutdown, in seconds"),
  external: nested({
    host: host().describe("Host of the server; with `mysql.tls` a name its certificate is made out to"),
    address: checked("an IP address such as 10.1.2.3", (given) => isIP(given) !== 0)
      .optional()
      .describe("Address of that host where DNS does not know it, as of a certificate's own name"),
    port: whole(1, 65535).default(3306).describe("Port of the server"),
    certificateAuthority: certificateAuthority()
      .optional()
      .describe(
        "Authority that signed the server's certificate, PEM; with `mysql.tls` by default those the image trusts",
      ),
  })
    .optional()
    .describe("The server of `mode: external`; its password comes from existingSecrets.database"),
  ...podKeys("MySQL's pods", defaults.mysql.tmpSize),
}).prefault({});

const envVar = nested({
  name: text("an environment variable name", variableName).describe("Name of the variable"),
  value: z.string({ error: "text" }).optional().describe("Its value"),
  valueFrom: z
    .record(z.string(), z.unknown(), { error: "a map of keys" })
    .optional()
    .describe("Where its value comes from, as in a Kubernetes EnvVar"),
});

/** Plugins or themes. */
const extensions = (kind: string) =>
  z
    .array(
      nested({
        slug: text(
          "a folder's name: letters, digits, '-', '_' and '.'",
          /^[A-Za-z0-9][-.\w]{0,99}$/,
        ).describe(`Name of the ${kind}'s folder, which is its name in wordpress.org's addresses`),
        version: text("a version such as 1.2.3", /^[0-9A-Za-z][-+.\w]{0,49}$/)
          .optional()
          .describe(`Version as the ${kind}'s own header has it; with \`content: image\` the image decides`),
        sha256: text("64 hexadecimal digits in lower case", /^[0-9a-f]{64}$/)
          .optional()
          .describe("SHA-256 of the zip file; with `content: image` there is none"),
        url: address(
          "an http or https URL without user and password, such as https://example.com/a.zip",
          zipFile,
        )
          .optional()
          .describe("Where the zip file is; by default wordpress.org's of that version"),
        activate: flag().optional().describe(`Activate the ${kind} as well; true when unset`),
      }),
      { error: `a list of ${kind}s` },
    )
    .default([]);

const wordpress = nested({
  image: image().default(defaults.wordpress.image).describe("WordPress image, an apache variant"),
  content: choice(["shared", "image"])
    .default(defaults.wordpress.content)
    .describe(
      "`shared`: all of /var/www/html on the volume, plugins can be installed; `image`: code from the image, only wp-content/uploads on the volume, nothing can be installed",
    ),
  plugins: extensions("plugin").describe(
    "Installed and activated by the provisioning Job; with `content: image` only activated. What is taken out is deactivated",
  ),
  themes: extensions("theme").describe(
    "Likewise; one at most is activated. What is taken out stays as it is",
  ),
  replicas: whole(1, 100).default(defaults.wordpress.replicas).describe("Pods when autoscaling is off"),
  strategy: choice(["RollingUpdate", "Recreate"])
    .default(defaults.wordpress.strategy)
    .describe("How pods are replaced"),
  antiAffinity: choice(["soft", "hard"])
    .default(defaults.wordpress.antiAffinity)
    .describe("Whether two pods should not (soft) or may not (hard) share a node"),
  topologySpreadConstraints: noneByDefault<Omit<k8s.core.v1.TopologySpreadConstraint, "labelSelector">>(
    "topologySpreadConstraints",
  ).describe("Added to the pod; labelSelector is filled in"),
  storage: nested({
    size: size()
      .default(defaults.wordpress.storage.size)
      .describe("Size of the PersistentVolumeClaim wordpress-pvc; may grow, never shrink"),
    accessMode: choice(["ReadWriteMany", "ReadWriteOnce"])
      .default(defaults.wordpress.storage.accessMode)
      .describe("ReadWriteOnce only with one replica and Recreate"),
  }).prefault({}),
  resources: computeResources(defaults.wordpress.resources),
  autoscaling: nested({
    enabled: flag()
      .default(defaults.wordpress.autoscaling.enabled)
      .describe("Make a HorizontalPodAutoscaler; replicas is then left to it"),
    minReplicas: whole(1, 100).default(defaults.wordpress.autoscaling.minReplicas).describe("Fewest pods"),
    maxReplicas: whole(1, 1000).default(defaults.wordpress.autoscaling.maxReplicas).describe("Most pods"),
    targetCPUUtilizationPercentage: whole(1, 100)
      .default(defaults.wordpress.autoscaling.targetCPUUtilizationPercentage)
      .describe("Average CPU to aim at, in percent of the request"),
  }).prefault({}),
  maxUnavailable: whole(1, 100)
    .default(defaults.wordpress.maxUnavailable)
    .describe("PodDisruptionBudget: pods a drain may take at a time"),
  preStopSleepSeconds: whole(0, 600)
    .default(defaults.wordpress.preStopSleepSeconds)
    .describe("Time between leaving the endpoints and the stop signal, in seconds"),
  terminationGracePeriodSeconds: whole(1, 3600)
    .default(defaults.wordpress.terminationGracePeriodSeconds)
    .describe("Time from the start of preStop until the pod is killed, in seconds"),
  progressDeadlineSeconds: whole(30, 3600)
    .default(defaults.wordpress.progressDeadlineSeconds)
    .describe(
      "The longest a rollout may stand still, in seconds; `pulumi up` waits twice as long for a whole rollout, and two minutes more",
    ),
  provisionDeadlineSeconds: whole(30, 7200)
    .default(defaults.wordpress.provisionDeadlineSeconds)
    .describe("The longest the Job that prepares code and database may take, in seconds"),
  livenessProbe: flag()
    .default(defaults.wordpress.livenessProbe)
    .describe("Restart a pod that stops answering; off on purpose, see docs/adr/0001"),
  php: nested({
    memoryLimit: phpSize()
      .default(defaults.wordpress.php.memoryLimit)
      .describe(
        "memory_limit of one request; WordPress raises it to 256M for the administration and for pictures",
      ),
    uploadMaxSize: phpSize()
      .default(defaults.wordpress.php.uploadMaxSize)
      .describe("Largest upload; PHP, Apache and Traefik limits follow"),
    maxExecutionSeconds: whole(1, 3600)
      .default(defaults.wordpress.php.maxExecutionSeconds)
      .describe("Longest request, in seconds"),
    extraIni: z
      .array(line("a php.ini line"), { error: "a list of php.ini lines" })
      .default([])
      .describe("Lines added to php.ini"),
  }).prefault({}),
  persistentConnections: flag()
    .default(defaults.wordpress.persistentConnections)
    .describe(
      "Each Apache process keeps its connection to the database for its next page, unless the site has a wp-content/db.php of its own",
    ),
  maxRequestWorkers: whole(2, 1000)
    .optional()
    .describe(
      "Apache processes of one pod, at least two, for the site asks itself; by default as many as its memory limit holds",
    ),
  cron: nested({
    schedule: checked(
      "five cron fields, such as */5 * * * *, or one of @yearly, @monthly, @weekly, @daily, @hourly",
      isSchedule,
    )
      .default(defaults.wordpress.cron.schedule)
      .describe("When WordPress' own scheduled work runs"),
  }).prefault({}),
  xmlrpc: flag().default(defaults.wordpress.xmlrpc).describe("Leave xmlrpc.php open"),
  extraEnv: z
    .array(envVar, { error: "a list of environment variables" })
    .default([])
    .describe("Added to the container"),
  extraConfig: z
    // Pages would show whatever comes after the sign.
    .array(text("a line of PHP, not empty and without ?>", /^(?!.*\?>)\S(.*\S)?$/), {
      error: "a list of PHP lines",
    })
    .default([])
    .describe("Lines added to wp-config.php, before the deployment's own"),
  extraVolumes: noneByDefault<k8s.core.v1.Volume>("volumes").describe("Added to the pod"),
  extraVolumeMounts:
    noneByDefault<k8s.core.v1.VolumeMount>("volumeMounts").describe("Added to the container"),
  sidecars: noneByDefault<k8s.core.v1.Container>("containers").describe(
    "Further containers of the pod, whose ports 80 and 81 are taken",
  ),
  ...podKeys("WordPress' pods"),
}).prefault({});

const pageCache = nested({
  enabled: flag()
    .default(defaults.pageCache.enabled)
    .describe("Put an HTTP cache between Traefik and WordPress"),
  image: image().default(defaults.pageCache.image).describe("Varnish image, a Debian variant"),
  replicas: whole(1, 20).default(defaults.pageCache.replicas).describe("Pods, each with a cache of its own"),
  resources: computeResources(defaults.pageCache.resources),
  ttlSeconds: whole(1, 86400)
    .default(defaults.pageCache.ttlSeconds)
    .describe("How long a page is fresh, in seconds; what WordPress publishes shows at once all the same"),
  graceSeconds: whole(0, 86400)
    .default(defaults.pageCache.graceSeconds)
    .describe("How long after that it is served while a newer one is fetched, in seconds"),
  staleIfErrorSeconds: whole(0, 604800)
    .default(defaults.pageCache.staleIfErrorSeconds)
    .describe("How long after that it is served when WordPress or its database fails, in seconds"),
  noncePageSeconds: whole(0, 86400)
    .default(defaults.pageCache.noncePageSeconds)
    .describe(
      "How long a page with a nonce, as forms have them, is kept in all, in seconds, and at most a quarter of a nonce's life; 0 for not at all",
    ),
  maxObjectSize: size()
    .default(defaults.pageCache.maxObjectSize)
    .describe("Largest file or page kept; larger ones are passed through"),
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
  ...podKeys("the cache's pods", defaults.pageCache.tmpSize),
  metrics: nested({
    enabled: flag()
      .default(defaults.pageCache.metrics.enabled)
      .describe("Show Varnish' counters to Prometheus on port 9131, by a container beside it"),
    namespace: namespace()
      .optional()
      .describe("Namespace whose pods may read them; with network.policies nobody may when unset"),
  }).prefault({}),
}).prefault({});

const route = nested({
  entryPoints: nested({
    web: traefikName("an entry point")
      .default(defaults.route.entryPoints.web)
      .describe("Traefik's entry point for http"),
    websecure: traefikName("an entry point")
      .default(defaults.route.entryPoints.websecure)
      .describe("Traefik's entry point for https"),
  }).prefault({}),
  ingressClass: traefikName("an ingress class")
    .optional()
    .describe(
      "Annotation kubernetes.io/ingress.class of the routes, for a Traefik whose kubernetesCRD provider has an ingressClass",
    ),
  tls: nested({
    source: choice(["certResolver", "secret", "cert-manager", "default"])
      .default(defaults.route.tls.source)
      .describe("Where the certificate comes from; `default` is the one Traefik has without being told"),
    certResolver: traefikName("a certResolver")
      .default(defaults.route.tls.certResolver)
      .describe("Traefik's ACME resolver"),
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
    seconds: whole(0, 63072000)
      .default(defaults.route.hsts.seconds)
      .describe("Strict-Transport-Security max-age, in seconds"),
    includeSubdomains: flag()
      .default(defaults.route.hsts.includeSubdomains)
      .describe("Also for every subdomain"),
  }).prefault({}),
  contentSecurityPolicy: text(
    "a policy such as default-src 'self'; img-src * data:, in one line and without frame-ancestors, which WordPress sets",
    /^(?!.*frame-ancestors)[!-~]([ -~]*[!-~])?$/i,
  )
    .optional()
    .describe("Content-Security-Policy: what pages may load"),
  contentSecurityPolicyReportOnly: flag()
    .default(defaults.route.contentSecurityPolicyReportOnly)
    .describe("Only have browsers report what breaks the policy, in their console, and enforce nothing"),
  permissionsPolicy: text(
    "a policy such as camera=(), geolocation=(self), in one line",
    /^[!-~]([ -~]*[!-~])?$/,
  )
    .optional()
    .describe("Permissions-Policy: what pages may ask of the browser"),
  loginRequestsPerMinute: whole(1, 6000)
    .default(defaults.route.loginRequestsPerMinute)
    .describe("Requests to wp-login.php allowed to one client address"),
  xmlrpcRequestsPerMinute: whole(1, 6000)
    .default(defaults.route.xmlrpcRequestsPerMinute)
    .describe("Requests to xmlrpc.php allowed to one client address, where it is open"),
  restRequestsPerMinute: whole(1, 60000)
    .optional()
    .describe("Requests to the REST API allowed to one client address; the block editor makes many"),
  searchRequestsPerMinute: whole(1, 6000).optional().describe("Searches allowed to one client address"),
  trustedProxies: addressRanges("203.0.113.0/24")
    .default([])
    .describe(
      "Addresses of load balancers and CDNs in front of Traefik that name the visitor in X-Forwarded-For; Traefik's entry points have to trust them too",
    ),
}).prefault({});

const network = nested({
  policies: flag()
    .default(defaults.network.policies)
    .describe("Make NetworkPolicies: everything closed but what the site needs"),
  internetEgress: flag()
    .default(defaults.network.internetEgress)
    .describe(
      "Let WordPress reach the internet (plugin installation, update checks, oEmbed, plugins that send mail); where it cannot, its calls out fail at once and the dashboard says why",
    ),
  traefik: nested({
    namespace: namespace()
      .default(defaults.network.traefik.namespace)
      .describe("Namespace of Traefik's pods"),
    cidrs: addressRanges("10.0.0.0/16")
      .default([])
      .describe("Addresses of a Traefik that runs outside the pod network"),
  }).prefault({}),
  dnsCidrs: addressRanges("169.254.20.10/32")
    .default([])
    .describe("Addresses of DNS servers outside the pod network (NodeLocal DNSCache, for one)"),
  extraEgress: noneByDefault<k8s.networking.v1.NetworkPolicyEgressRule>("egress rules").describe(
    "Where else WordPress and its Jobs may go, as in a Kubernetes NetworkPolicy",
  ),
  extraIngress: noneByDefault<k8s.networking.v1.NetworkPolicyIngressRule>("ingress rules").describe(
    "Who else may ask WordPress' pods, as in a Kubernetes NetworkPolicy",
  ),
}).prefault({});

export const siteSchema = nested({
  namespace: ownNamespace()
    .default(defaults.namespace)
    .describe("Namespace of everything the site is made of"),
  createNamespace: flag()
    .default(defaults.createNamespace)
    .describe("Make the namespace; false where it is there already, and then it also stays"),
  protectData: flag()
    .default(defaults.protectData)
    .describe("Protect volumes, classes, filesystem and generated passwords from deletion"),
  preflight: flag()
    .default(true)
    .describe("Check first that the cluster has what the stack needs; false to preview without a cluster"),
  verify: flag()
    .default(true)
    .describe(
      "Ask the site's own address at the end of `pulumi up`; false where it is not to answer yet, as before a move of its DNS",
    ),
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
