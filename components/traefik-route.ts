import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import * as pulumi from "@pulumi/pulumi";
import { type middlewareNames, routeNames } from "./names.ts";

/** Where the certificate comes from. */
export type Certificate =
  /** Traefik orders it through one of its ACME resolvers; with `wildcardDomain` for *.domain, by a DNS challenge. */
  | { source: "certResolver"; certResolver: pulumi.Input<string>; wildcardDomain?: string }
  /** A TLS Secret that is there. */
  | { source: "secret"; secretName: pulumi.Input<string> }
  /** cert-manager orders it and keeps it in the Secret. */
  | {
      source: "cert-manager";
      secretName: pulumi.Input<string>;
      issuer: { kind: pulumi.Input<string>; name: pulumi.Input<string> };
    }
  /** Traefik's default certificate, self-signed unless it was given one: for a developer's machine. */
  | { source: "default" };

/** Arguments of {@link TraefikRoute}. */
export interface TraefikRouteArgs {
  /** Namespace of the Service; the routes live beside it, since Traefik does not cross namespaces by default. */
  namespace: pulumi.Input<string>;
  /** Host of the site. */
  host: string;
  /** Port of the site's address. */
  httpsPort: number;
  /** Further hosts, redirected to `host`. */
  aliases: string[];
  /** Service that serves the pages. */
  service: { name: pulumi.Input<string>; port: pulumi.Input<number> };
  /** Traefik's names of its http and https entry points. */
  entryPoints: { web: pulumi.Input<string>; websecure: pulumi.Input<string> };
  certificate: Certificate;
  hsts: { seconds: pulumi.Input<number>; includeSubdomains: pulumi.Input<boolean> };
  /** Largest request body, in bytes. */
  maxRequestBodyBytes: pulumi.Input<number>;
  /** Requests to wp-login.php allowed to one client address. */
  loginRequestsPerMinute: pulumi.Input<number>;
  /** Address ranges of proxies in front of Traefik: the client is whom they name in X-Forwarded-For. */
  trustedProxies: string[];
  /** The longest the Service may take to begin its answer, in seconds. */
  longestResponseSeconds: number;
}

const traefikApiVersion = "traefik.io/v1alpha1";

/** The way in: https by Traefik, http redirected to it, further hosts redirected to the site's own. */
export class TraefikRoute extends pulumi.ComponentResource {
  /** The site's address, once the route is there. */
  readonly url: pulumi.Output<string>;

  constructor(resourceName: string, args: TraefikRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("wordpress:index:TraefikRoute", resourceName, {}, opts);

    const middlewares = this.middlewares(resourceName, args);
    const tlsOption = this.tlsOption(resourceName, args);
    if (args.certificate.source === "cert-manager") this.certificate(resourceName, args, args.certificate);
    const transport = this.transport(resourceName, args);
    const secure = this.secureRoute(resourceName, args, middlewares, tlsOption, transport);
    this.plainRoute(resourceName, args, middlewares.redirect);

    const port = args.httpsPort === 443 ? "" : `:${args.httpsPort}`;
    this.url = secure.id.apply(() => `https://${args.host}${port}`);
    this.registerOutputs({ url: this.url });
  }

  private object(
    resourceName: string,
    args: TraefikRouteArgs,
    kind: string,
    name: string,
    spec: pulumi.Inputs,
  ): CustomResource {
    return new CustomResource(
      resourceName,
      { apiVersion: traefikApiVersion, kind, metadata: { name, namespace: args.namespace }, spec },
      { parent: this },
    );
  }

  private middlewares(resourceName: string, args: TraefikRouteArgs) {
    const middleware = (name: (typeof middlewareNames)[number], spec: pulumi.Inputs) =>
      this.object(`${resourceName}-${name}`, args, "Middleware", name, spec);
    return {
      redirect: middleware("redirect-https", {
        redirectScheme: { scheme: "https", permanent: true, port: String(args.httpsPort) },
      }),
      canonical: args.aliases.length > 0 ? middleware("redirect-host", canonicalRedirect(args)) : undefined,
      headers: middleware("security-headers", {
        headers: {
          stsSeconds: args.hsts.seconds,
          stsIncludeSubdomains: args.hsts.includeSubdomains,
          contentTypeNosniff: true,
          customFrameOptionsValue: "SAMEORIGIN",
          referrerPolicy: "strict-origin-when-cross-origin",
        },
      }),
      compress: middleware("compress", { compress: {} }),
      // Only requests that may be repeated, and only when a pod did not answer at all.
      retry: middleware("retry", { retry: { attempts: 3, initialInterval: "100ms" } }),
      body: middleware("limit-body", { buffering: { maxRequestBodyBytes: args.maxRequestBodyBytes } }),
      login: middleware("limit-login", { rateLimit: loginLimit(args) }),
    };
  }

  /** Traefik accepts TLS 1.0 and unknown hosts unless it is told otherwise. */
  private tlsOption(resourceName: string, args: TraefikRouteArgs): CustomResource {
    return this.object(`${resourceName}-tls`, args, "TLSOption", routeNames.tlsOption, {
      minVersion: "VersionTLS12",
      // No answer to a host without a certificate of its own.
      sniStrict: args.certificate.source !== "default",
    });
  }

