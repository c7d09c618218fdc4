import { isIP } from "node:net";
import { NetworkPolicy, type NetworkPolicyArgs } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import type * as k8s from "@pulumi/kubernetes/types/input.js";
import * as pulumi from "@pulumi/pulumi";
import { type WithDefaults, withDefaults } from "../defaults.ts";
import type { policyNames } from "../names.ts";
import { partLabels, tierLabels } from "../pods.ts";
import { withProgramWins } from "../program-wins.ts";
import { serviceNamespace } from "../service-host.ts";
import { type Transform, transformed } from "../transform.ts";
import { networkDefaults } from "./defaults.ts";

type EgressRule = k8s.networking.v1.NetworkPolicyEgressRule;
type IngressRule = k8s.networking.v1.NetworkPolicyIngressRule;

/** Arguments of {@link NetworkIsolation}. */
export interface NetworkIsolationArgs {
  /** Namespace whose pods are isolated. */
  namespace: pulumi.Input<string>;
  /** Where Traefik's requests come from. */
  traefik?: {
    /** Namespace of Traefik's pods. @default traefik */
    namespace?: pulumi.Input<string>;
    /** Address ranges of a Traefik outside the pod network. @default none */
    cidrs?: pulumi.Input<string>[];
  };
  /** Address ranges of DNS servers outside the pod network. @default none */
  dnsCidrs?: pulumi.Input<string>[];
  /** Let WordPress reach the internet. @default false */
  internetEgress?: boolean;
  /**
   * What the provisioning Job downloads, http or https: it may reach an address that is given in digits, and for a name
   * all of the internet on that port. @default nothing
   */
  downloads?: pulumi.Input<string>[];
  /** A database outside the namespace. @default the MySQL pods of the namespace */
  externalDatabase?: { port?: pulumi.Input<number> };
  /** The server WordPress gives its mail to. @default none */
  smtp?: SmtpPath;
  /** Traefik asks the page cache, and the page cache WordPress. @default Traefik asks WordPress */
  pageCache?: PageCachePaths;
  /**
   * cert-manager orders the certificate: the pods it makes for HTTP-01 challenges have to be asked. @default false
   */
  certManager?: boolean;
  /** Where else WordPress and its Jobs may go. @default nowhere */
  extraEgress?: EgressRule[];
  /** Who else may ask WordPress' pods. @default nobody */
  extraIngress?: IngressRule[];
  /** A change to each of the NetworkPolicies. */
  transform?: { networkPolicy?: Transform<NetworkPolicyArgs> };
}

type Settings = WithDefaults<NetworkIsolationArgs, typeof networkDefaults>;

/** The paths to and from the page cache. */
export interface PageCachePaths {
  /** Port the cache's pods listen on. */
  port: pulumi.Input<number>;
  /** Namespace whose pods may read the cache's metrics. @default none */
  metricsNamespace?: pulumi.Input<string>;
}

/** The path to a mail server. */
export interface SmtpPath {
  /** Host name of the server. */
  host: pulumi.Input<string>;
  /** Port its machines or pods listen on. */
  port: pulumi.Input<number>;
  /**
   * Its address ranges: a NetworkPolicy knows no host names. @default of a Service of the cluster the pods of its
   * namespace, of an IPv4 address that address, of any other host every public IPv4 address
   */
  cidrs?: pulumi.Input<string>[];
}

type PolicyName = (typeof policyNames)[number];
type Peer = k8s.networking.v1.NetworkPolicyPeer;

/** Tiers that run WordPress' code. */
const codeTiers = ["frontend", "provision", "cron"];

/**
 * The namespace closed in both directions by NetworkPolicies, then the site's own paths opened one by one. What
 * `dependsOn` it is made after the policies and goes before them, so that nobody is asked whom they do not let through.
 *
 * The smallest:
 * ```ts
 * new NetworkIsolation("isolation", { namespace: "blog" });
 * ```
 * With more of what it has:
 * ```ts
 * new NetworkIsolation("isolation", {
 *   namespace: "blog",
 *   traefik: { namespace: "kube-system" },
 *   internetEgress: true,
 *   externalDatabase: { port: 25060 },
 *   smtp: { host: "smtp.example.com", port: 587 },
 *   extraEgress: [{ to: [{ ipBlock: { cidr: "10.1.2.3/32" } }], ports: [{ protocol: "TCP", port: 6379 }] }],
 *   transform: { networkPolicy: { metadata: { annotations: { "example.com/team": "blog" } } } },
 * });
 * ```
 */
