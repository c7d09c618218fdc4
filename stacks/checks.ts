import { podsInRollout } from "../components/rollout.ts";
import { bytes, mebibytes, millicores } from "./quantity.ts";
import type { SiteConfig } from "./schema.ts";

/** One thing wrong with the config: the key it stands under, the value given and what would be right. */
export interface Fault {
  key: string;
  value: unknown;
  allowed: string;
}

/** Memory Apache and its parent process need besides the workers, in MiB (docs/measurements.md). */
const apacheBaseMebibytes = 96;

/** Resident memory of one busy worker, in MiB (docs/measurements.md). */
const workerMebibytes = 48;

/** Connections kept free for Jobs, probes and the operator. */
const reservedConnections = 20;

/** Share of MySQL's memory limit given to the buffer pool; the server itself and its connections take the rest. */
const bufferPoolShare = 0.5;

/** Memory MySQL needs besides the buffer pool, without its connections, in MiB. */
const mysqlBaseMebibytes = 160;

/** Buffers and stack of one connection, in MiB. */
const connectionMebibytes = 1;

/** Apache processes of one pod: what was asked for, else as many as its memory limit holds. */
export function requestWorkers(config: SiteConfig): number {
  const { maxRequestWorkers, resources } = config.wordpress;
  if (maxRequestWorkers !== undefined) return maxRequestWorkers;
  const room = mebibytes(resources.limits.memory) - apacheBaseMebibytes;
  return Math.max(2, Math.floor(room / workerMebibytes));
}

/** Most WordPress pods there can be at once, the surge of a rolling update included. */
export function mostPods(config: SiteConfig): number {
  const { autoscaling, replicas, strategy } = config.wordpress;
  const steady = autoscaling.enabled ? autoscaling.maxReplicas : replicas;
  return strategy === "RollingUpdate" ? podsInRollout(steady) : steady;
}

/** max_connections: what was asked for, else one for each worker of each pod and a reserve. */
export function maxConnections(config: SiteConfig): number {
  return config.mysql.maxConnections ?? mostPods(config) * requestWorkers(config) + reservedConnections;
}

/** innodb_buffer_pool_size in MiB, from MySQL's memory limit. */
export function bufferPoolMebibytes({ mysql }: SiteConfig): number {
  return Math.floor(mebibytes(mysql.resources.limits.memory) * bufferPoolShare);
}

/**
 * Memory a cache pod needs besides what it stores, in MiB: Varnish, its log and the compiler of its rules
 * (docs/measurements.md).
 */
const varnishBaseMebibytes = 112;

/** Share of the rest for what is kept; each object kept and the allocator take a fifth on top of their own. */
const cacheShare = 0.65;

/** Share of the rest for answers that are not kept while they pass. */
const transientShare = 0.2;

const cacheRoom = ({ pageCache }: SiteConfig) =>
  Math.max(0, mebibytes(pageCache.resources.limits.memory) - varnishBaseMebibytes);

/** Memory in which a cache pod keeps pages, in MiB, as far below its limit as it has to be. */
export function cacheStorageMebibytes(config: SiteConfig): number {
  return Math.floor(cacheRoom(config) * cacheShare);
}

/** Memory of a cache pod for answers it passes on, in MiB. */
export function cacheTransientMebibytes(config: SiteConfig): number {
  return Math.floor(cacheRoom(config) * transientShare);
}

type Check = (config: SiteConfig) => (Fault | false)[];

const replicas: Check = ({ wordpress }) => [
  wordpress.autoscaling.enabled &&
    wordpress.autoscaling.minReplicas > wordpress.autoscaling.maxReplicas && {
      key: "wordpress.autoscaling.minReplicas",
      value: wordpress.autoscaling.minReplicas,
      allowed: `at most wordpress.autoscaling.maxReplicas (${wordpress.autoscaling.maxReplicas})`,
    },
];

