import {
  connectionMebibytes,
  memoryForConnections,
  reservedConnections,
  serverMebibytes,
} from "../components/mysql/sizing.ts";
import { storageMebibytes, varnishMebibytes } from "../components/page-cache/sizing.ts";
import { bytes, mebibytes, millicores } from "../components/quantity.ts";
import { accessModeFaults, extensionFaults, multisiteFaults } from "../components/wordpress/checks.ts";
import { isOwnVariable } from "../components/wordpress/environment.ts";
import {
  apacheMebibytes,
  bodyMebibytes,
  memoryForWorkers,
  mostConnections,
  mostPods,
  pictureMebibytes,
  picturesAtOnce,
  requestWorkers,
  tmpSize,
  workerMebibytes,
} from "../components/wordpress/sizing.ts";
import { smtpFaults } from "../components/wordpress/smtp.ts";
import { type Fault, notAllowed } from "./fault.ts";
import { labelName } from "./formats.ts";
import type { SiteConfig } from "./schema.ts";

type Check = (config: SiteConfig) => (Fault | false)[];

const replicas: Check = ({ wordpress }) => [
  wordpress.autoscaling.enabled &&
    wordpress.autoscaling.minReplicas > wordpress.autoscaling.maxReplicas &&
    notAllowed(
      "wordpress.autoscaling.minReplicas",
      wordpress.autoscaling.minReplicas,
      `at most wordpress.autoscaling.maxReplicas (${wordpress.autoscaling.maxReplicas})`,
    ),
];

const accessMode: Check = ({ wordpress }) => {
  const why = "because wordpress.storage.accessMode is ReadWriteOnce; or set that to ReadWriteMany";
  return accessModeFaults(wordpress).map(({ argument, value, allowed }) =>
    notAllowed(`wordpress.${argument}`, value, `${allowed}, ${why}`),
  );
};

const extensions: Check = ({ wordpress }) =>
  [...extensionFaults(wordpress), ...multisiteFaults(wordpress)].map(({ argument, value, allowed }) =>
    notAllowed(`wordpress.${argument}`, value, allowed),
  );

const grace: Check = ({ wordpress }) => {
  const { preStopSleepSeconds, terminationGracePeriodSeconds, php } = wordpress;
  const needed = preStopSleepSeconds + php.maxExecutionSeconds;
  return [
    terminationGracePeriodSeconds <= needed &&
      notAllowed(
        "wordpress.terminationGracePeriodSeconds",
        terminationGracePeriodSeconds,
        `more than ${needed}: wordpress.preStopSleepSeconds (${preStopSleepSeconds}) and the longest request, wordpress.php.maxExecutionSeconds (${php.maxExecutionSeconds})`,
      ),
  ];
};

const resources: Check = (config) =>
  (["wordpress", "mysql", "pageCache"] as const).flatMap((part) => {
    const { requests, limits } = config[part].resources;
    return [
      millicores(limits.cpu) < millicores(requests.cpu) &&
        notAllowed(
          `${part}.resources.limits.cpu`,
          limits.cpu,
          `at least ${part}.resources.requests.cpu (${requests.cpu})`,
        ),
      bytes(limits.memory) < bytes(requests.memory) &&
        notAllowed(
          `${part}.resources.limits.memory`,
          limits.memory,
          `at least ${part}.resources.requests.memory (${requests.memory})`,
        ),
    ];
  });

/** The pod is evicted before its /tmp is full otherwise. */
const disk: Check = (config) =>
  (["wordpress", "mysql", "pageCache"] as const).flatMap((part) => {
    const { requests, limits } = config[part].resources;
    const most = limits.ephemeralStorage;
    if (most === undefined) return [];
    const tmp = part === "wordpress" ? tmpSize(config.wordpress) : (config[part].tmpSize ?? "0");
    const fault = (allowed: string) =>
      notAllowed(`${part}.resources.limits.ephemeralStorage`, most, `at least ${allowed}`);
    return [
      bytes(most) < bytes(requests.ephemeralStorage) &&
        fault(`${part}.resources.requests.ephemeralStorage (${requests.ephemeralStorage})`),
      bytes(most) < bytes(tmp) && fault(`${part}.tmpSize (${tmp})`),
    ];
  });

