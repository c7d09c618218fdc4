import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import type * as k8s from "@pulumi/kubernetes/types/input.js";
import * as pulumi from "@pulumi/pulumi";
import type { policyNames } from "./names.ts";
import { tierLabels } from "./pods.ts";

/** Arguments of {@link NetworkIsolation}. */
export interface NetworkIsolationArgs {
  /** Namespace whose pods are isolated. */
  namespace: pulumi.Input<string>;
  /** Where Traefik's requests come from: its namespace, and address ranges when it runs outside the pod network. */
  traefik: { namespace: pulumi.Input<string>; cidrs: pulumi.Input<string>[] };
  /** Address ranges of DNS servers outside the pod network. */
  dnsCidrs: pulumi.Input<string>[];
  /** Let WordPress reach the internet. */
  internetEgress: boolean;
  /** A database outside the namespace. @default the MySQL pods of the namespace */
  externalDatabase?: { port: pulumi.Input<number> };
  /** Traefik asks the page cache, and the page cache WordPress. @default Traefik asks WordPress */
  pageCache?: PageCacheWays;
  /** cert-manager orders the certificate: the pods it makes for HTTP-01 challenges have to be asked. */
  certManager: boolean;
}

/** Ways to and from the page cache. */
export interface PageCacheWays {
  /** Port the cache's pods listen on. */
  port: pulumi.Input<number>;
  /** Namespace whose pods may read the cache's metrics. @default none */
  metricsNamespace?: pulumi.Input<string>;
}

type Peer = k8s.networking.v1.NetworkPolicyPeer;

/** Tiers that run WordPress' code. */
const codeTiers = ["frontend", "provision", "cron"];

/** The namespace closed in both directions, then the site's own paths opened one by one. */
export class NetworkIsolation extends pulumi.ComponentResource {
  constructor(resourceName: string, args: NetworkIsolationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("wordpress:index:NetworkIsolation", resourceName, {}, opts);

    this.policy(resourceName, args, "default-deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    // Policies of their own each, not changed ones: the engine makes what is new before, and deletes what is no longer
    // wanted after it has changed the route.
    if (args.pageCache) this.cacheWays(resourceName, args, args.pageCache);
    else {
      this.policy(resourceName, args, "traefik-to-wordpress", {
        podSelector: { matchLabels: tierLabels("frontend") },
        policyTypes: ["Ingress"],
        ingress: [{ from: traefikPeers(args), ports: [{ protocol: "TCP", port: "http" }] }],
      });
    }
    this.policy(resourceName, args, "code-to-dns-and-database", {
      podSelector: codePods,
      policyTypes: ["Egress"],
      egress: [dnsRule(args), databaseRule(args), ...(args.internetEgress ? [internetRule] : [])],
    });
    if (args.externalDatabase === undefined) {
      this.policy(resourceName, args, "code-to-mysql", {
        podSelector: { matchLabels: tierLabels("mysql") },
        policyTypes: ["Ingress"],
        ingress: [{ from: [{ podSelector: codePods }], ports: [{ protocol: "TCP", port: "mysql" }] }],
      });
    }
    if (args.certManager) {
      this.policy(resourceName, args, "traefik-to-acme-solver", {
        podSelector: { matchLabels: acmeSolver.labels },
        policyTypes: ["Ingress"],
        ingress: [{ from: traefikPeers(args), ports: [{ protocol: "TCP", port: acmeSolver.port }] }],
      });
    }
    this.registerOutputs({});
  }

  private cacheWays(resourceName: string, args: NetworkIsolationArgs, cache: PageCacheWays): void {
    const { metricsNamespace } = cache;
    const http = [{ protocol: "TCP", port: "http" }];
    this.policy(resourceName, args, "traefik-and-code-to-cache", {
      podSelector: cachePods,
      policyTypes: ["Ingress"],
      ingress: [{ from: [...traefikPeers(args), { podSelector: codePods }], ports: http }],
    });
    this.policy(resourceName, args, "code-to-cache", {
      podSelector: codePods,
      policyTypes: ["Egress"],
      egress: [{ to: [{ podSelector: cachePods }], ports: [{ protocol: "TCP", port: cache.port }] }],
    });
    this.policy(resourceName, args, "cache-to-wordpress", {
      podSelector: { matchLabels: tierLabels("frontend") },
      policyTypes: ["Ingress"],
      ingress: [{ from: [{ podSelector: cachePods }], ports: http }],
    });
    this.policy(resourceName, args, "cache-to-dns-and-wordpress", {
      podSelector: cachePods,
      policyTypes: ["Egress"],
      egress: [
        dnsRule(args),
        {
          to: [{ podSelector: { matchLabels: tierLabels("frontend") } }],
          ports: [{ protocol: "TCP", port: 80 }],
        },
      ],
    });
    if (metricsNamespace === undefined) return;
    this.policy(resourceName, args, "monitoring-to-cache", {
      podSelector: cachePods,
      policyTypes: ["Ingress"],
      ingress: [{ from: [namespaced(metricsNamespace)], ports: [{ protocol: "TCP", port: "metrics" }] }],
    });
  }

  private policy(
    resourceName: string,
    args: NetworkIsolationArgs,
    name: (typeof policyNames)[number],
    spec: k8s.networking.v1.NetworkPolicySpec,
  ): void {
    new NetworkPolicy(
      `${resourceName}-${name}`,
      { metadata: { name, namespace: args.namespace }, spec },
      { parent: this },
    );
  }
}

/** Pods of cert-manager's HTTP-01 solver, in the namespace of the Certificate. Source: cert-manager's own constants. */
const acmeSolver = { labels: { "acme.cert-manager.io/http01-solver": "true" }, port: 8089 };

const cachePods = { matchLabels: tierLabels("cache") };

const codePods = {
  matchLabels: { app: "wordpress" },
  matchExpressions: [{ key: "tier", operator: "In", values: codeTiers }],
};

const namespaced = (name: pulumi.Input<string>) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
});

const ipBlocks = (cidrs: pulumi.Input<string>[]): Peer[] => cidrs.map((cidr) => ({ ipBlock: { cidr } }));

function traefikPeers({ traefik }: NetworkIsolationArgs): Peer[] {
  const pods = {
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": traefik.namespace } },
    // The label of Traefik's own chart, and of the one in k3s.
    podSelector: { matchLabels: { "app.kubernetes.io/name": "traefik" } },
  };
  return [pods, ...ipBlocks(traefik.cidrs)];
}

function dnsRule({ dnsCidrs }: NetworkIsolationArgs): k8s.networking.v1.NetworkPolicyEgressRule {
  const pods = {
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
    podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
  };
  return {
    to: [pods, ...ipBlocks(dnsCidrs)],
    ports: ["UDP", "TCP"].map((protocol) => ({ protocol, port: 53 })),
  };
}

function databaseRule({ externalDatabase }: NetworkIsolationArgs): k8s.networking.v1.NetworkPolicyEgressRule {
  if (externalDatabase) return { ports: [{ protocol: "TCP", port: externalDatabase.port }] };
  return {
    to: [{ podSelector: { matchLabels: tierLabels("mysql") } }],
    ports: [{ protocol: "TCP", port: 3306 }],
  };
}

/** Web and mail, but not the cluster's own networks (RFC 1918, RFC 6598) and not a cloud's metadata server. */
const internetRule = {
  to: [
    {
      ipBlock: {
        cidr: "0.0.0.0/0",
        except: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"],
      },
    },
  ],
  ports: [80, 443, 465, 587].map((port) => ({ protocol: "TCP", port })),
} satisfies k8s.networking.v1.NetworkPolicyEgressRule;
