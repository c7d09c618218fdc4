import { CustomResource, type CustomResourceArgs } from "@pulumi/kubernetes/apiextensions/customResource.js";
import * as pulumi from "@pulumi/pulumi";
import { type WithDefaults, withDefaults } from "../defaults.ts";
import { type middlewareNames, routeNames } from "../names.ts";
import { partLabels } from "../pods.ts";
import { withProgramWins } from "../program-wins.ts";
import { type Transform, transformed } from "../transform.ts";
import { certificateDefaults, routeDefaults } from "./defaults.ts";

/** Where the certificate comes from. */
export type Certificate =
  /** Traefik orders it through one of its ACME resolvers; with `wildcardDomain` for *.domain, by a DNS challenge. */
  | { source: "certResolver"; certResolver: pulumi.Input<string>; wildcardDomain?: pulumi.Input<string> }
  /** A TLS Secret that is there. */
  | { source: "secret"; secretName: pulumi.Input<string> }
  /** cert-manager orders it and keeps it in the Secret. */
  | {
      source: "cert-manager";
      secretName: pulumi.Input<string>;
      /** `kind` is ClusterIssuer or Issuer. @default ClusterIssuer */
      issuer: { kind?: pulumi.Input<string>; name: pulumi.Input<string> };
    }
  /** Traefik's default certificate, self-signed unless it was given one: for a developer's machine. */
  | { source: "default" };

/** Arguments of {@link TraefikRoute}. */
export interface TraefikRouteArgs {
  /** Namespace of the Service; the routes live beside it, since Traefik does not cross namespaces by default. */
  namespace: pulumi.Input<string>;
  /** The site's address: https, host, optional port, no path. */
  url: pulumi.Input<string>;
  /** Service that serves the pages. */
  service: { name: pulumi.Input<string>; port: pulumi.Input<number> };
  /** Further hosts, redirected to the site's own. @default none */
  aliases?: pulumi.Input<string>[];
  /** Traefik's names of its http and https entry points. @default web and websecure */
  entryPoints?: { web?: pulumi.Input<string>; websecure?: pulumi.Input<string> };
  /** The annotation kubernetes.io/ingress.class of the routes, for a Traefik that takes only its own. @default none */
  ingressClass?: pulumi.Input<string>;
  /** Where the certificate comes from. @default the certResolver `ali` */
  certificate?: Certificate;
  /** Strict-Transport-Security. */
  hsts?: {
    /** max-age, in seconds. @default 31536000 */
    seconds?: pulumi.Input<number>;
    /** Also for every subdomain. @default false */
    includeSubdomains?: pulumi.Input<boolean>;
  };
  /** Largest request body, in bytes. @default 72 MiB: an upload of 64 MiB and the form around it */
  maxRequestBodyBytes?: pulumi.Input<number>;
  /**
   * Content-Security-Policy: what pages may load. Who may frame them is WordPress' to say: posts are there to be embedded,
   * all else is framed by the site only. @default none
   */
  contentSecurityPolicy?: pulumi.Input<string>;
  /** Only have browsers report what breaks the policy. @default true */
  contentSecurityPolicyReportOnly?: boolean;
  /** Permissions-Policy, such as `camera=(), microphone=()`. @default none */
  permissionsPolicy?: pulumi.Input<string>;
  /** Requests to wp-login.php allowed to one client address. @default 30 */
  loginRequestsPerMinute?: pulumi.Input<number>;
  /** Requests to xmlrpc.php allowed to one client address. @default 30 */
  xmlrpcRequestsPerMinute?: pulumi.Input<number>;
  /** Requests to the REST API allowed to one client address; the block editor makes many. @default no limit */
  restRequestsPerMinute?: pulumi.Input<number>;
  /** Searches allowed to one client address. @default no limit */
  searchRequestsPerMinute?: pulumi.Input<number>;
  /**
   * Address ranges of proxies in front of Traefik: the client is whom they name in X-Forwarded-For. @default none
   */
  trustedProxies?: pulumi.Input<string>[];
  /** The longest the Service may take to begin its answer, in seconds. @default 70 */
  longestResponseSeconds?: pulumi.Input<number>;
  /** Changes to the objects this is made of. */
  transform?: {
    httpsRoute?: Transform<CustomResourceArgs>;
    httpRoute?: Transform<CustomResourceArgs>;
    middleware?: Transform<CustomResourceArgs>;
    tlsOption?: Transform<CustomResourceArgs>;
    serversTransport?: Transform<CustomResourceArgs>;
    certificate?: Transform<CustomResourceArgs>;
  };
}

