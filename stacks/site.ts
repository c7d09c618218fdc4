import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import * as pulumi from "@pulumi/pulumi";
import { MySql } from "../components/mysql.ts";
import { NetworkIsolation, type PageCacheWays } from "../components/network-isolation.ts";
import { PageCache } from "../components/page-cache/index.ts";
import { cachePort } from "../components/page-cache/pod.ts";
import { PurgeChannel } from "../components/page-cache/purge-channel.ts";
import { programWins } from "../components/program-wins.ts";
import { RookCephfs } from "../components/rook-cephfs.ts";
import { type Certificate, TraefikRoute } from "../components/traefik-route.ts";
import { type Database, WordPress } from "../components/wordpress/index.ts";
import {
  bufferPoolMebibytes,
  cacheStorageMebibytes,
  cacheTransientMebibytes,
  maxConnections,
  requestWorkers,
} from "./checks.ts";
import { bytes, mebibytes } from "./quantity.ts";
import type { SiteConfig } from "./schema.ts";

interface StorageClasses {
  shared: pulumi.Input<string>;
  block: pulumi.Input<string>;
}

/** One environment: storage, database, WordPress and the route to it, wired by their outputs. */
export class Site extends pulumi.ComponentResource {
  /** The site's address. */
  readonly url: pulumi.Output<string>;
  /** Namespace of everything the site is made of. */
  readonly namespace: pulumi.Output<string>;
  /** Host of the database. */
  readonly mysqlHost: pulumi.Output<string>;
  /** Secret with the database password. */
  readonly databaseSecretName: pulumi.Output<string>;
  /** Secret with the administrator's name and password. */
  readonly adminSecretName: pulumi.Output<string>;
  /** The generated database password, secret; undefined when it comes from an existing Secret. */
  readonly databasePassword: pulumi.Output<string | undefined>;

  constructor(name: string, config: SiteConfig, opts?: pulumi.ComponentResourceOptions) {
    super("wordpress:index:Site", name, {}, pulumi.mergeOptions({ transformations: [programWins] }, opts));

    const namespace = this.makeNamespace(name, config);
    this.namespace = namespace.metadata.name;
    const isolation = this.isolate(name, config);
    const classes = this.storageClasses(name, config);
    const mysql = config.mysql.mode === "standalone" ? this.mysql(name, config, classes) : undefined;
    const database = mysql ?? externalDatabase(config);
    const purge = config.pageCache.enabled ? this.purgeChannel(name, config) : undefined;
    const wordpress = this.wordpress(name, config, classes, database, purge, [isolation, mysql]);
    const cache = purge && this.pageCache(name, config, wordpress, purge);
    const route = this.route(name, config, cache ?? wordpress);

    this.url = route.url;
    this.mysqlHost = pulumi.output(database.host);
    this.databaseSecretName = pulumi.output(database.secretName);
    this.adminSecretName = wordpress.adminSecretName;
    this.databasePassword = mysql?.password ?? pulumi.output(undefined);
    this.registerOutputs({
      url: this.url,
      namespace: this.namespace,
      mysqlHost: this.mysqlHost,
      databaseSecretName: this.databaseSecretName,
      adminSecretName: this.adminSecretName,
      databasePassword: this.databasePassword,
    });
  }

  private makeNamespace(name: string, config: SiteConfig): Namespace {
    const level = (mode: string) => [`pod-security.kubernetes.io/${mode}`, "restricted"];
    return new Namespace(
      `${name}-namespace`,
      { metadata: { name: config.namespace, labels: Object.fromEntries(["enforce", "warn"].map(level)) } },
      // Deleting a namespace deletes the volume claims in it.
      { parent: this, protect: config.protectData, retainOnDelete: config.protectData },
    );
  }

  private isolate(
    name: string,
    { network, mysql, pageCache, route }: SiteConfig,
  ): NetworkIsolation | undefined {
    if (!network.policies) return undefined;
    return new NetworkIsolation(
      `${name}-network`,
      {
        namespace: this.namespace,
        traefik: network.traefik,
        dnsCidrs: network.dnsCidrs,
        internetEgress: network.internetEgress,
        externalDatabase: mysql.mode === "external" ? mysql.external : undefined,
        pageCache: pageCache.enabled ? cacheWays(pageCache) : undefined,
        certManager: route.tls.source === "cert-manager",
      },
      { parent: this },
    );
  }

  private storageClasses(name: string, { storage, protectData }: SiteConfig): StorageClasses {
    const { sharedClassName, blockClassName, snapshots } = storage;
    if (storage.type === "existing") return { shared: sharedClassName, block: blockClassName };
    const rook = new RookCephfs(
      `${name}-storage`,
      { ...storage.rook, sharedClassName, blockClassName, snapshots, protectData },
      { parent: this },
    );
    return { shared: rook.sharedClassName, block: rook.blockClassName };
  }

