import { expect } from "chai";
import { TraefikRoute, type TraefikRouteArgs } from "../../../../components/traefik-route/index.ts";
import { type Manifest, record, resolved, siteLabels } from "../harness.ts";

/* What mocks cannot prove: that Traefik accepts and follows these objects. tests/e2e asks it over https. */

const args: TraefikRouteArgs = {
  namespace: "blog",
  url: "https://www.example.com",
  service: { name: "wordpress", port: 80 },
};
const services = [{ name: "wordpress", port: 80, serversTransport: "wordpress", strategy: "p2c" }];
const named = (...names: string[]) => names.map((name) => ({ name }));

/** Objects of every route. */
const objects = [
  "IngressRoute/wordpress-http",
  "IngressRoute/wordpress-https",
  "Middleware/compress",
  "Middleware/limit-body",
  "Middleware/limit-login",
  "Middleware/limit-xmlrpc",
  "Middleware/redirect-https",
  "Middleware/retry",
  "Middleware/security-headers",
  "ServersTransport/wordpress",
  "TLSOption/wordpress-tls",
];

const build = (changes: Partial<TraefikRouteArgs> = {}) =>
  record(() => new TraefikRoute("route", { ...args, ...changes }));

/** An object in Traefik's API group in the site's namespace. */
const traefikObject = (kind: string, name: string, spec: unknown): Manifest => ({
  apiVersion: "traefik.io/v1alpha1",
  kind,
  metadata: { name, namespace: "blog", labels: siteLabels },
  spec,
});

const certificateOf = async (certificate: TraefikRouteArgs["certificate"], aliases: string[] = []) => {
  const recording = await build({ certificate, aliases });
  return { ...recording, tls: recording.object("IngressRoute", "wordpress-https").spec.tls };
};