/** Arguments with every default filled in, and what the address says. */
type Settings = WithDefaults<TraefikRouteArgs, typeof routeDefaults> & {
  certificate: Certificate;
  host: pulumi.Output<string>;
  /** Port of the address, as Traefik's redirects take it. */
  port: pulumi.Output<string>;
};

function settingsOf(args: TraefikRouteArgs): Settings {
  const address = pulumi.output(args.url).apply((url) => new URL(url));
  return {
    ...withDefaults(args, routeDefaults),
    certificate: args.certificate ?? certificateDefaults,
    host: address.apply(({ hostname }) => hostname),
    port: address.apply(({ port }) => port || "443"),
  };
}

const traefikApiVersion = "traefik.io/v1alpha1";

/**
 * The way in: https by Traefik, http redirected to it, further hosts redirected to the site's own; security headers,
 * compression, limits for bodies and logins. All as Traefik's own kinds.
 *
 * The smallest:
 * ```ts
 * const service = { name: wordpress.serviceName, port: wordpress.servicePort };
 * const route = new TraefikRoute("route", { namespace: "blog", url: "https://blog.example.com", service });
 * ```
 * With more of what it has:
 * ```ts
 * new TraefikRoute("route", {
 *   namespace: "blog",
 *   url: "https://blog.example.com",
 *   service,
 *   aliases: ["www.example.com"],
 *   certificate: { source: "secret", secretName: "blog-tls" },
 *   hsts: { includeSubdomains: true },
 *   trustedProxies: ["203.0.113.0/24"],
 *   transform: { tlsOption: { spec: { minVersion: "VersionTLS13", sniStrict: true } } },
 * });
 * ```
 */
export class TraefikRoute extends pulumi.ComponentResource {
  /** The site's address, once the route is there. */
  readonly url: pulumi.Output<string>;

  constructor(resourceName: string, args: TraefikRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("wordpress:index:TraefikRoute", resourceName, {}, withProgramWins(opts));
    const settings = settingsOf(args);

    const middlewares = this.middlewares(resourceName, settings);
    const tlsOption = this.tlsOption(resourceName, settings);
    this.certificate(resourceName, settings);
    const transport = this.transport(resourceName, settings);
    const routes = routesThrough(settings, middlewares, transport);
    const secure = this.secureRoute(resourceName, settings, routes, tlsOption);
    this.plainRoute(resourceName, settings, routes, middlewares.redirect);

    this.url = pulumi.all([settings.url, secure.id]).apply(([url]) => url);
    this.registerOutputs({ url: this.url });
  }

  private object(
    resourceName: string,
    { namespace }: Settings,
    kind: string,
    name: string,
    spec: pulumi.Inputs,
    transform: Transform<CustomResourceArgs> | undefined,
    annotations?: Record<string, pulumi.Input<string>>,
  ): CustomResource {
    const metadata = { name, namespace, labels: partLabels(namespace), annotations };
    const args = { apiVersion: traefikApiVersion, kind, metadata, spec };
    return new CustomResource(resourceName, transformed<CustomResourceArgs>(transform, args), {
      parent: this,
    });
  }