/** What is on a volume from the first day. */
const volumes: Check = ({ wordpress, mysql }) => {
  const smallest = (key: string, size: string, least: string, what: string) =>
    bytes(size) < bytes(least) && notAllowed(key, size, `at least ${least}, for ${what}`);
  const upload = `${bodyMebibytes(wordpress.php.uploadMaxSize)}Mi`;
  return [
    smallest(
      "wordpress.storage.size",
      wordpress.storage.size,
      "256Mi",
      "WordPress' code, twice in an update",
    ),
    smallest("mysql.storage.size", mysql.storage.size, "512Mi", "MySQL's own tables and logs"),
    wordpress.tmpSize !== undefined &&
      smallest("wordpress.tmpSize", wordpress.tmpSize, upload, "an upload (wordpress.php.uploadMaxSize)"),
  ];
};

/** Names in the parts' own pods; a pod has each once. */
const ownContainers = {
  wordpress: ["wordpress", "unpack"],
  mysql: ["mysql", "prepare", "login", "config-check"],
  pageCache: ["varnish", "metrics"],
};
const secrets = ["database", "database-ca", "salts", "admin", "smtp", "page-cache"];
const ownVolumes = ["content", "code", "files", "run", "tmp", ...secrets];

const addedNames: Check = (config) => {
  const { extraVolumes, sidecars } = config.wordpress;
  const faults = (key: string, added: readonly object[], taken: readonly string[]) => {
    const names = added.map((object) => String((object as { name?: unknown }).name ?? ""));
    return names.map(
      (name, index) =>
        (!labelName.test(name) || taken.includes(name) || names.indexOf(name) < index) &&
        notAllowed(
          `${key}[${index}].name`,
          name || undefined,
          "lower-case letters, digits and '-', and no name the pod has already",
        ),
    );
  };
  const first = (part: keyof typeof ownContainers) => config[part].initContainers ?? [];
  const initial = first("wordpress").map(({ name }) => String(name));
  return [
    ...faults("wordpress.extraVolumes", extraVolumes, ownVolumes),
    ...faults("wordpress.sidecars", sidecars, [...ownContainers.wordpress, ...initial]),
    ...(["wordpress", "mysql", "pageCache"] as const).flatMap((part) =>
      faults(`${part}.initContainers`, first(part), ownContainers[part]),
    ),
  ];
};

const memory: Check = (config) => {
  const { limits } = config.wordpress.resources;
  const { memoryLimit } = config.wordpress.php;
  const workers = requestWorkers(config.wordpress);
  const needed = memoryForWorkers(workers);
  const pictures = Math.min(workers, picturesAtOnce);
  return [
    mebibytes(limits.memory) < needed &&
      notAllowed(
        "wordpress.resources.limits.memory",
        limits.memory,
        `at least ${needed}Mi for ${workers} Apache workers of ${workerMebibytes}Mi, ${pictureMebibytes}Mi more for each of ${pictures} that make pictures ready, and ${apacheMebibytes}Mi for Apache itself; or set wordpress.maxRequestWorkers lower`,
      ),
    bytes(memoryLimit) > bytes(limits.memory) &&
      notAllowed(
        "wordpress.php.memoryLimit",
        memoryLimit,
        `at most wordpress.resources.limits.memory (${limits.memory})`,
      ),
  ];
};

/** max_connections of a server of the site's own. */
const maxConnections = ({ mysql, wordpress }: SiteConfig) =>
  mysql.maxConnections ?? mostConnections(wordpress) + reservedConnections;

const mysqlMemory: Check = (config) => {
  if (config.mysql.mode !== "standalone") return [];
  const { memory: limit } = config.mysql.resources.limits;
  const fault = (allowed: string) => notAllowed("mysql.resources.limits.memory", limit, allowed);
  if (mebibytes(limit) < 512) return [fault("at least 512Mi, which MySQL needs to start")];
  const connections = maxConnections(config);
  const needed = memoryForConnections(connections);
  return [
    mebibytes(limit) < needed &&
      fault(
        `at least ${needed}Mi: half of it is the buffer pool, and beside it are the server (${serverMebibytes}Mi) and ${connections} connections of ${connectionMebibytes}Mi (mysql.maxConnections)`,
      ),
  ];
};

