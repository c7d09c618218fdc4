import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import * as pulumi from "@pulumi/pulumi";
import { withDefaults } from "../components/defaults.ts";
import { MySql } from "../components/mysql/index.ts";
import { reservedConnections } from "../components/mysql/sizing.ts";
import { NetworkIsolation } from "../components/network-isolation/index.ts";
import { PageCache } from "../components/page-cache/index.ts";
import { cachePort } from "../components/page-cache/pod.ts";
import { PurgeChannel } from "../components/page-cache/purge-channel.ts";
import { type PodArgs, partLabels, type ServiceArgs } from "../components/pods.ts";
import { withProgramWins } from "../components/program-wins.ts";
import { RookCephfs } from "../components/rook-cephfs/index.ts";
import { type Certificate, TraefikRoute } from "../components/traefik-route/index.ts";
import { transformed } from "../components/transform.ts";
import { downloads } from "../components/wordpress/extensions.ts";
import { type Database, WordPress } from "../components/wordpress/index.ts";
import { bodyBytes, mostConnections } from "../components/wordpress/sizing.ts";
import { smtpPort } from "../components/wordpress/smtp.ts";
import { siteDefaults } from "./defaults.ts";
import type { SiteArgs, SiteSettings } from "./site-args.ts";

export type { SiteArgs } from "./site-args.ts";

interface StorageClasses {
  shared: pulumi.Input<string>;
  block: pulumi.Input<string>;
}

/**
 * A whole site: storage, database, WordPress and the route to it, wired by their outputs, in a namespace of its own.
 * Several sites are several of these, each with a namespace; they may share the classes of one RookCephfs.
 *
 * The smallest:
 * ```ts
 * new Site("blog", { namespace: "blog", site: { url: "https://blog.example.com" } });
 * ```
 * With more of what it has:
 * ```ts
 * const storage = new RookCephfs("storage", { replicas: 2 });
 * new Site("blog", {
 *   namespace: "blog",
 *   createNamespace: false,
 *   protectData: true,
 *   site: {
 *     url: "https://blog.example.com",
 *     aliases: ["www.example.com"],
 *     adminEmail: "me@example.com",
 *     smtp: { host: "smtp.example.com", user: "blog", secretName: "smtp", fromAddress: "blog@example.com" },
 *   },
 *   storage: {
 *     type: "existing",
 *     sharedClassName: storage.sharedClassName,
 *     blockClassName: storage.blockClassName,
 *   },
 *   mysql: { tls: true, storage: { size: "50Gi" } },
 *   wordpress: {
 *     autoscaling: { maxReplicas: 12 },
 *     tolerations: [{ key: "web", operator: "Exists" }],
 *     transform: { deployment: { spec: { revisionHistoryLimit: 3 } } },
 *   },
 *   pageCache: { enabled: true },
 *   route: { tls: { source: "cert-manager", secretName: "blog-tls", issuer: { kind: "Issuer", name: "own" } } },
 *   network: { internetEgress: true },
 * });
 * ```
 */
export class Site extends pulumi.ComponentResource {
  /** The site's address, once everything it answers by is there. */
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