  private mysql(name: string, config: SiteConfig, classes: StorageClasses): MySql {
    const { mysql, existingSecrets, protectData } = config;
    return new MySql(
      `${name}-mysql`,
      {
        namespace: this.namespace,
        image: mysql.image,
        database: mysql.database,
        user: mysql.user,
        storage: { size: mysql.storage.size, storageClassName: classes.block },
        resources: mysql.resources,
        bufferPoolMebibytes: bufferPoolMebibytes(config),
        maxConnections: maxConnections(config),
        slowQuerySeconds: mysql.slowQuerySeconds,
        terminationGracePeriodSeconds: mysql.terminationGracePeriodSeconds,
        existingSecretName: existingSecrets.database,
        tls: mysql.tls,
        existingCertificateSecretName: existingSecrets.databaseCertificate,
        protectData,
      },
      { parent: this },
    );
  }

  private purgeChannel(name: string, { existingSecrets }: SiteConfig): PurgeChannel {
    return new PurgeChannel(
      `${name}-purge-channel`,
      { namespace: this.namespace, existingSecretName: existingSecrets.pageCacheToken },
      { parent: this },
    );
  }

  private wordpress(
    name: string,
    config: SiteConfig,
    classes: StorageClasses,
    database: Database,
    purge: PurgeChannel | undefined,
    after: (pulumi.Resource | undefined)[],
  ): WordPress {
    const { wordpress, site, existingSecrets, protectData, route } = config;
    const { php, storage, autoscaling, cron } = wordpress;
    return new WordPress(
      `${name}-wordpress`,
      {
        ...wordpress,
        namespace: this.namespace,
        url: site.url,
        database,
        provisionAfter: after.filter((resource) => resource !== undefined),
        admin: {
          user: site.adminUser,
          email: site.adminEmail,
          title: site.title,
          existingSecretName: existingSecrets.admin,
        },
        saltsSecretName: existingSecrets.salts,
        storage: { ...storage, storageClassName: classes.shared },
        autoscaling: autoscaling.enabled ? autoscaling : undefined,
        php: {
          memoryLimitMebibytes: mebibytes(php.memoryLimit),
          uploadMaxMebibytes: mebibytes(php.uploadMaxSize),
          maxExecutionSeconds: php.maxExecutionSeconds,
          extraIni: php.extraIni,
        },
        maxRequestWorkers: requestWorkers(config),
        cronSchedule: cron.schedule,
        trustedProxies: route.trustedProxies,
        ...(purge && {
          mustUsePlugins: purge.plugins,
          extraEnv: [...wordpress.extraEnv, ...purge.env],
          extraVolumes: [...wordpress.extraVolumes, purge.volume],
          extraVolumeMounts: [...wordpress.extraVolumeMounts, purge.volumeMount],
        }),
        protectData,
      },
      { parent: this },
    );
  }

  private pageCache(name: string, config: SiteConfig, served: WordPress, purge: PurgeChannel): PageCache {
    const { pageCache, site, wordpress } = config;
    return new PageCache(
      `${name}-page-cache`,
      {
        ...pageCache,
        namespace: this.namespace,
        storageMebibytes: cacheStorageMebibytes(config),
        transientMebibytes: cacheTransientMebibytes(config),
        backend: { name: served.serviceName, port: served.servicePort },
        site: new URL(site.url).host,
        longestRequestSeconds: wordpress.php.maxExecutionSeconds,
        maxObjectBytes: bytes(pageCache.maxObjectSize),
        tokenSecretName: purge.tokenSecretName,
        metrics: pageCache.metrics.enabled,
      },
      { parent: this },
    );
  }

  private route(name: string, config: SiteConfig, served: WordPress | PageCache): TraefikRoute {
    const { route, site, wordpress, pageCache } = config;
    const { hostname, port } = new URL(site.url);
    return new TraefikRoute(
      `${name}-route`,
      {
        namespace: this.namespace,
        host: hostname,
        httpsPort: port === "" ? 443 : Number(port),
        aliases: site.aliases,
        service: { name: served.serviceName, port: served.servicePort },
        entryPoints: route.entryPoints,
        certificate: certificate(config),
        hsts: route.hsts,
        maxRequestBodyBytes: (mebibytes(wordpress.php.uploadMaxSize) + 8) * 2 ** 20,
        loginRequestsPerMinute: route.loginRequestsPerMinute,
        trustedProxies: route.trustedProxies,
        // The page cache asks a second time where the first has failed. A little more, so that WordPress ends first.
        longestResponseSeconds: wordpress.php.maxExecutionSeconds * (pageCache.enabled ? 2 : 1) + 10,
      },
      { parent: this },
    );
  }
}

function cacheWays({ metrics }: SiteConfig["pageCache"]): PageCacheWays {
  return { port: cachePort, metricsNamespace: metrics.enabled ? metrics.namespace : undefined };
}

/** Config checks made sure that server and Secret are given. */
function externalDatabase({ mysql, existingSecrets }: SiteConfig): Database {
  const { external, database, user } = mysql;
  if (!external || !existingSecrets.database)
    throw new Error("mysql.external and existingSecrets.database are not set");
  return { ...external, database, user, secretName: existingSecrets.database, passwordKey: "password" };
}

function certificate({ route: { tls } }: SiteConfig): Certificate {
  const { source, certResolver, secretName = "", issuer, wildcardDomain } = tls;
  if (source === "certResolver") return { source, certResolver, wildcardDomain };
  if (source === "cert-manager" && issuer) return { source, secretName, issuer };
  return source === "default" ? { source } : { source: "secret", secretName };
}