const connections: Check = (config) => {
  const { mysql, wordpress } = config;
  if (mysql.mode !== "standalone") return [];
  const needed = mostConnections(wordpress);
  return [
    maxConnections(config) < needed &&
      notAllowed(
        "mysql.maxConnections",
        mysql.maxConnections,
        `at least ${needed}: ${mostPods(wordpress)} pods, those that end among them, of ${requestWorkers(wordpress)} Apache workers each`,
      ),
  ];
};

/** The autoscaler compares what a pod uses with the sum of what its containers ask for, and gives up without. */
const sidecarRequests: Check = ({ wordpress }) =>
  wordpress.sidecars.map((sidecar, index) => {
    const { requests, limits } = (sidecar.resources ?? {}) as Partial<Record<string, { cpu?: string }>>;
    const known = requests?.cpu !== undefined || limits?.cpu !== undefined;
    return (
      wordpress.autoscaling.enabled &&
      !known &&
      notAllowed(
        `wordpress.sidecars[${index}].resources.requests.cpu`,
        undefined,
        "a CPU request, because wordpress.autoscaling.enabled is true",
      )
    );
  });

/** Settings several programs have to agree on, and the keys all of them follow. */
const uploads = "wordpress.php.uploadMaxSize, which Apache's and Traefik's limits follow, too";
const times = "wordpress.php.maxExecutionSeconds, which Apache's and Traefik's limits follow, too";
const derivedSettings = new Map([
  ["memory_limit", "wordpress.php.memoryLimit"],
  ["upload_max_filesize", uploads],
  ["post_max_size", uploads],
  ["max_execution_time", times],
  ["max_input_time", times],
]);

const phpLimits: Check = ({ wordpress }) =>
  wordpress.php.extraIni.map((line, index) => {
    const [setting = ""] = line.split("=");
    const key = derivedSettings.get(setting.trim());
    return (
      key !== undefined &&
      notAllowed(`wordpress.php.extraIni[${index}]`, line, `no line for ${setting.trim()}: set ${key}`)
    );
  });

const ownSettings = new Map([
  ["innodb_buffer_pool_size", "set mysql.resources.limits.memory"],
  ["max_connections", "set mysql.maxConnections"],
  ...["slow_query_log", "slow_query_log_file", "long_query_time"].map(
    (name) => [name, "set mysql.slowQuerySeconds"] as const,
  ),
  ...["ssl_ca", "ssl_cert", "ssl_key", "require_secure_transport"].map(
    (name) => [name, "set mysql.tls"] as const,
  ),
  ...["datadir", "port", "socket", "pid_file", "user", "bind_address", "skip_networking"].map(
    (name) => [name, "it is the deployment's"] as const,
  ),
]);

const mysqlSettings: Check = ({ mysql }) =>
  mysql.extraConfig.map((line, index) => {
    const setting = /^[\w-]+/.exec(line)?.[0].toLowerCase().replaceAll("-", "_") ?? "";
    const instead = ownSettings.get(setting);
    return (
      instead !== undefined &&
      notAllowed(`mysql.extraConfig[${index}]`, line, `no line for ${setting}: ${instead}`)
    );
  });

const variables: Check = ({ wordpress: { extraEnv } }) =>
  extraEnv.flatMap(({ name, value, valueFrom }, index) => [
    isOwnVariable(name) &&
      notAllowed(`wordpress.extraEnv[${index}].name`, name, "a variable the deployment does not set itself"),
    extraEnv.findIndex((other) => other.name === name) < index &&
      notAllowed(`wordpress.extraEnv[${index}].name`, name, "a variable that is not in the list already"),
    value !== undefined &&
      valueFrom !== undefined &&
      notAllowed(`wordpress.extraEnv[${index}].valueFrom`, valueFrom, "left out beside value"),
  ]);

const aliases: Check = ({ site }) => {
  const { hostname } = new URL(site.url);
  return site.aliases.map(
    (alias, index) =>
      (alias === hostname || site.aliases.indexOf(alias) < index) &&
      notAllowed(
        `site.aliases[${index}]`,
        alias,
        "a host that is neither the site's own (site.url) nor in the list already",
      ),
  );
};