  /** Traefik would wait for half a minute for a node that is gone, and for ever for a pod that hangs. */
  private transport(resourceName: string, args: TraefikRouteArgs): CustomResource {
    return this.object(`${resourceName}-transport`, args, "ServersTransport", routeNames.transport, {
      // What it has without a transport of the route's own.
      maxIdleConnsPerHost: 200,
      forwardingTimeouts: {
        dialTimeout: "3s",
        responseHeaderTimeout: `${args.longestResponseSeconds}s`,
      },
    });
  }

  private certificate(
    resourceName: string,
    args: TraefikRouteArgs,
    { secretName, issuer }: Certificate & { source: "cert-manager" },
  ): CustomResource {
    return new CustomResource(
      `${resourceName}-certificate`,
      {
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        metadata: {
          name: routeNames.certificate,
          namespace: args.namespace,
          annotations: { "pulumi.com/waitFor": "condition=Ready" },
        },
        spec: {
          secretName,
          dnsNames: [args.host, ...args.aliases],
          issuerRef: { group: "cert-manager.io", ...issuer },
        },
      },
      { parent: this },
    );
  }

  private secureRoute(
    resourceName: string,
    args: TraefikRouteArgs,
    middlewares: ReturnType<TraefikRoute["middlewares"]>,
    tlsOption: CustomResource,
    transport: CustomResource,
  ): CustomResource {
    const named = (...list: CustomResource[]) => list.map(({ metadata }) => ({ name: metadata.name }));
    const { headers, compress, retry, body, login, canonical } = middlewares;
    const { name, port } = args.service;
    const services = [{ name, port, serversTransport: transport.metadata.name }];
    const host = hostRule([args.host]);
    // By default the longest match wins, which says nothing about which is the narrowest.
    const rule = (priority: number, match: string, ...list: CustomResource[]) => ({
      kind: "Rule",
      match,
      priority,
      middlewares: named(...list),
      services,
    });
    const routes: pulumi.Inputs[] = [
      // Traefik takes a whole upload in before a worker of WordPress has to deal with it.
      rule(10, host, headers, compress, body),
      rule(20, `${host} && (Method(\`GET\`) || Method(\`HEAD\`))`, headers, compress, retry),
      rule(
        30,
        // By prefix: PHP runs /wp-login.php/anything, too.
        `${host} && (PathPrefix(\`/wp-login.php\`) || PathPrefix(\`/xmlrpc.php\`))`,
        login,
        headers,
        compress,
        body,
      ),
    ];
    if (canonical) {
      routes.push(rule(10, hostRule(args.aliases), headers, canonical));
    }
    return this.object(`${resourceName}-https`, args, "IngressRoute", routeNames.https, {
      entryPoints: [args.entryPoints.websecure],
      routes,
      tls: { ...tlsSource(args), options: { name: tlsOption.metadata.name, namespace: args.namespace } },
    });
  }

  private plainRoute(resourceName: string, args: TraefikRouteArgs, redirect: CustomResource): void {
    this.object(`${resourceName}-http`, args, "IngressRoute", routeNames.http, {
      entryPoints: [args.entryPoints.web],
      routes: [
        {
          kind: "Rule",
          match: hostRule([args.host, ...args.aliases]),
          middlewares: [{ name: redirect.metadata.name }],
          services: [{ name: args.service.name, port: args.service.port }],
        },
      ],
    });
  }
}

/** Without proxies in front the client is who connects. */
function loginLimit({ loginRequestsPerMinute: average, trustedProxies }: TraefikRouteArgs): pulumi.Inputs {
  const limit = { average, period: "1m", burst: average };
  if (trustedProxies.length === 0) return limit;
  return { ...limit, sourceCriterion: { ipStrategy: { excludedIPs: trustedProxies } } };
}

function hostRule(hosts: string[]): string {
  return hosts.map((host) => `Host(\`${host}\`)`).join(" || ");
}

function tlsSource({ certificate, host, aliases }: TraefikRouteArgs): pulumi.Inputs {
  if (certificate.source === "default") return {};
  if (certificate.source !== "certResolver") return { secretName: certificate.secretName };
  const { certResolver, wildcardDomain } = certificate;
  const domain = wildcardDomain ? wildcard(wildcardDomain, aliases) : { main: host, sans: aliases };
  return { certResolver, domains: [domain] };
}

/** The domain and everything right below it; aliases elsewhere are named one by one. */
function wildcard(domain: string, aliases: string[]): { main: string; sans: string[] } {
  const covered = (alias: string) => alias === domain || alias.slice(alias.indexOf(".") + 1) === domain;
  return { main: domain, sans: [`*.${domain}`, ...aliases.filter((alias) => !covered(alias))] };
}

function canonicalRedirect({ host, httpsPort }: TraefikRouteArgs): pulumi.Inputs {
  const port = httpsPort === 443 ? "" : `:${httpsPort}`;
  return {
    redirectRegex: {
      regex: "^https?://[^/]+/(.*)$",
      replacement: `https://${host}${port}/$\{1}`,
      permanent: true,
    },
  };
}