export class NetworkIsolation extends pulumi.ComponentResource {
  constructor(resourceName: string, args: NetworkIsolationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("wordpress:index:NetworkIsolation", resourceName, {}, withProgramWins(opts));
    const settings = withDefaults(args, networkDefaults);

    this.policy(resourceName, settings, "default-deny", {
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
    });
    // Also with a page cache: Traefik follows a changed route only after a moment, and asks the pods until then.
    this.ingress(resourceName, settings, "traefik-to-wordpress", sitePods, [
      { from: traefikPeers(settings), ports: [{ protocol: "TCP", port: "http" }] },
    ]);
    if (settings.pageCache) this.cachePaths(resourceName, settings, settings.pageCache);
    // The site asks itself, whether it can be asked for one. All that runs its code is selected: a Job has no such port.
    this.policy(resourceName, settings, "code-to-wordpress", {
      podSelector: codePods,
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: [{ podSelector: codePods }], ports: [{ protocol: "TCP", port: "http" }] }],
      egress: [{ to: [{ podSelector: sitePods }], ports: [{ protocol: "TCP", port: 80 }] }],
    });
    this.egress(resourceName, settings, "code-to-dns-and-database", codePods, [
      dnsRule(settings),
      databaseRule(settings),
      ...(settings.internetEgress ? [internetRule] : []),
      ...(settings.smtp ? [smtpRule(settings.smtp)] : []),
    ]);
    if (settings.downloads.length > 0) {
      const egress = pulumi.all(settings.downloads).apply(downloadRules);
      this.egress(resourceName, settings, "provision-to-downloads", provisionPods, egress);
    }
    if (settings.externalDatabase === undefined) {
      this.ingress(resourceName, settings, "code-to-mysql", { matchLabels: tierLabels("mysql") }, [
        { from: [{ podSelector: codePods }], ports: [{ protocol: "TCP", port: "mysql" }] },
      ]);
    }
    if (settings.certManager) {
      this.ingress(resourceName, settings, "traefik-to-acme-solver", { matchLabels: acmeSolver.labels }, [
        { from: traefikPeers(settings), ports: [{ protocol: "TCP", port: acmeSolver.port }] },
      ]);
    }
    if (settings.extraEgress.length > 0) {
      this.egress(resourceName, settings, "extra-egress", codePods, settings.extraEgress);
    }
    if (settings.extraIngress.length > 0) {
      this.ingress(resourceName, settings, "extra-ingress", sitePods, settings.extraIngress);
    }
    this.registerOutputs({});
  }

  private cachePaths(resourceName: string, settings: Settings, cache: PageCachePaths): void {
    const { metricsNamespace } = cache;
    const http = [{ protocol: "TCP", port: "http" }];
    this.ingress(resourceName, settings, "traefik-and-code-to-cache", cachePods, [
      { from: [...traefikPeers(settings), { podSelector: codePods }], ports: http },
    ]);
    this.egress(resourceName, settings, "code-to-cache", codePods, [
      { to: [{ podSelector: cachePods }], ports: [{ protocol: "TCP", port: cache.port }] },
    ]);
    this.ingress(resourceName, settings, "cache-to-wordpress", sitePods, [
      { from: [{ podSelector: cachePods }], ports: http },
    ]);
    this.egress(resourceName, settings, "cache-to-dns-and-wordpress", cachePods, [
      dnsRule(settings),
      { to: [{ podSelector: sitePods }], ports: [{ protocol: "TCP", port: 80 }] },
    ]);
    if (metricsNamespace === undefined) return;
    this.ingress(resourceName, settings, "monitoring-to-cache", cachePods, [
      { from: [namespaced(metricsNamespace)], ports: [{ protocol: "TCP", port: "metrics" }] },
    ]);
  }

  private ingress(
    resourceName: string,
    settings: Settings,
    name: PolicyName,
    podSelector: k8s.meta.v1.LabelSelector,
    ingress: IngressRule[],
  ): void {
    this.policy(resourceName, settings, name, { podSelector, policyTypes: ["Ingress"], ingress });
  }

  private egress(
    resourceName: string,
    settings: Settings,
    name: PolicyName,
    podSelector: k8s.meta.v1.LabelSelector,
    egress: pulumi.Input<EgressRule[]>,
  ): void {
    this.policy(resourceName, settings, name, { podSelector, policyTypes: ["Egress"], egress });
  }

  private policy(
    resourceName: string,
    { namespace, transform }: Settings,
    name: PolicyName,
    spec: k8s.networking.v1.NetworkPolicySpec,
  ): void {
    const args = { metadata: { name, namespace, labels: partLabels(namespace) }, spec };
    new NetworkPolicy(
      `${resourceName}-${name}`,
      transformed<NetworkPolicyArgs>(transform?.networkPolicy, args),
      { parent: this },
    );
  }
}