  private middlewares(resourceName: string, settings: Settings) {
    const middleware = (name: (typeof middlewareNames)[number], spec: pulumi.Inputs) =>
      this.object(
        `${resourceName}-${name}`,
        settings,
        "Middleware",
        name,
        spec,
        settings.transform?.middleware,
      );
    const limit = (name: (typeof middlewareNames)[number], perMinute: pulumi.Input<number> | undefined) =>
      perMinute === undefined ? undefined : middleware(name, { rateLimit: rateLimit(settings, perMinute) });
    const { aliases, port } = settings;
    return {
      redirect: middleware("redirect-https", { redirectScheme: { scheme: "https", permanent: true, port } }),
      canonical: aliases.length > 0 ? middleware("redirect-host", canonicalRedirect(settings)) : undefined,
      headers: middleware("security-headers", { headers: securityHeaders(settings) }),
      compress: middleware("compress", { compress: { includedContentTypes: compressible } }),
      // Whatever the method: Traefik repeats only what it could not send, because no pod took the connection.
      retry: middleware("retry", { retry: { attempts: 10, initialInterval: "100ms" } }),
      body: middleware("limit-body", { buffering: { maxRequestBodyBytes: settings.maxRequestBodyBytes } }),
      login: limit("limit-login", settings.loginRequestsPerMinute),
      xmlrpc: limit("limit-xmlrpc", settings.xmlrpcRequestsPerMinute),
      rest: limit("limit-rest", settings.restRequestsPerMinute),
      search: limit("limit-search", settings.searchRequestsPerMinute),
    };
  }

  /** Traefik accepts TLS 1.0 and unknown hosts unless it is told otherwise. */
  private tlsOption(resourceName: string, settings: Settings): CustomResource {
    const spec = {
      minVersion: "VersionTLS12",
      // No answer to a host without a certificate of its own.
      sniStrict: settings.certificate.source !== "default",
    };
    const { transform } = settings;
    return this.object(
      `${resourceName}-tls`,
      settings,
      "TLSOption",
      routeNames.tlsOption,
      spec,
      transform?.tlsOption,
    );
  }

  /**
   * Traefik would wait for half a minute for a node that is gone, and for ever for a pod that hangs. Where nobody answers
   * within a second another pod is asked, which is better than to knock twice.
   */
  private transport(resourceName: string, settings: Settings): CustomResource {
    const responseHeaderTimeout = pulumi.interpolate`${settings.longestResponseSeconds}s`;
    const spec = {
      // What it has without a transport of the route's own.
      maxIdleConnsPerHost: 200,
      forwardingTimeouts: { dialTimeout: "1s", responseHeaderTimeout },
    };
    return this.object(
      `${resourceName}-transport`,
      settings,
      "ServersTransport",
      routeNames.transport,
      spec,
      settings.transform?.serversTransport,
    );
  }

  private certificate(resourceName: string, settings: Settings): void {
    const { certificate, namespace, host, aliases, transform } = settings;
    if (certificate.source !== "cert-manager") return;
    const args = {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: {
        name: routeNames.certificate,
        namespace,
        labels: partLabels(namespace),
        annotations: { "pulumi.com/waitFor": "condition=Ready" },
      },
      spec: {
        secretName: certificate.secretName,
        dnsNames: [host, ...aliases],
        issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", ...certificate.issuer },
      },
    };
    new CustomResource(
      `${resourceName}-certificate`,
      transformed<CustomResourceArgs>(transform?.certificate, args),
      { parent: this },
    );
  }

  private secureRoute(
    resourceName: string,
    settings: Settings,
    routes: Route[],
    tlsOption: CustomResource,
  ): CustomResource {
    const { namespace, entryPoints, transform } = settings;
    const spec = {
      entryPoints: [entryPoints.websecure],
      routes,
      tls: { ...tlsSource(settings), options: { name: tlsOption.metadata.name, namespace } },
    };
    return this.ingressRoute(
      `${resourceName}-https`,
      settings,
      routeNames.https,
      spec,
      transform?.httpsRoute,
    );
  }