const movedFrom: Check = ({ site }) => [
  site.movedFrom === site.url &&
    notAllowed("site.movedFrom", site.movedFrom, "the address before, another than site.url"),
];
const smtp: Check = ({ site }) =>
  smtpFaults(site.smtp, "site.smtp").map(({ argument, value, allowed }) =>
    notAllowed(argument, value, allowed),
  );

/** Policies that close the site's namespace would close whoever else is in it. */
const namespace: Check = ({ namespace: own, network, storage }) => [
  own === network.traefik.namespace &&
    network.policies &&
    notAllowed("namespace", own, "another namespace than Traefik's (network.traefik.namespace)"),
  own === storage.rook.namespace &&
    storage.type === "rook" &&
    notAllowed("namespace", own, "another namespace than Rook's (storage.rook.namespace)"),
];

const classNames: Check = ({ storage: { type, sharedClassName, blockClassName } }) => [
  type === "rook" &&
    sharedClassName === blockClassName &&
    notAllowed(
      "storage.blockClassName",
      blockClassName,
      "another name than storage.sharedClassName: the two are made of different pools",
    ),
];

const snapshots: Check = ({ storage }) => [
  storage.snapshots &&
    storage.type !== "rook" &&
    notAllowed(
      "storage.snapshots",
      true,
      `false, because storage.type is ${storage.type}: a VolumeSnapshotClass belongs to a driver, and only Rook's is known here`,
    ),
];

const disruption: Check = ({ wordpress }) => {
  const fewest = wordpress.autoscaling.enabled ? wordpress.autoscaling.minReplicas : wordpress.replicas;
  return [
    fewest > 1 &&
      wordpress.maxUnavailable >= fewest &&
      notAllowed(
        "wordpress.maxUnavailable",
        wordpress.maxUnavailable,
        `less than the fewest replicas (${fewest}), or a drain may take every pod`,
      ),
  ];
};

const pageCache: Check = (config) => {
  const { enabled, resources: given, maxObjectSize, graceSeconds, staleIfErrorSeconds } = config.pageCache;
  if (!enabled) return [];
  const { memory: limit } = given.limits;
  const largest = Math.floor(storageMebibytes(limit) / 4);
  const tooSmall = mebibytes(limit) < 192;
  return [
    tooSmall &&
      notAllowed(
        "pageCache.resources.limits.memory",
        limit,
        `at least 192Mi: Varnish itself takes ${varnishMebibytes}Mi`,
      ),
    !tooSmall &&
      bytes(maxObjectSize) > largest * 2 ** 20 &&
      notAllowed(
        "pageCache.maxObjectSize",
        maxObjectSize,
        `at most ${largest}Mi, a quarter of the ${storageMebibytes(limit)}Mi that pageCache.resources.limits.memory (${limit}) leaves for pages`,
      ),
    graceSeconds > staleIfErrorSeconds &&
      notAllowed(
        "pageCache.graceSeconds",
        graceSeconds,
        `at most pageCache.staleIfErrorSeconds (${staleIfErrorSeconds}), after which a page is gone`,
      ),
  ];
};

const externalServer: Check = ({ mysql, existingSecrets }) => {
  if (mysql.mode !== "external") {
    return [
      mysql.external !== undefined &&
        notAllowed("mysql.external", mysql.external, "left out unless mysql.mode is external"),
    ];
  }
  return [
    mysql.external === undefined &&
      notAllowed(
        "mysql.external",
        undefined,
        "a map with the host of the server, because mysql.mode is external",
      ),
    !mysql.tls &&
      mysql.external?.certificateAuthority !== undefined &&
      notAllowed(
        "mysql.external.certificateAuthority",
        mysql.external.certificateAuthority,
        "left out unless mysql.tls is true",
      ),
    existingSecrets.database === undefined &&
      notAllowed(
        "existingSecrets.database",
        undefined,
        "the Secret that holds the server's password, because mysql.mode is external",
      ),
  ];
};

const databaseCertificate: Check = ({ mysql, existingSecrets }) => [
  existingSecrets.databaseCertificate !== undefined &&
    !(mysql.tls && mysql.mode === "standalone") &&
    notAllowed(
      "existingSecrets.databaseCertificate",
      existingSecrets.databaseCertificate,
      "left out unless mysql.tls is true and mysql.mode standalone",
    ),
];