const accessMode: Check = ({ wordpress }) => {
  if (wordpress.storage.accessMode !== "ReadWriteOnce") return [];
  const fault = (key: string, value: unknown, allowed: string) => ({
    key,
    value,
    allowed: `${allowed}, because wordpress.storage.accessMode is ReadWriteOnce; or set that to ReadWriteMany`,
  });
  const { autoscaling, replicas: count, strategy } = wordpress;
  return [
    autoscaling.enabled && fault("wordpress.autoscaling.enabled", true, "false"),
    !autoscaling.enabled && count > 1 && fault("wordpress.replicas", count, "1"),
    strategy === "RollingUpdate" && fault("wordpress.strategy", strategy, "Recreate"),
  ];
};

const grace: Check = ({ wordpress }) => {
  const { preStopSleepSeconds, terminationGracePeriodSeconds, php } = wordpress;
  const needed = preStopSleepSeconds + php.maxExecutionSeconds;
  return [
    terminationGracePeriodSeconds <= needed && {
      key: "wordpress.terminationGracePeriodSeconds",
      value: terminationGracePeriodSeconds,
      allowed: `more than ${needed}: wordpress.preStopSleepSeconds (${preStopSleepSeconds}) and the longest request, wordpress.php.maxExecutionSeconds (${php.maxExecutionSeconds})`,
    },
  ];
};

const resources: Check = (config) =>
  (["wordpress", "mysql", "pageCache"] as const).flatMap((part) => {
    const { requests, limits } = config[part].resources;
    return [
      millicores(limits.cpu) < millicores(requests.cpu) && {
        key: `${part}.resources.limits.cpu`,
        value: limits.cpu,
        allowed: `at least ${part}.resources.requests.cpu (${requests.cpu})`,
      },
      bytes(limits.memory) < bytes(requests.memory) && {
        key: `${part}.resources.limits.memory`,
        value: limits.memory,
        allowed: `at least ${part}.resources.requests.memory (${requests.memory})`,
      },
    ];
  });

const memory: Check = (config) => {
  const { limits } = config.wordpress.resources;
  const { memoryLimit } = config.wordpress.php;
  const workers = requestWorkers(config);
  const needed = apacheBaseMebibytes + workers * workerMebibytes;
  return [
    mebibytes(limits.memory) < needed && {
      key: "wordpress.resources.limits.memory",
      value: limits.memory,
      allowed: `at least ${needed}Mi for ${workers} Apache workers of ${workerMebibytes}Mi and ${apacheBaseMebibytes}Mi for Apache itself; or set wordpress.maxRequestWorkers lower`,
    },
    bytes(memoryLimit) > bytes(limits.memory) && {
      key: "wordpress.php.memoryLimit",
      value: memoryLimit,
      allowed: `at most wordpress.resources.limits.memory (${limits.memory})`,
    },
  ];
};

const mysqlMemory: Check = (config) => {
  if (config.mysql.mode !== "standalone") return [];
  const { memory: limit } = config.mysql.resources.limits;
  const connections = maxConnections(config);
  const beside = mysqlBaseMebibytes + connections * connectionMebibytes;
  const needed = Math.ceil(beside / (1 - bufferPoolShare));
  const fault = (allowed: string) => ({ key: "mysql.resources.limits.memory", value: limit, allowed });
  if (mebibytes(limit) < 512) return [fault("at least 512Mi, which MySQL needs to start")];
  return [
    mebibytes(limit) < needed &&
      fault(
        `at least ${needed}Mi: half of it is the buffer pool, and beside it are the server (${mysqlBaseMebibytes}Mi) and ${connections} connections of ${connectionMebibytes}Mi (mysql.maxConnections)`,
      ),
  ];
};

const connections: Check = (config) => {
  if (config.mysql.mode !== "standalone") return [];
  const needed = mostPods(config) * requestWorkers(config);
  return [
    maxConnections(config) < needed && {
      key: "mysql.maxConnections",
      value: config.mysql.maxConnections,
      allowed: `at least ${needed}: ${mostPods(config)} pods of ${requestWorkers(config)} Apache workers each`,
    },
  ];
};