  /**
   * Redirects, but for what Traefik takes for https already: where TLS ends at a proxy it trusts. That goes the same way
   * as by https.
   */
  private plainRoute(
    resourceName: string,
    settings: Settings,
    routes: Route[],
    redirect: CustomResource,
  ): void {
    const first = { name: redirect.metadata.name };
    const spec = {
      entryPoints: [settings.entryPoints.web],
      routes: routes.map((route) => ({ ...route, middlewares: [first, ...route.middlewares] })),
    };
    this.ingressRoute(`${resourceName}-http`, settings, routeNames.http, spec, settings.transform?.httpRoute);
  }

  private ingressRoute(
    resourceName: string,
    settings: Settings,
    name: string,
    spec: pulumi.Inputs,
    transform: Transform<CustomResourceArgs> | undefined,
  ): CustomResource {
    const { ingressClass } = settings;
    const annotations =
      ingressClass === undefined ? undefined : { "kubernetes.io/ingress.class": ingressClass };
    return this.object(resourceName, settings, "IngressRoute", name, spec, transform, annotations);
  }
}

/** A rule of an IngressRoute and what its requests go through. */
interface Route {
  kind: "Rule";
  match: pulumi.Output<string>;
  priority: number;
  middlewares: { name: pulumi.Output<string> }[];
  services: pulumi.Inputs[];
}

/** Types that get smaller: pictures, films and archives are compressed already, and lose their length and their ranges. */
const compressible = [
  ...["html", "css", "plain", "xml", "javascript", "csv", "calendar", "markdown", "vtt"].map(
    (type) => `text/${type}`,
  ),
  ...["javascript", "json", "ld+json", "manifest+json", "problem+json", "activity+json"].map(
    (type) => `application/${type}`,
  ),
  ...["xml", "rss+xml", "atom+xml", "rdf+xml", "xhtml+xml", "wasm"].map((type) => `application/${type}`),
  ...["image/svg+xml", "font/ttf", "font/otf", "application/vnd.ms-fontobject"],
];

const readingMethods = "(Method(`GET`) || Method(`HEAD`))";

/**
 * What is asked for by name, narrowest last. By regular expressions that know what WordPress takes for the same: PHP runs
 * /wp-login.php/anything, and pages are found below /index.php, too.
 */
const limited = {
  search: "(QueryRegexp(`s`, `.*`) || PathRegexp(`^/+(index\\.php/+)?search/`)) && !PathPrefix(`/wp-admin/`)",
  rest: "(PathRegexp(`^/+(index\\.php/+)?wp-json(/|$)`) || QueryRegexp(`rest_route`, `.*`))",
  xmlrpc: "PathPrefix(`/xmlrpc.php`)",
  login: "PathPrefix(`/wp-login.php`)",
};