/** Pods of cert-manager's HTTP-01 solver, in the namespace of the Certificate. Source: cert-manager's own constants. */
const acmeSolver = { labels: { "acme.cert-manager.io/http01-solver": "true" }, port: 8089 };

const sitePods = { matchLabels: tierLabels("frontend") };

const provisionPods = { matchLabels: tierLabels("provision") };

const cachePods = { matchLabels: tierLabels("cache") };

const codePods = {
  matchLabels: { app: "wordpress" },
  matchExpressions: [{ key: "tier", operator: "In", values: codeTiers }],
};

const namespaced = (name: pulumi.Input<string>) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
});

const ipBlocks = (cidrs: pulumi.Input<string>[]): Peer[] => cidrs.map((cidr) => ({ ipBlock: { cidr } }));

function traefikPeers({ traefik }: Settings): Peer[] {
  const pods = {
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": traefik.namespace } },
    // The label of Traefik's own chart, and of the one in k3s.
    podSelector: { matchLabels: { "app.kubernetes.io/name": "traefik" } },
  };
  return [pods, ...ipBlocks(traefik.cidrs)];
}

function dnsRule({ dnsCidrs }: Settings): EgressRule {
  const pods = {
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
    podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
  };
  return {
    to: [pods, ...ipBlocks(dnsCidrs)],
    ports: ["UDP", "TCP"].map((protocol) => ({ protocol, port: 53 })),
  };
}

function databaseRule({ externalDatabase }: Settings): EgressRule {
  if (externalDatabase) return { ports: [{ protocol: "TCP", port: externalDatabase.port ?? 3306 }] };
  return {
    to: [{ podSelector: { matchLabels: tierLabels("mysql") } }],
    ports: [{ protocol: "TCP", port: 3306 }],
  };
}

/** Not the cluster's own networks (RFC 1918, RFC 6598) and not a cloud's metadata server. */
const internet = {
  ipBlock: {
    cidr: "0.0.0.0/0",
    except: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"],
  },
} satisfies Peer;

const tcp = (...ports: number[]) => ports.map((port) => ({ protocol: "TCP", port }));

/** Web and mail. */
const internetRule = { to: [internet], ports: tcp(80, 443, 465, 587) } satisfies EgressRule;

/** One rule for each place and port. */
function downloadRules(urls: string[]): EgressRule[] {
  const rules = urls.map((url) => {
    const { protocol, hostname, port } = new URL(url);
    const address = hostname.replace(/^\[|\]$/g, "");
    const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)];
    const peer: Peer = bits ? { ipBlock: { cidr: `${address}/${bits}` } } : internet;
    return { to: [peer], ports: tcp(Number(port) || (protocol === "http:" ? 80 : 443)) };
  });
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
}

function smtpRule({ host, port, cidrs = [] }: SmtpPath): EgressRule {
  return {
    to: cidrs.length > 0 ? ipBlocks(cidrs) : [pulumi.output(host).apply(mailPeer)],
    ports: [{ protocol: "TCP", port }],
  };
}

function mailPeer(host: string): Peer {
  if (isIP(host) === 4) return { ipBlock: { cidr: `${host}/32` } };
  const namespace = serviceNamespace(host, "");
  if (namespace === undefined) return internet;
  return namespace === "" ? { podSelector: {} } : namespaced(namespace);
}