  constructor(name: string, args: SiteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("wordpress:index:Site", name, {}, opts);
    const settings = withDefaults(args, siteDefaults);

    this.namespace = this.makeNamespace(name, settings);
    const isolation = this.isolation(name, settings);
    const classes = this.storageClasses(name, settings);
    const mysql = settings.mysql.mode === "standalone" ? this.mysql(name, settings, classes) : undefined;
    const database = mysql ?? externalDatabase(settings);
    const purge = settings.pageCache.enabled ? this.purgeChannel(name, settings) : undefined;
    const wordpress = this.wordpress(name, settings, classes, database, purge, [isolation, mysql]);
    // After the policies that let it through, and gone before them. The cache comes after WordPress' rollout, too: the
    // provider takes a Deployment's old state for its new one where it has watched another one before in the same `up`.
    const after = isolation ? [isolation] : [];
    const ordered = (...on: pulumi.Resource[]) => ({ parent: this, dependsOn: [...after, ...on] });
    const cache = purge && this.pageCache(name, settings, ordered(wordpress), wordpress, purge);
    const route = this.route(name, settings, ordered(), cache ?? wordpress);

    // The route waits for the page cache's rollout, and that for WordPress'; without one for neither.
    this.url = pulumi.all([route.url, wordpress.deploymentName]).apply(([url]) => url);
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

  private makeNamespace(name: string, settings: SiteSettings): pulumi.Output<string> {
    const { namespace, createNamespace, protectData, transform } = settings;
    if (!createNamespace) return pulumi.output(namespace);
    const level = (mode: string) => [`pod-security.kubernetes.io/${mode}`, "restricted"];
    const labels = { ...partLabels(namespace), ...Object.fromEntries(["enforce", "warn"].map(level)) };
    return new Namespace(
      `${name}-namespace`,
      transformed(transform?.namespace, { metadata: { name: namespace, labels } }),
      // Deleting a namespace deletes the volume claims in it.
      withProgramWins({ parent: this, protect: protectData, retainOnDelete: protectData }),
    ).metadata.name;
  }

  private isolation(name: string, settings: SiteSettings): NetworkIsolation | undefined {
    const { network, mysql, pageCache, route, site, wordpress } = settings;
    if (!network.policies) return undefined;
    const { metrics } = pageCache;
    const cache = { port: cachePort, metricsNamespace: metrics.enabled ? metrics.namespace : undefined };
    return new NetworkIsolation(
      `${name}-network`,
      {
        namespace: this.namespace,
        traefik: network.traefik,
        dnsCidrs: network.dnsCidrs,
        internetEgress: network.internetEgress,
        downloads: downloads({ ...wordpress, language: site.language }),
        externalDatabase: mysql.mode === "external" ? mysql.external : undefined,
        smtp: site.smtp && { ...site.smtp, port: smtpPort(site.smtp) },
        pageCache: pageCache.enabled ? cache : undefined,
        certManager: route.tls.source === "cert-manager",
        extraEgress: network.extraEgress,
        extraIngress: network.extraIngress,
        transform: network.transform,
      },
      { parent: this },
    );
  }

  private storageClasses(name: string, { storage, protectData }: SiteSettings): StorageClasses {
    const { sharedClassName, blockClassName, snapshots, rook } = storage;
    if (storage.type === "existing") return { shared: sharedClassName, block: blockClassName };
    const made = new RookCephfs(
      `${name}-storage`,
      {
        namespace: rook.namespace,
        operatorNamespace: rook.operatorNamespace,
        clusterID: rook.clusterID,
        filesystem: rook.filesystem,
        blockPool: rook.blockPool,
        manage: rook.manage,
        replicas: rook.replicas,
        failureDomain: rook.failureDomain,
        activeCount: rook.activeCount,
        activeStandby: rook.activeStandby,
        mounter: rook.mounter,
        sharedClassName,
        blockClassName,
        snapshots,
        protectData,
        transform: rook.transform,
      },
      { parent: this },
    );
    return { shared: made.sharedClassName, block: made.blockClassName };
  }

  private mysql(name: string, settings: SiteSettings, classes: StorageClasses): MySql {
    const { mysql, existingSecrets, protectData } = settings;
    return new MySql(
      `${name}-mysql`,
      {
        namespace: this.namespace,
        image: mysql.image,
        database: mysql.database,
        user: mysql.user,
        storage: { size: mysql.storage.size, storageClassName: classes.block },
        resources: mysql.resources,
        maxConnections: mysql.maxConnections ?? siteConnections(settings),
        slowQuerySeconds: mysql.slowQuerySeconds,
        extraConfig: mysql.extraConfig,
        startDeadlineSeconds: mysql.startDeadlineSeconds,
        maxUnavailable: mysql.maxUnavailable,
        terminationGracePeriodSeconds: mysql.terminationGracePeriodSeconds,
        existingSecretName: existingSecrets.database,
        tls: mysql.tls,
        existingCertificateSecretName: existingSecrets.databaseCertificate,
        protectData,
        ...podArgs(mysql),
        transform: mysql.transform,
      },
      { parent: this },
    );
  }

  private purgeChannel(name: string, { existingSecrets, pageCache }: SiteSettings): PurgeChannel {
    return new PurgeChannel(
      `${name}-purge-channel`,
      {
        namespace: this.namespace,
        existingSecretName: existingSecrets.pageCacheToken,
        serviceAnnotations: pageCache.serviceAnnotations,
        serviceLabels: pageCache.serviceLabels,
        transform: pageCache.purgeTransform,
      },
      { parent: this },
    );
  }

  private wordpress(
    name: string,
    settings: SiteSettings,
    classes: StorageClasses,
    database: Database,
    purge: PurgeChannel | undefined,
    after: (pulumi.Resource | undefined)[],
  ): WordPress {
    const { wordpress, site, existingSecrets, protectData, route, network } = settings;
    const { size, accessMode } = wordpress.storage;
    return new WordPress(
      `${name}-wordpress`,
      {
        namespace: this.namespace,
        url: site.url,
        movedFrom: site.movedFrom,
        database,
        storage: { size, accessMode, storageClassName: classes.shared },
        image: wordpress.image,
        content: wordpress.content,
        plugins: wordpress.plugins,
        themes: wordpress.themes,
        provisionAfter: after.filter((resource) => resource !== undefined),
        admin: {
          user: site.adminUser,
          email: site.adminEmail,
          title: site.title,
          existingSecretName: existingSecrets.admin,
        },
        language: site.language,
        timezone: site.timezone,
        permalinks: site.permalinks,
        smtp: site.smtp,
        saltsSecretName: existingSecrets.salts,
        resources: wordpress.resources,
        replicas: wordpress.replicas,
        autoscaling: wordpress.autoscaling,
        strategy: wordpress.strategy,
        antiAffinity: wordpress.antiAffinity,
        topologySpreadConstraints: wordpress.topologySpreadConstraints,
        maxUnavailable: wordpress.maxUnavailable,
        preStopSleepSeconds: wordpress.preStopSleepSeconds,
        terminationGracePeriodSeconds: wordpress.terminationGracePeriodSeconds,
        progressDeadlineSeconds: wordpress.progressDeadlineSeconds,
        provisionDeadlineSeconds: wordpress.provisionDeadlineSeconds,
        livenessProbe: wordpress.livenessProbe,
        php: wordpress.php,
        persistentConnections: wordpress.persistentConnections,
        maxRequestWorkers: wordpress.maxRequestWorkers,
        cron: wordpress.cron,
        internetAccess: !network.policies || network.internetEgress,
        xmlrpc: wordpress.xmlrpc,
        trustedProxies: route.trustedProxies,
        extraEnv: [...wordpress.extraEnv, ...(purge?.env ?? [])],
        extraConfig: wordpress.extraConfig,
        mustUsePlugins: { ...wordpress.mustUsePlugins, ...purge?.plugins },
        extraVolumes: [...wordpress.extraVolumes, ...(purge ? [purge.volume] : [])],
        extraVolumeMounts: [...wordpress.extraVolumeMounts, ...(purge ? [purge.volumeMount] : [])],
        sidecars: wordpress.sidecars,
        protectData,
        ...podArgs(wordpress),
        transform: wordpress.transform,
      },
      { parent: this },
    );
  }

  private pageCache(
    name: string,
    settings: SiteSettings,
    opts: pulumi.ComponentResourceOptions,
    served: WordPress,
    purge: PurgeChannel,
  ): PageCache {
    const { pageCache, site, wordpress } = settings;
    return new PageCache(
      `${name}-page-cache`,
      {
        namespace: this.namespace,
        backend: {
          name: served.serviceName,
          port: served.servicePort,
          clusterIP: served.serviceClusterIP,
        },
        url: site.url,
        tokenSecretName: purge.tokenSecretName,
        image: pageCache.image,
        replicas: pageCache.replicas,
        resources: pageCache.resources,
        ttlSeconds: pageCache.ttlSeconds,
        graceSeconds: pageCache.graceSeconds,
        staleIfErrorSeconds: pageCache.staleIfErrorSeconds,
        noncePageSeconds: pageCache.noncePageSeconds,
        longestRequestSeconds: wordpress.php.maxExecutionSeconds,
        maxObjectSize: pageCache.maxObjectSize,
        passCookies: pageCache.passCookies,
        passPaths: pageCache.passPaths,
        metrics: { enabled: pageCache.metrics.enabled },
        ...podArgs(pageCache),
        transform: pageCache.transform,
      },
      opts,
    );
  }

  private route(
    name: string,
    settings: SiteSettings,
    opts: pulumi.ComponentResourceOptions,
    served: WordPress | PageCache,
  ): TraefikRoute {
    const { route, site, wordpress, pageCache } = settings;
    const { uploadMaxSize, maxExecutionSeconds } = wordpress.php;
    return new TraefikRoute(
      `${name}-route`,
      {
        namespace: this.namespace,
        url: site.url,
        service: { name: served.serviceName, port: served.servicePort },
        aliases: site.aliases,
        entryPoints: route.entryPoints,
        certificate: certificate(settings),
        hsts: route.hsts,
        maxRequestBodyBytes: pulumi.output(uploadMaxSize).apply(bodyBytes),
        ingressClass: route.ingressClass,
        contentSecurityPolicy: route.contentSecurityPolicy,
        contentSecurityPolicyReportOnly: route.contentSecurityPolicyReportOnly,
        permissionsPolicy: route.permissionsPolicy,
        loginRequestsPerMinute: route.loginRequestsPerMinute,
        xmlrpcRequestsPerMinute: route.xmlrpcRequestsPerMinute,
        restRequestsPerMinute: route.restRequestsPerMinute,
        searchRequestsPerMinute: route.searchRequestsPerMinute,
        trustedProxies: route.trustedProxies,
        // The page cache asks a second time where the first has failed. A little more, so that WordPress ends first.
        longestResponseSeconds: maxExecutionSeconds * (pageCache.enabled ? 2 : 1) + 10,
        transform: route.transform,
      },
      opts,
    );
  }
}

/** What any pod and Service of a part may be given, by name. */
function podArgs(part: PodArgs & ServiceArgs): PodArgs & ServiceArgs {
  return {
    nodeSelector: part.nodeSelector,
    tolerations: part.tolerations,
    affinity: part.affinity,
    priorityClassName: part.priorityClassName,
    podAnnotations: part.podAnnotations,
    podLabels: part.podLabels,
    imagePullSecrets: part.imagePullSecrets,
    serviceAccountName: part.serviceAccountName,
    initContainers: part.initContainers,
    tmpSize: part.tmpSize,
    serviceAnnotations: part.serviceAnnotations,
    serviceLabels: part.serviceLabels,
  };
}

/** Connections to a server of the site's own: WordPress' worst case and a reserve. */
function siteConnections({ wordpress }: SiteSettings): pulumi.Output<number> {
  const { resources, maxRequestWorkers, autoscaling, replicas, strategy } = wordpress;
  const { enabled, maxReplicas } = autoscaling;
  return pulumi
    .all([resources.limits.memory, maxRequestWorkers, maxReplicas, replicas])
    .apply(([memory, workers, most, count]) => {
      const limits = { memory };
      const scaling = { enabled, maxReplicas: most };
      const sizes = { resources: { limits }, maxRequestWorkers: workers, autoscaling: scaling };
      return mostConnections({ ...sizes, replicas: count, strategy }) + reservedConnections;
    });
}

function externalDatabase({ mysql, existingSecrets }: SiteSettings): Database {
  const { external, database, user, tls } = mysql;
  if (!external || existingSecrets.database === undefined) {
    throw new Error("mysql.mode is external: set mysql.external and existingSecrets.database");
  }
  // Whoever names the authority wants the server's certificate checked.
  const encrypted = tls || external.certificateAuthority !== undefined;
  return { ...external, tls: encrypted, database, user, secretName: existingSecrets.database };
}

function certificate({ route: { tls } }: SiteSettings): Certificate {
  const { source, certResolver, secretName, issuer, wildcardDomain } = tls;
  if (source === "certResolver") return { source, certResolver, wildcardDomain };
  if (source === "default") return { source };
  if (secretName === undefined) throw new Error(`route.tls.source is ${source}: set route.tls.secretName`);
  if (source === "secret") return { source, secretName };
  if (issuer === undefined) throw new Error("route.tls.source is cert-manager: set route.tls.issuer");
  return { source, secretName, issuer };
}