/** The autoscaler compares what a pod uses with the sum of what its containers ask for, and gives up without. */
const sidecarRequests: Check = ({ wordpress }) =>
  wordpress.sidecars.map((sidecar, index) => {
    const { requests, limits } = (sidecar.resources ?? {}) as Partial<Record<string, { cpu?: string }>>;
    const known = requests?.cpu !== undefined || limits?.cpu !== undefined;
    return (
      wordpress.autoscaling.enabled &&
      !known && {
        key: `wordpress.sidecars[${index}].resources.requests.cpu`,
        value: undefined,
        allowed: "a CPU request, because wordpress.autoscaling.enabled is true",
      }
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
      key !== undefined && {
        key: `wordpress.php.extraIni[${index}]`,
        value: line,
        allowed: `no line for ${setting.trim()}: set ${key}`,
      }
    );
  });

/** Variables the pods have already; the API server refuses a second one of the same name. */
const ownVariables =
  /^(WORDPRESS_(DB_(HOST|NAME|USER|TLS|PERSISTENT|PASSWORD(_FILE)?)|((SECURE_)?AUTH|LOGGED_IN|NONCE)_(KEY|SALT)(_FILE)?|CONFIG_EXTRA|SITE_(URL|TITLE)|ADMIN_(USER|EMAIL|PASSWORD_FILE))|PAGE_CACHE(_TOKEN_FILE)?)$/;

const variables: Check = ({ wordpress }) =>
  wordpress.extraEnv.map(
    ({ name }, index) =>
      ownVariables.test(name) && {
        key: `wordpress.extraEnv[${index}].name`,
        value: name,
        allowed: "a variable the deployment does not set itself",
      },
  );

const aliases: Check = ({ site }) => {
  const { hostname } = new URL(site.url);
  return site.aliases.map(
    (alias, index) =>
      (alias === hostname || site.aliases.indexOf(alias) < index) && {
        key: `site.aliases[${index}]`,
        value: alias,
        allowed: "a host that is neither the site's own (site.url) nor in the list already",
      },
  );
};

const snapshots: Check = ({ storage }) => [
  storage.snapshots &&
    storage.type !== "rook" && {
      key: "storage.snapshots",
      value: true,
      allowed: `false, because storage.type is ${storage.type}: a VolumeSnapshotClass belongs to a driver, and only Rook's is known here`,
    },
];

const disruption: Check = ({ wordpress }) => {
  const fewest = wordpress.autoscaling.enabled ? wordpress.autoscaling.minReplicas : wordpress.replicas;
  return [
    fewest > 1 &&
      wordpress.maxUnavailable >= fewest && {
        key: "wordpress.maxUnavailable",
        value: wordpress.maxUnavailable,
        allowed: `less than the fewest replicas (${fewest}), or a drain may take every pod`,
      },
  ];
};

const pageCache: Check = (config) => {
  const { enabled, resources: given, maxObjectSize, graceSeconds, staleIfErrorSeconds } = config.pageCache;
  if (!enabled) return [];
  const { memory: limit } = given.limits;
  const largest = Math.floor(cacheStorageMebibytes(config) / 4);
  const tooSmall = mebibytes(limit) < 192;
  return [
    tooSmall && {
      key: "pageCache.resources.limits.memory",
      value: limit,
      allowed: `at least 192Mi: Varnish itself takes ${varnishBaseMebibytes}Mi`,
    },
    !tooSmall &&
      bytes(maxObjectSize) > largest * 2 ** 20 && {
        key: "pageCache.maxObjectSize",
        value: maxObjectSize,
        allowed: `at most ${largest}Mi, a quarter of the ${cacheStorageMebibytes(config)}Mi that pageCache.resources.limits.memory (${limit}) leaves for pages`,
      },
    graceSeconds > staleIfErrorSeconds && {
      key: "pageCache.graceSeconds",
      value: graceSeconds,
      allowed: `at most pageCache.staleIfErrorSeconds (${staleIfErrorSeconds}), after which a page is gone`,
    },
  ];
};