const parentDomain = (hostname: string) => hostname.slice(hostname.indexOf(".") + 1);

const certificate: Check = ({ route: { tls }, site }) => {
  const { hostname } = new URL(site.url);
  // What another source is told would be passed over. The certResolver has a default, and may be anybody's.
  const unread = (key: "wildcardDomain" | "secretName" | "issuer", ...sources: (typeof tls.source)[]) =>
    tls[key] !== undefined &&
    !sources.includes(tls.source) &&
    notAllowed(`route.tls.${key}`, tls[key], `left out unless route.tls.source is ${sources.join(" or ")}`);
  return [
    unread("wildcardDomain", "certResolver"),
    unread("secretName", "secret", "cert-manager"),
    unread("issuer", "cert-manager"),
    tls.source === "certResolver" &&
      tls.wildcardDomain !== undefined &&
      !(
        tls.wildcardDomain.includes(".") && [hostname, parentDomain(hostname)].includes(tls.wildcardDomain)
      ) &&
      notAllowed(
        "route.tls.wildcardDomain",
        tls.wildcardDomain,
        `the site's host (${hostname}) or the domain right above it`,
      ),
    (tls.source === "secret" || tls.source === "cert-manager") &&
      tls.secretName === undefined &&
      notAllowed(
        "route.tls.secretName",
        undefined,
        `a Secret name, because route.tls.source is ${tls.source}`,
      ),
    tls.source === "cert-manager" &&
      tls.issuer === undefined &&
      notAllowed(
        "route.tls.issuer",
        undefined,
        "a map with the issuer's name, because route.tls.source is cert-manager",
      ),
  ];
};

/** Images that start and are not what the pods ask of them, and what is asked. */
const otherImages = {
  wordpress: [
    [/:[^/@]*\b(fpm|cli)\b/, "an apache variant: this one has no web server"],
    [/(^|\/)bitnami\w*\//, "an image with the official image's environment and folders"],
  ],
  mysql: [
    [/(^|\/)mariadb(:|@|$)/, "a MySQL image: MariaDB's has no client of the name mysql"],
    [/(^|\/)bitnami\w*\//, "an image with the official image's environment and folders"],
  ],
  pageCache: [[/:[^/@]*\balpine\b/, "a Debian variant"]],
} as const;

const variants: Check = (config) =>
  (["wordpress", "mysql", "pageCache"] as const).flatMap((part) =>
    otherImages[part].map(
      ([pattern, allowed]) =>
        pattern.test(config[part].image) && notAllowed(`${part}.image`, config[part].image, allowed),
    ),
  );

/** Tags of the official images that move with new versions: by name, or by one or two parts of a version. */
const floatingTag =
  /:(latest|stable|lts|innovation|oracle|apache|fresh|old|(php\d[\w.]*|\d{1,2}(\.\d+)?)(-[a-z][\w.]*)*)$/;

const images: Check = (config) =>
  (["wordpress", "mysql", "pageCache"] as const).map((part) => {
    const { image } = config[part];
    const pinned = image.includes("@sha256:") || (/:[^/]+$/.test(image) && !floatingTag.test(image));
    return (
      config.protectData &&
      !pinned &&
      notAllowed(
        `${part}.image`,
        image,
        "an image with the tag of one version, such as 7.1.0, or a digest, because protectData is on",
      )
    );
  });

const checks: Check[] = [
  replicas,
  accessMode,
  extensions,
  grace,
  resources,
  disk,
  volumes,
  addedNames,
  memory,
  mysqlMemory,
  connections,
  sidecarRequests,
  phpLimits,
  mysqlSettings,
  variables,
  disruption,
  pageCache,
  namespace,
  classNames,
  snapshots,
  externalServer,
  databaseCertificate,
  aliases,
  movedFrom,
  smtp,
  certificate,
  variants,
  images,
];

/** What is wrong between keys that are each fine alone. */
export function crossCheck(config: SiteConfig): Fault[] {
  return checks.flatMap((check) => check(config)).filter((fault) => fault !== false);
}