/** The ways of a request to the Service. */
function routesThrough(
  settings: Settings,
  middlewares: ReturnType<TraefikRoute["middlewares"]>,
  transport: CustomResource,
): Route[] {
  const { headers, compress, retry, body, canonical, search, rest, xmlrpc, login } = middlewares;
  // Requests that wait for a pod that is gone or hangs count as its load: of two pods the one with less is asked.
  const services = [{ ...settings.service, serversTransport: transport.metadata.name, strategy: "p2c" }];
  const named = ({ metadata }: CustomResource) => ({ name: metadata.name });
  const host = hostRule([settings.host]);
  // By default the longest match wins, which says nothing about which is the narrowest.
  const route = (priority: number, match: pulumi.Output<string>, ...list: CustomResource[]): Route => ({
    kind: "Rule",
    match,
    priority,
    middlewares: list.map(named),
    services,
  });
  const answered = (
    priority: number,
    rules: string[],
    limit: CustomResource | undefined,
    ...last: CustomResource[]
  ): Route[] => {
    const match = pulumi.interpolate`${host}${rules.map((rule) => ` && ${rule}`).join("")}`;
    const first = limit ? [limit, headers] : [headers];
    return [
      route(priority, match, ...first, compress, ...last, retry),
      // A part of a compressed file is not a compressed part of the file.
      route(
        priority + 1,
        pulumi.interpolate`${match} && HeaderRegexp(\`Range\`, \`.\`)`,
        ...first,
        ...last,
        retry,
      ),
    ];
  };
  const limitedTo = (limit: CustomResource | undefined, priority: number, rule: string, reading = false) => {
    if (!limit) return [];
    const read = reading ? answered(priority + 2, [rule, readingMethods], limit) : [];
    return [...answered(priority, [rule], limit, body), ...read];
  };
  return [
    // Traefik takes a whole upload in before a worker of WordPress has to deal with it.
    ...answered(10, [], undefined, body),
    ...answered(20, [readingMethods], undefined),
    ...limitedTo(search, 30, limited.search, true),
    ...limitedTo(rest, 40, limited.rest, true),
    ...limitedTo(xmlrpc, 50, limited.xmlrpc),
    ...limitedTo(login, 60, limited.login),
    ...(canonical ? [route(10, hostRule(settings.aliases), headers, canonical)] : []),
  ];
}

function securityHeaders({
  hsts,
  contentSecurityPolicy,
  contentSecurityPolicyReportOnly,
  permissionsPolicy,
}: Settings): pulumi.Inputs {
  const policy = contentSecurityPolicyReportOnly
    ? { contentSecurityPolicyReportOnly: contentSecurityPolicy }
    : { contentSecurityPolicy };
  return {
    stsSeconds: hsts.seconds,
    stsIncludeSubdomains: hsts.includeSubdomains,
    // Also where a proxy in front of Traefik has ended TLS; a redirect to https goes without.
    forceSTSHeader: true,
    contentTypeNosniff: true,
    referrerPolicy: "strict-origin-when-cross-origin",
    permissionsPolicy,
    ...policy,
  };
}

/** Without proxies in front the client is who connects. */
function rateLimit({ trustedProxies }: Settings, average: pulumi.Input<number>): pulumi.Inputs {
  const limit = { average, period: "1m", burst: average };
  if (trustedProxies.length === 0) return limit;
  return { ...limit, sourceCriterion: { ipStrategy: { excludedIPs: trustedProxies } } };
}

function hostRule(hosts: pulumi.Input<string>[]): pulumi.Output<string> {
  return pulumi.all(hosts).apply((known) => known.map((host) => `Host(\`${host}\`)`).join(" || "));
}

function tlsSource({ certificate, host, aliases }: Settings): pulumi.Inputs {
  if (certificate.source === "default") return {};
  if (certificate.source !== "certResolver") return { secretName: certificate.secretName };
  const { certResolver, wildcardDomain } = certificate;
  const named = { main: host, sans: aliases };
  if (wildcardDomain === undefined) return { certResolver, domains: [named] };
  const domain = pulumi.all([wildcardDomain, pulumi.all(aliases)]);
  return { certResolver, domains: [domain.apply(([main, others]) => wildcard(main, others))] };
}

/** The domain and everything right below it; aliases elsewhere are named one by one. */
function wildcard(domain: string, aliases: string[]): { main: string; sans: string[] } {
  const covered = (alias: string) => alias === domain || alias.slice(alias.indexOf(".") + 1) === domain;
  return { main: domain, sans: [`*.${domain}`, ...aliases.filter((alias) => !covered(alias))] };
}

function canonicalRedirect({ url }: Settings): pulumi.Inputs {
  const replacement = pulumi.interpolate`${url}/$\{1}`;
  return { redirectRegex: { regex: "^https?://[^/]+/(.*)$", replacement, permanent: true } };
}
