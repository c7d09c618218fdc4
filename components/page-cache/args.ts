import type { Input } from "@pulumi/pulumi";
import type { Resources } from "../pods.ts";

/** Arguments of {@link PageCache}. */
export interface PageCacheArgs {
  /** Namespace to deploy into. */
  namespace: Input<string>;
  /** Varnish image: varnishd with its compiler, and perl when there are metrics, as in the official Debian variant. */
  image: Input<string>;
  /** Pods, each with a cache of its own. */
  replicas: number;
  resources: Resources;
  /** Memory for what is kept, in MiB; the rest of the limit is for Varnish itself. */
  storageMebibytes: Input<number>;
  /** Memory for answers on their way that are not kept, in MiB. */
  transientMebibytes: Input<number>;
  /** Service the pages come from. */
  backend: { name: Input<string>; port: Input<number> };
  /** Host of the site's address, with the port if it has one. */
  site: string;
  /** How long a page is fresh, in seconds. */
  ttlSeconds: number;
  /** How long after that it is served while a newer one is fetched, in seconds. */
  graceSeconds: number;
  /** How long after that it is served when no newer one can be had, in seconds. */
  staleIfErrorSeconds: number;
  /** Longest request the backend answers, in seconds. */
  longestRequestSeconds: number;
  /** Largest answer kept, in bytes. */
  maxObjectBytes: number;
  /** First parts of further cookie names whose bearers are never served from the cache. */
  passCookies: string[];
  /** Further paths, with all below them, that are never kept. */
  passPaths: string[];
  /** Secret whose key `token` whoever has pages forgotten must know. */
  tokenSecretName: Input<string>;
  /** Show Varnish' counters to Prometheus, by a container beside it. */
  metrics: boolean;
}