describe("TraefikRoute", () => {
  it("is exactly these objects, under Pulumi names that stay", async () => {
    const { resources, objectNames } = await build();
    expect(objectNames()).to.deep.equal(objects);
    expect(resources.map(({ name, options }) => `${name} < ${options.parent}`).sort()).to.deep.equal([
      "route < ",
      "route-compress < route",
      "route-http < route",
      "route-https < route",
      "route-limit-body < route",
      "route-limit-login < route",
      "route-limit-xmlrpc < route",
      "route-redirect-https < route",
      "route-retry < route",
      "route-security-headers < route",
      "route-tls < route",
      "route-transport < route",
    ]);
  });

  it("routes https to the Service, each kind of request through its own limits, parts of files uncompressed", async () => {
    const { object } = await build();
    const host = "Host(`www.example.com`)";
    const part = "HeaderRegexp(`Range`, `.`)";
    const reading = `${host} && (Method(\`GET\`) || Method(\`HEAD\`))`;
    const xmlrpc = `${host} && PathPrefix(\`/xmlrpc.php\`)`;
    const login = `${host} && PathPrefix(\`/wp-login.php\`)`;
    const rule = (match: string, priority: number, ...names: string[]) => ({
      kind: "Rule",
      match,
      priority,
      middlewares: named(...names),
      services,
    });
    expect(object("IngressRoute", "wordpress-https")).to.deep.equal(
      traefikObject("IngressRoute", "wordpress-https", {
        entryPoints: ["websecure"],
        routes: [
          rule(host, 10, "security-headers", "compress", "limit-body", "retry"),
          rule(`${host} && ${part}`, 11, "security-headers", "limit-body", "retry"),
          rule(reading, 20, "security-headers", "compress", "retry"),
          rule(`${reading} && ${part}`, 21, "security-headers", "retry"),
          rule(xmlrpc, 50, "limit-xmlrpc", "security-headers", "compress", "limit-body", "retry"),
          rule(`${xmlrpc} && ${part}`, 51, "limit-xmlrpc", "security-headers", "limit-body", "retry"),
          rule(login, 60, "limit-login", "security-headers", "compress", "limit-body", "retry"),
          rule(`${login} && ${part}`, 61, "limit-login", "security-headers", "limit-body", "retry"),
        ],
        tls: {
          certResolver: "ali",
          domains: [{ main: "www.example.com", sans: [] }],
          options: { name: "wordpress-tls", namespace: "blog" },
        },
      }),
    );
  });

  it("limits every login, whatever its method, and takes in whole what has a body", async () => {
    const { object } = await build();
    const { routes } = object("IngressRoute", "wordpress-https").spec;
    /** The Middlewares a request meets: those of the matching rule with the highest priority. */
    const met = (method: string, path: string) => {
      const matches = ({ match }: Manifest) =>
        !match.includes("HeaderRegexp(") &&
        (!match.includes("Method(") || match.includes(`Method(\`${method}\`)`)) &&
        (!match.includes("PathPrefix(") ||
          [...match.matchAll(/PathPrefix\(`(.+?)`\)/g)].some(([, prefix]) => path.startsWith(prefix)));
      const [first] = routes.filter(matches).sort((a: Manifest, b: Manifest) => b.priority - a.priority);
      return first.middlewares.map(({ name }: { name: string }) => name);
    };
    for (const method of ["GET", "HEAD", "POST", "PUT"]) {
      // PHP takes what follows the script's name for a path of its own, and runs the script.
      for (const path of ["/wp-login.php", "/wp-login.php/x", "/xmlrpc.php"]) {
        const limit = path === "/xmlrpc.php" ? "limit-xmlrpc" : "limit-login";
        expect(met(method, path), `${method} ${path}`).to.include(limit).and.include("limit-body");
      }
      expect(met(method, "/"), method).not.to.include("limit-login");
    }
    for (const method of ["GET", "HEAD"]) expect(met(method, "/"), method).not.to.include("limit-body");
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      expect(met(method, "/"), method).to.include("limit-body");
    }
  });

  it("redirects http to https for good, and what Traefik takes for https goes the same way as by https", async () => {
    const { object } = await build({ aliases: ["example.com"], searchRequestsPerMinute: 10 });
    const routesOf = (name: string) => object("IngressRoute", name).spec.routes;
    const plain = routesOf("wordpress-http");
    for (const { middlewares } of plain) expect(middlewares[0]).to.deep.equal({ name: "redirect-https" });
    const rest = plain.map((route: Manifest) => ({ ...route, middlewares: route.middlewares.slice(1) }));
    expect(rest).to.deep.equal(routesOf("wordpress-https"));
    expect(object("IngressRoute", "wordpress-http").spec.entryPoints).to.deep.equal(["web"]);
    expect(object("IngressRoute", "wordpress-http").spec).not.to.have.property("tls");
    expect(object("Middleware", "redirect-https")).to.deep.equal(
      traefikObject("Middleware", "redirect-https", {
        redirectScheme: { scheme: "https", permanent: true, port: "443" },
      }),
    );
  });

  it("marks the routes for a Traefik that takes only its own class", async () => {
    const { object, resources } = await build({ ingressClass: "public" });
    const annotations = { "kubernetes.io/ingress.class": "public" };
    for (const name of ["wordpress-https", "wordpress-http"]) {
      expect(object("IngressRoute", name).metadata.annotations).to.deep.equal(annotations);
    }
    const marked = resources.filter(({ inputs }) => (inputs as Manifest).metadata?.annotations);
    expect(marked).to.have.length(2);
  });

  it("limits the REST API and searches when asked, and reads without taking the answer in whole", async () => {
    const { object } = await build({ restRequestsPerMinute: 100, searchRequestsPerMinute: 20 });
    for (const [name, average] of Object.entries({ "limit-rest": 100, "limit-search": 20 })) {
      expect(object("Middleware", name).spec.rateLimit).to.deep.equal({
        average,
        period: "1m",
        burst: average,
      });
      const chains = object("IngressRoute", "wordpress-https")
        .spec.routes.map(({ middlewares }: Manifest) => middlewares.map((one: Manifest) => one.name))
        .filter(([first]: string[]) => first === name);
      expect(chains).to.deep.equal([
        [name, "security-headers", "compress", "limit-body", "retry"],
        [name, "security-headers", "limit-body", "retry"],
        [name, "security-headers", "compress", "retry"],
        [name, "security-headers", "retry"],
      ]);
    }
  });

  it("sets security headers, compression and limits", async () => {
    const { object } = await build();
    const specs = ["security-headers", "retry", "limit-body", "limit-login"].map((name) =>
      object("Middleware", name),
    );
    expect(specs).to.deep.equal([
      traefikObject("Middleware", "security-headers", {
        headers: {
          stsSeconds: 31536000,
          stsIncludeSubdomains: false,
          forceSTSHeader: true,
          contentTypeNosniff: true,
          referrerPolicy: "strict-origin-when-cross-origin",
        },
      }),
      traefikObject("Middleware", "retry", { retry: { attempts: 10, initialInterval: "100ms" } }),
      traefikObject("Middleware", "limit-body", { buffering: { maxRequestBodyBytes: 75497472 } }),
      traefikObject("Middleware", "limit-login", { rateLimit: { average: 30, period: "1m", burst: 30 } }),
    ]);
    const types = object("Middleware", "compress").spec.compress.includedContentTypes;
    expect(types).to.include.members(["text/html", "text/css", "application/json", "image/svg+xml"]);
    // Smaller they would not get.
    expect(
      types.filter((type: string) => /^(image\/(?!svg)|video|audio|font\/woff|.*zip)/.test(type)),
    ).to.deep.equal([]);
  });

  it("takes entry points, HSTS and limits from its arguments", async () => {
    const { object } = await build({
      entryPoints: { web: "http", websecure: "https" },
      hsts: { seconds: 60, includeSubdomains: true },
      maxRequestBodyBytes: 1,
      loginRequestsPerMinute: 5,
    });
    expect(object("IngressRoute", "wordpress-https").spec.entryPoints).to.deep.equal(["https"]);
    expect(object("IngressRoute", "wordpress-http").spec.entryPoints).to.deep.equal(["http"]);
    expect(object("Middleware", "security-headers").spec.headers).to.include({
      stsSeconds: 60,
      stsIncludeSubdomains: true,
    });
    expect(object("Middleware", "limit-body").spec.buffering.maxRequestBodyBytes).to.equal(1);
    expect(object("Middleware", "limit-login").spec.rateLimit).to.deep.equal({
      average: 5,
      period: "1m",
      burst: 5,
    });
  });

  it("gives up on a node that is gone and on a pod that hangs, by the time the longest request may take", async () => {
    const { object } = await build({ longestResponseSeconds: 130 });
    expect(object("ServersTransport", "wordpress")).to.deep.equal(
      traefikObject("ServersTransport", "wordpress", {
        maxIdleConnsPerHost: 200,
        forwardingTimeouts: { dialTimeout: "1s", responseHeaderTimeout: "130s" },
      }),
    );
  });

  it("counts the logins of whom trusted proxies name, and of nobody else", async () => {
    const trustedProxies = ["203.0.113.0/24", "10.1.0.0/16"];
    const { object } = await build({ trustedProxies });
    expect(object("Middleware", "limit-login").spec.rateLimit).to.deep.equal({
      average: 30,
      period: "1m",
      burst: 30,
      sourceCriterion: { ipStrategy: { excludedIPs: trustedProxies } },
    });
  });

  it("puts a port other than 443 into the URL and the redirects", async () => {
    const { component, object } = await build({
      url: "https://www.example.com:8443",
      aliases: ["example.com"],
    });
    expect(await resolved(component.url)).to.equal("https://www.example.com:8443");
    expect(object("Middleware", "redirect-https").spec.redirectScheme.port).to.equal("8443");
    expect(object("Middleware", "redirect-host").spec.redirectRegex.replacement).to.equal(
      `https://www.example.com:8443/$\{1}`,
    );
  });

  it("tells the URL without the standard port", async () => {
    const { component } = await build();
    expect(await resolved(component.url)).to.equal("https://www.example.com");
  });

  it("redirects every alias to the site's own host", async () => {
    const { object, objectNames } = await build({ aliases: ["example.com", "blog.example.com"] });
    expect(objectNames()).to.deep.equal([...objects, "Middleware/redirect-host"].sort());
    const { redirectRegex } = object("Middleware", "redirect-host").spec;
    expect(redirectRegex).to.deep.equal({
      regex: "^https?://[^/]+/(.*)$",
      replacement: `https://www.example.com/$\{1}`,
      permanent: true,
    });
    const secure = object("IngressRoute", "wordpress-https").spec;
    expect(secure.routes.at(-1)).to.deep.equal({
      kind: "Rule",
      match: "Host(`example.com`) || Host(`blog.example.com`)",
      priority: 10,
      middlewares: named("security-headers", "redirect-host"),
      services,
    });
    expect(secure.tls.domains).to.deep.equal([
      { main: "www.example.com", sans: ["example.com", "blog.example.com"] },
    ]);
    expect(object("IngressRoute", "wordpress-http").spec.routes.at(-1).match).to.equal(
      "Host(`example.com`) || Host(`blog.example.com`)",
    );
  });

  it("keeps path and query of an alias' request, as Traefik expands the redirect", async () => {
    const { object } = await build({ aliases: ["example.com"] });
    const { regex, replacement } = object("Middleware", "redirect-host").spec.redirectRegex;
    // Go's ${1} is JavaScript's $1.
    const redirected = "https://example.com/2026/post/?p=1&q=a/b".replace(
      new RegExp(regex),
      replacement.replace(`$\{1}`, "$1"),
    );
    expect(redirected).to.equal("https://www.example.com/2026/post/?p=1&q=a/b");
  });

  it("accepts TLS 1.2 and newer, and only hosts it has a certificate for", async () => {
    const { object } = await build();
    expect(object("TLSOption", "wordpress-tls")).to.deep.equal(
      traefikObject("TLSOption", "wordpress-tls", { minVersion: "VersionTLS12", sniStrict: true }),
    );
  });

  describe("certificate", () => {
    const options = { name: "wordpress-tls", namespace: "blog" };

    /** What a certResolver is asked for. */
    async function wildcardOf(host: string, wildcardDomain: string, aliases: string[] = []) {
      const certificate = { source: "certResolver", certResolver: "dns", wildcardDomain } as const;
      const { object } = await build({ url: `https://${host}`, aliases, certificate });
      const { domains, ...rest } = object("IngressRoute", "wordpress-https").spec.tls;
      expect(rest).to.deep.equal({ certResolver: "dns", options });
      expect(domains).to.have.length(1);
      return domains[0];
    }

    it("of a certResolver for the parent domain and everything in it", async () => {
      const expected = { main: "example.com", sans: ["*.example.com"] };
      expect(await wildcardOf("www.example.com", "example.com")).to.deep.equal(expected);
    });

    it("of a certResolver for an apex and everything in it", async () => {
      const expected = { main: "example.com", sans: ["*.example.com"] };
      expect(await wildcardOf("example.com", "example.com")).to.deep.equal(expected);
    });

    it("of a certResolver that names the aliases a wildcard does not cover, and only those", async () => {
      const covered = ["example.com", "blog.example.com"];
      const others = ["example.org", "www.example.org", "a.blog.example.com"];
      expect(await wildcardOf("www.example.com", "example.com", [...covered, ...others])).to.deep.equal({
        main: "example.com",
        sans: ["*.example.com", ...others],
      });
    });

    it("in a Secret that is there", async () => {
      const { tls, objectNames } = await certificateOf({ source: "secret", secretName: "own" });
      expect(tls).to.deep.equal({ secretName: "own", options });
      expect(objectNames()).to.deep.equal(objects);
    });

    it("ordered by cert-manager, awaited, for every host", async () => {
      const issuer = { name: "letsencrypt" };
      const { tls, object, objectNames } = await certificateOf(
        { source: "cert-manager", secretName: "wordpress-tls", issuer },
        ["example.com"],
      );
      expect(tls).to.deep.equal({ secretName: "wordpress-tls", options });
      expect(objectNames()).to.deep.equal(
        [...objects, "Middleware/redirect-host", "Certificate/wordpress"].sort(),
      );
      expect(object("Certificate", "wordpress")).to.deep.equal({
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        metadata: {
          name: "wordpress",
          namespace: "blog",
          labels: siteLabels,
          annotations: { "pulumi.com/waitFor": "condition=Ready" },
        },
        spec: {
          secretName: "wordpress-tls",
          dnsNames: ["www.example.com", "example.com"],
          issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: "letsencrypt" },
        },
      });
    });

    it("of Traefik itself, which then answers hosts it has none for", async () => {
      const { tls, object } = await certificateOf({ source: "default" });
      expect(tls).to.deep.equal({ options });
      expect(object("TLSOption", "wordpress-tls").spec.sniStrict).to.equal(false);
    });
  });

  it("makes the routes after the Middlewares they name", async () => {
    const { resource } = await build();
    expect(resource("route-https").options.dependencies).to.deep.equal([
      "route-compress",
      "route-limit-body",
      "route-limit-login",
      "route-limit-xmlrpc",
      "route-retry",
      "route-security-headers",
      "route-tls",
      "route-transport",
    ]);
    expect(resource("route-http").options.dependencies).to.include.members([
      "route-redirect-https",
      "route-limit-login",
    ]);
  });
});
