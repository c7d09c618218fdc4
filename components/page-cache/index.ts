import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import type { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import * as pulumi from "@pulumi/pulumi";
import { withDefaults } from "../defaults.ts";
import { immutableConfigMap } from "../immutable-config-map.ts";
import { cacheNames } from "../names.ts";
import { objectLabels, serviceMetadata, tierLabels } from "../pods.ts";
import { withProgramWins } from "../program-wins.ts";
import { bytes } from "../quantity.ts";
import { rollingUpdate, rolloutDeadlines } from "../rollout.ts";
import { fileText } from "../template.ts";
import { transformed } from "../transform.ts";
import { waitUntil } from "../waiting.ts";
import type { PageCacheArgs, PageCacheSettings } from "./args.ts";
import { pageCacheDefaults } from "./defaults.ts";
import { cachePod, graceSeconds, tokenFile } from "./pod.ts";
import { pageCacheVcl } from "./vcl.ts";

export type { PageCacheArgs } from "./args.ts";

const name = cacheNames.cache;
const selected = tierLabels("cache");
/** The longest a rollout may stand still, in seconds. */
const progressDeadlineSeconds = 300;

/**
 * An HTTP cache in front of WordPress: pages for everybody are answered from memory, also while WordPress is away.
 * Varnish in a Deployment, its rules, its Service and a disruption budget.
 *
 * It takes a PurgeChannel, which WordPress is given as well, so that what is published shows at once:
 * ```ts
 * const purge = new PurgeChannel("purge", { namespace: "blog" });
 * const wordpress = new WordPress("blog", {
 *   namespace: "blog",
 *   url: "https://blog.example.com",
 *   database,
 *   storage: {},
 *   mustUsePlugins: purge.plugins,
 *   extraEnv: purge.env,
 *   extraVolumes: [purge.volume],
 *   extraVolumeMounts: [purge.volumeMount],
 * });
 * const backend = { name: wordpress.serviceName, port: wordpress.servicePort };
 * const tokenSecretName = purge.tokenSecretName;
 * new PageCache("cache", { namespace: "blog", url: "https://blog.example.com", backend, tokenSecretName });
 * ```
 * With more of what it has:
 * ```ts
 * new PageCache("cache", {
 *   namespace: "blog",
 *   url: "https://blog.example.com",
 *   backend,
 *   tokenSecretName,
 *   replicas: 3,
 *   resources: { requests: { memory: "1Gi" }, limits: { memory: "1Gi" } },
 *   ttlSeconds: 600,
 *   passPaths: ["/members"],
 *   podAnnotations: { "prometheus.io/scrape": "true" },
 *   transform: { service: { spec: { trafficDistribution: "PreferClose" } } },
 * });
 * ```
 */
export class PageCache extends pulumi.ComponentResource {
  /** Name of the Service, once its pods serve. */
  readonly serviceName: pulumi.Output<string>;
  /** Port of the Service. */
  readonly servicePort: pulumi.Output<number>;

  constructor(resourceName: string, args: PageCacheArgs, opts?: pulumi.ComponentResourceOptions) {
    super("wordpress:index:PageCache", resourceName, {}, withProgramWins(opts));
    const settings = withDefaults(args, pageCacheDefaults);

    const files = this.files(resourceName, settings);
    const deployment = this.deployment(resourceName, settings, files);
    const service = this.service(resourceName, settings);
    this.disruptionBudget(resourceName, settings);

    this.serviceName = pulumi.all([service.metadata.name, deployment.id]).apply(([served]) => served);
    this.servicePort = pulumi.output(80);
    this.registerOutputs({ serviceName: this.serviceName, servicePort: this.servicePort });
  }

  private files(resourceName: string, settings: PageCacheSettings): ConfigMap {
    const { namespace, metrics, transform } = settings;
    return immutableConfigMap(
      `${resourceName}-files`,
      {
        namespace,
        labels: objectLabels("cache", namespace),
        data: {
          "page-cache.vcl": rules(settings),
          "leave.sh": fileText("leave.sh", import.meta.url),
          ...(metrics.enabled ? { "metrics.pl": fileText("metrics.pl", import.meta.url) } : {}),
        },
        transform: transform?.configMap,
      },
      { parent: this },
    );
  }

  private deployment(resourceName: string, settings: PageCacheSettings, files: ConfigMap): Deployment {
    const args = {
      metadata: metadata(settings),
      spec: {
        replicas: settings.replicas,
        strategy: rollingUpdate,
        progressDeadlineSeconds,
        selector: { matchLabels: selected },
        template: cachePod(settings, files.metadata.name),
      },
    };
    return new Deployment(`${resourceName}-deployment`, transformed(settings.transform?.deployment, args), {
      parent: this,
      customTimeouts: waitUntil(rollout(settings)),
    });
  }

  private service(resourceName: string, settings: PageCacheSettings): Service {
    const args = {
      metadata: serviceMetadata("cache", name, settings),
      spec: { selector: selected, ports: [{ name: "http", port: 80, targetPort: "http" }] },
    };
    return new Service(`${resourceName}-service`, transformed(settings.transform?.service, args), {
      parent: this,
      customTimeouts: waitUntil({ create: rollout(settings).update }),
    });
  }

  private disruptionBudget(resourceName: string, settings: PageCacheSettings): void {
    const args = {
      metadata: metadata(settings),
      spec: {
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: "AlwaysAllow",
        selector: { matchLabels: selected },
      },
    };
    new PodDisruptionBudget(`${resourceName}-pdb`, transformed(settings.transform?.disruptionBudget, args), {
      parent: this,
    });
  }
}

function metadata({ namespace }: PageCacheSettings) {
  return { name, namespace, labels: objectLabels("cache", namespace) };
}

function rules(settings: PageCacheSettings): pulumi.Output<string> {
  const { backend, url, maxObjectSize, passCookies, passPaths } = settings;
  const {
    ttlSeconds,
    graceSeconds: grace,
    staleIfErrorSeconds,
    noncePageSeconds,
    longestRequestSeconds,
  } = settings;
  const inputs = { backend, url, maxObjectSize, passCookies, passPaths };
  const times = {
    ttlSeconds,
    graceSeconds: grace,
    staleIfErrorSeconds,
    noncePageSeconds,
    longestRequestSeconds,
  };
  return pulumi.all([inputs, times]).apply(([known, seconds]) =>
    pageCacheVcl({
      ...seconds,
      host: known.backend.name,
      port: known.backend.port,
      site: new URL(known.url).host,
      maxObjectBytes: bytes(known.maxObjectSize),
      passCookies: known.passCookies,
      passPaths: known.passPaths,
      tokenFile,
    }),
  );
}

function rollout(settings: PageCacheSettings) {
  return rolloutDeadlines({
    strategy: "RollingUpdate",
    progressDeadlineSeconds,
    terminationGracePeriodSeconds: graceSeconds(settings),
  });
}