const externalServer: Check = ({ mysql, existingSecrets }) => {
  if (mysql.mode !== "external") {
    return [
      mysql.external !== undefined && {
        key: "mysql.external",
        value: mysql.external,
        allowed: "left out unless mysql.mode is external",
      },
    ];
  }
  return [
    mysql.external === undefined && {
      key: "mysql.external",
      value: undefined,
      allowed: "a map with the host of the server, because mysql.mode is external",
    },
    mysql.tls !== (mysql.external?.certificateAuthority !== undefined) && {
      key: "mysql.external.certificateAuthority",
      value: mysql.external?.certificateAuthority,
      allowed:
        "the PEM certificate of the server's authority when mysql.tls is true, and nothing when it is false",
    },
    existingSecrets.database === undefined && {
      key: "existingSecrets.database",
      value: undefined,
      allowed: "the Secret that holds the server's password, because mysql.mode is external",
    },
  ];
};

const databaseCertificate: Check = ({ mysql, existingSecrets }) => [
  existingSecrets.databaseCertificate !== undefined &&
    !(mysql.tls && mysql.mode === "standalone") && {
      key: "existingSecrets.databaseCertificate",
      value: existingSecrets.databaseCertificate,
      allowed: "left out unless mysql.tls is true and mysql.mode standalone",
    },
];

const parentDomain = (hostname: string) => hostname.slice(hostname.indexOf(".") + 1);

const certificate: Check = ({ route: { tls }, site }) => {
  const { hostname } = new URL(site.url);
  return [
    tls.wildcardDomain !== undefined &&
      ![hostname, parentDomain(hostname)].includes(tls.wildcardDomain) && {
        key: "route.tls.wildcardDomain",
        value: tls.wildcardDomain,
        allowed: `the site's host (${hostname}) or the domain right above it`,
      },
    (tls.source === "secret" || tls.source === "cert-manager") &&
      tls.secretName === undefined && {
        key: "route.tls.secretName",
        value: undefined,
        allowed: `a Secret name, because route.tls.source is ${tls.source}`,
      },
    tls.source === "cert-manager" &&
      tls.issuer === undefined && {
        key: "route.tls.issuer",
        value: undefined,
        allowed: "a map with the issuer's name, because route.tls.source is cert-manager",
      },
  ];
};

/** Tags of the official images that move with new versions: by name, or by one or two parts of a version. */
const floatingTag =
  /:(latest|stable|lts|innovation|oracle|apache|fresh|old|(php\d[\w.]*|\d{1,2}(\.\d+)?)(-[a-z][\w.]*)*)$/;

const images: Check = (config) =>
  (["wordpress", "mysql", "pageCache"] as const).map((part) => {
    const { image } = config[part];
    const pinned = image.includes("@sha256:") || (/:[^/]+$/.test(image) && !floatingTag.test(image));
    return (
      config.protectData &&
      !pinned && {
        key: `${part}.image`,
        value: image,
        allowed:
          "an image with the tag of one version, such as 7.1.0, or a digest, because protectData is on",
      }
    );
  });

const checks: Check[] = [
  replicas,
  accessMode,
  grace,
  resources,
  memory,
  mysqlMemory,
  connections,
  sidecarRequests,
  phpLimits,
  variables,
  disruption,
  pageCache,
  snapshots,
  externalServer,
  databaseCertificate,
  aliases,
  certificate,
  images,
];

/** What is wrong between keys that are each fine alone. */
export function crossCheck(config: SiteConfig): Fault[] {
  return checks.flatMap((check) => check(config)).filter((fault) => fault !== false);
}
