import type { DeploymentArgs } from "@pulumi/kubernetes/apps/v1/deployment.js";
import type { ConfigMapArgs } from "@pulumi/kubernetes/core/v1/configMap.js";
import type { ServiceArgs as ServiceObjectArgs } from "@pulumi/kubernetes/core/v1/service.js";
import type { PodDisruptionBudgetArgs } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import type { Input } from "@pulumi/pulumi";
import type { WithDefaults } from "../defaults.ts";
import type { PodArgs, Resources, ServiceArgs } from "../pods.ts";
import type { Transform } from "../transform.ts";
import type { pageCacheDefaults } from "./defaults.ts";

/** Arguments of PageCache. */
export interface PageCacheArgs extends PodArgs, ServiceArgs {
  /** Namespace to deploy into. */
  namespace: Input<string>;
  /**
   * Service the pages come from. Varnish looks its address up once: with `clusterIP` given, other pods take over when the
   * Service is another one of the same name.
   */
  backend: { name: Input<string>; port: Input<number>; clusterIP?: Input<string> };
  /** The site's address. */
  url: Input<string>;
  /** Secret whose key `token` whoever has pages forgotten must know: a PurgeChannel's. */
  tokenSecretName: Input<string>;
  /**
   * Varnish image: varnishd with its compiler, and perl when there are metrics, as in the official Debian variant.
   * @default varnish:9.1.0
   */
  image?: Input<string>;
  /** Pods, each with a cache of its own. @default 2 */
  replicas?: Input<number>;
  /** Of the memory limit follows how much is kept. @default 500m and 256Mi, requests and limits alike */
  resources?: Resources;
  /** How long a page is fresh, in seconds. @default 120 */
  ttlSeconds?: Input<number>;
  /** How long after that it is served while a newer one is fetched, in seconds. @default 300 */
  graceSeconds?: Input<number>;
  /** How long after that it is served when no newer one can be had, in seconds. @default 86400 */
  staleIfErrorSeconds?: Input<number>;
  /**
   * How long a page with a nonce, as forms have them, is kept in all, in seconds; 0 for not at all. Never longer than a
   * quarter of a nonce's life. @default 600
   */
  noncePageSeconds?: Input<number>;
  /** Longest request the backend answers, in seconds; pods and engine wait as long. @default 60 */
  longestRequestSeconds?: number;
  /** Largest answer kept, such as `4Mi`. @default 4Mi */
  maxObjectSize?: Input<string>;
  /** First parts of further cookie names whose bearers are never served from the cache. @default none */
  passCookies?: Input<string>[];
  /** Further paths, with all below them, that are never kept. @default none */
  passPaths?: Input<string>[];
  /** Varnish' counters for Prometheus, by a container beside it. */
  metrics?: {
    /** @default true */
    enabled?: boolean;
  };
  /** Changes to the objects this is made of. */
  transform?: {
    deployment?: Transform<DeploymentArgs>;
    service?: Transform<ServiceObjectArgs>;
    disruptionBudget?: Transform<PodDisruptionBudgetArgs>;
    configMap?: Transform<ConfigMapArgs>;
  };
}

/** Arguments with every default filled in. */
export type PageCacheSettings = WithDefaults<PageCacheArgs, typeof pageCacheDefaults>;
