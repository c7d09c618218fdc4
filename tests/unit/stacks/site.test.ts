import { isSecret } from "@pulumi/pulumi";
import { expect } from "chai";
import { parseConfig } from "../../../stacks/config.ts";
import { Site } from "../../../stacks/site.ts";
import { generatedValue } from "../../../tools/mocks.ts";
import { readStackConfig } from "../../../tools/stack-config.ts";
import { type Manifest, record, resolved } from "../components/harness.ts";

const site = { url: "https://blog.example.com" };

const build = (values: Record<string, unknown>) =>
  record(() => new Site("wordpress", parseConfig({ site, ...values })));
const buildStack = (stack: string) =>
  record(() => new Site("wordpress", parseConfig(readStackConfig(stack))));

const route = [
  "IngressRoute/wordpress-http",
  "IngressRoute/wordpress-https",
  "Middleware/compress",
  "Middleware/limit-body",
  "Middleware/limit-login",
  "Middleware/redirect-https",
  "Middleware/retry",
  "Middleware/security-headers",
  "ServersTransport/wordpress",
  "TLSOption/wordpress-tls",
];
const policies = ["code-to-dns-and-database", "code-to-mysql", "default-deny", "traefik-to-wordpress"].map(
  (name) => `NetworkPolicy/${name}`,
);
const wordpress = [
  "CronJob/wordpress-cron",
  "Deployment/wordpress",
  "PersistentVolumeClaim/wordpress-pvc",
  "PodDisruptionBudget/wordpress",
  "Secret/wordpress-admin",
  "Secret/wordpress-salts",
  "Service/wordpress",
];
const mysql = [
  "PersistentVolumeClaim/mysql-pvc",
  "Secret/wordpress-mysql",
  "Service/wordpress-mysql",
  "StatefulSet/wordpress-mysql",
];
const mysqlCertificate = "Secret/wordpress-mysql-tls";
const rook = [
  "CephBlockPool/replicapool",
  "CephFilesystem/myfs",
  "StorageClass/csi-cephfs",
  "StorageClass/rook-ceph-block",
];
const autoscaler = "HorizontalPodAutoscaler/wordpress";

/** The longest Traefik waits for an answer. */
/** The annotation that lets the provider take fields from other managers. */
const programWins = { "pulumi.com/patchForce": "true" };

const timeLimit = (object: (kind: string, name: string) => Manifest) =>
  object("ServersTransport", "wordpress").spec.forwardingTimeouts.responseHeaderTimeout;

/** Everything but ConfigMaps and Jobs, which the engine names. */
const named = (names: string[]) => names.filter((name) => !/^(ConfigMap|Job)\//.test(name));

describe("Site", () => {
  it("prod: is exactly these objects", async () => {
    const { objectNames } = await buildStack("prod");
    expect(named(objectNames())).to.deep.equal(
      [
        "Namespace/kube-example",
        ...route,
        ...policies,
        ...wordpress,
        ...mysql,
        mysqlCertificate,
        ...rook,
        autoscaler,
      ].sort(),
    );
    expect(objectNames().filter((name) => !named([name]).length)).to.deep.equal([
      "ConfigMap/wordpress-mysql-config",
      "ConfigMap/wordpress-wordpress-files",
      "ConfigMap/wordpress-wordpress-provision-run",
      "Job/wordpress-wordpress-provision",
    ]);
  });

  it("local: brings no storage of its own", async () => {
    const { objectNames } = await buildStack("local");
    expect(named(objectNames())).to.deep.equal(
      [
        "Namespace/kube-example",
        ...route,
        ...policies,
        ...wordpress,
        ...mysql,
        mysqlCertificate,
        autoscaler,
      ].sort(),
    );
  });

  it("dev: has no autoscaler either", async () => {
    const { objectNames } = await buildStack("dev");
    expect(named(objectNames())).to.deep.equal(
      ["Namespace/kube-example", ...route, ...policies, ...wordpress, ...mysql].sort(),
    );
  });

  // A resource under a new name is a new resource, and the old one is deleted: these names stay, or get an alias.
  it("names its resources for the engine so", async () => {
    const { resources } = await buildStack("prod");
    const nested = (parent: string, ...suffixes: string[]) =>
      suffixes.map((suffix) => `${parent}-${suffix} < ${parent}`);
    expect(resources.map(({ name, options }) => `${name} < ${options.parent}`).sort()).to.deep.equal(
      [
        "wordpress < ",
        ...nested("wordpress", "namespace", "network", "storage", "mysql", "wordpress", "route"),
        ...nested(
          "wordpress-network",
          ...["default-deny", "traefik-to-wordpress", "code-to-dns-and-database", "code-to-mysql"],
        ),
        ...nested("wordpress-storage", "filesystem", "block-pool", "shared-class", "block-class"),
        ...nested("wordpress-mysql", "password", "root-password", "credentials", "config", "data"),
        ...nested("wordpress-mysql", "service", "server", "certificate-seed", "certificate"),
        ...nested("wordpress-wordpress", "admin-password", "admin", "salts", "files", "content", "service"),
        ...nested("wordpress-wordpress", "provision-run", "provision", "deployment", "cron", "pdb", "hpa"),
        ...["auth", "secure-auth", "logged-in", "nonce"].flatMap((use) =>
          nested("wordpress-wordpress", `${use}-key`, `${use}-salt`),
        ),
        ...nested("wordpress-route", "redirect-https", "security-headers", "compress", "retry", "limit-body"),
        ...nested("wordpress-route", "limit-login", "tls", "transport", "https", "http"),
      ].sort(),
    );
  });

  it("tells these outputs, the password as a secret", async () => {
    const { component } = await buildStack("prod");
    expect(await resolved(component.url)).to.equal("https://wordpress.example.com");
    expect(await resolved(component.namespace)).to.equal("kube-example");
    expect(await resolved(component.mysqlHost)).to.equal("wordpress-mysql.kube-example.svc.cluster.local");
    expect(await resolved(component.databaseSecretName)).to.equal("wordpress-mysql");
    expect(await resolved(component.adminSecretName)).to.equal("wordpress-admin");
    expect(await resolved(component.databasePassword)).to.equal(generatedValue);
    expect(await isSecret(component.databasePassword)).to.equal(true);
    expect(await isSecret(component.mysqlHost)).to.equal(false);
  });

  it("makes a namespace that enforces Pod Security restricted, and puts everything of the site into it", async () => {
    const { object, resources } = await build({ namespace: "blog" });
    expect(object("Namespace", "blog")).to.deep.equal({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: "blog",
        labels: {
          "pod-security.kubernetes.io/enforce": "restricted",
          "pod-security.kubernetes.io/warn": "restricted",
        },
        annotations: programWins,
      },
    });
    const elsewhere = resources
      .filter(({ type }) => type.startsWith("kubernetes:"))
      .map(({ inputs }) => inputs as Manifest)
      .filter(({ metadata }) => metadata.namespace !== "blog")
      .map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.namespace ?? ""}`.trim());
    expect(elsewhere.sort()).to.deep.equal([
      "CephBlockPool replicapool rook-ceph",
      "CephFilesystem myfs rook-ceph",
      "Namespace blog",
      "StorageClass csi-cephfs",
      "StorageClass rook-ceph-block",
    ]);
  });

  it("lets the program win over other managers of its objects' fields, but not of a Secret's", async () => {
    const { resources, object } = await build({ storage: { type: "rook" } });
    const left = resources
      .filter(({ type }) => type.startsWith("kubernetes:"))
      .map(({ inputs }) => inputs as Manifest)
      .filter(({ metadata }) => metadata.annotations?.["pulumi.com/patchForce"] !== "true");
    expect([...new Set(left.map(({ kind }) => kind))]).to.deep.equal(["Secret"]);
    expect(object("PersistentVolumeClaim", "mysql-pvc").metadata.annotations).to.deep.equal({
      "pulumi.com/skipAwait": "true",
      ...programWins,
    });
  });

  it("gives the volumes the classes of the filesystem and the pool", async () => {
    const { object, resource } = await build({});
    expect(object("PersistentVolumeClaim", "wordpress-pvc").spec.storageClassName).to.equal("csi-cephfs");
    expect(object("PersistentVolumeClaim", "mysql-pvc").spec.storageClassName).to.equal("rook-ceph-block");
    // Teardown goes the other way round: pods, claims, classes, filesystem.
    expect(resource("wordpress-wordpress-content").options.dependencies).to.include(
      "wordpress-storage-shared-class",
    );
    expect(resource("wordpress-mysql-data").options.dependencies).to.include("wordpress-storage-block-class");
  });

  it("is taken down in the order of its dependencies: pods, claims, classes, filesystem", async () => {
    const { resource } = await buildStack("prod");
    const on = (name: string) => resource(name).options.dependencies;
    for (const [later, earlier] of [
      ["wordpress-wordpress-deployment", "wordpress-wordpress-content"],
      ["wordpress-wordpress-cron", "wordpress-wordpress-content"],
      ["wordpress-wordpress-content", "wordpress-storage-shared-class"],
      ["wordpress-storage-shared-class", "wordpress-storage-filesystem"],
      ["wordpress-mysql-server", "wordpress-mysql-data"],
      ["wordpress-mysql-data", "wordpress-storage-block-class"],
      ["wordpress-storage-block-class", "wordpress-storage-block-pool"],
      ["wordpress-wordpress-content", "wordpress-namespace"],
      ["wordpress-mysql-data", "wordpress-namespace"],
    ] as const) {
      expect(on(later), `${later} after ${earlier}`).to.include(earlier);
    }
  });

  it("gives the volumes the classes that are there", async () => {
    const { object } = await build({
      storage: { type: "existing", sharedClassName: "nfs", blockClassName: "ssd" },
    });
    expect(object("PersistentVolumeClaim", "wordpress-pvc").spec.storageClassName).to.equal("nfs");
    expect(object("PersistentVolumeClaim", "mysql-pvc").spec.storageClassName).to.equal("ssd");
  });

  it("points WordPress at MySQL's Service and password, and lets it wait for the server and the policies", async () => {
    const { object, resource } = await build({});
    const pod = object("Deployment", "wordpress").spec.template.spec;
    expect(pod.containers[0].env[0]).to.deep.equal({
      name: "WORDPRESS_DB_HOST",
      value: "wordpress-mysql.kube-example.svc.cluster.local:3306",
    });
    expect(pod.volumes).to.deep.include({
      name: "database",
      secret: {
        secretName: "wordpress-mysql",
        defaultMode: 0o440,
        items: [{ key: "password", path: "password" }],
      },
    });
    expect(resource("wordpress-wordpress-provision").options.dependencies).to.include.members([
      "wordpress-mysql-server",
      "wordpress-network-code-to-mysql",
    ]);
  });

  it("sizes MySQL from its memory limit and WordPress' worst case", async () => {
    const resources = { requests: { memory: "3Gi" }, limits: { memory: "3Gi" } };
    const { resource } = await build({ mysql: { resources } });
    const { data } = resource("wordpress-mysql-config").inputs as { data: Record<string, string> };
    expect(data["wordpress.cnf"]).to.include("\ninnodb_buffer_pool_size = 1536M\nmax_connections = 84\n");
  });

  it("uses an external server and then makes no MySQL", async () => {
    const { component, object, objectNames } = await build({
      mysql: { mode: "external", external: { host: "db.example.com", port: 25060 }, user: "blog" },
      existingSecrets: { database: "vault-db" },
    });
    expect(named(objectNames())).to.deep.equal(
      [
        "Namespace/kube-example",
        ...route,
        ...policies.filter((name) => name !== "NetworkPolicy/code-to-mysql"),
        ...wordpress,
        ...rook,
        autoscaler,
      ].sort(),
    );
    const { env } = object("Deployment", "wordpress").spec.template.spec.containers[0];
    expect(env.slice(0, 3)).to.deep.equal([
      { name: "WORDPRESS_DB_HOST", value: "db.example.com:25060" },
      { name: "WORDPRESS_DB_NAME", value: "wordpress" },
      { name: "WORDPRESS_DB_USER", value: "blog" },
    ]);
    const policy = object("NetworkPolicy", "code-to-dns-and-database").spec;
    expect(policy.egress[1]).to.deep.equal({ ports: [{ protocol: "TCP", port: 25060 }] });
    expect(await resolved(component.mysqlHost)).to.equal("db.example.com");
    expect(await resolved(component.databaseSecretName)).to.equal("vault-db");
    expect(await resolved(component.databasePassword)).to.equal(undefined);
  });

  it("checks an external server's certificate with the authority given", async () => {
    const certificateAuthority = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    const { object, resource } = await build({
      mysql: { mode: "external", tls: true, external: { host: "db.example.com", certificateAuthority } },
      existingSecrets: { database: "vault-db" },
    });
    const { data } = resource("wordpress-wordpress-files").inputs as { data: Record<string, string> };
    expect(data["database-ca.crt"]).to.equal(certificateAuthority);
    expect(data["php.ini"]).to.include("\nopenssl.cafile = /etc/wordpress/database-ca.crt\n");
    const { env } = object("Deployment", "wordpress").spec.template.spec.containers[0];
    expect(env).to.deep.include({ name: "WORDPRESS_DB_TLS", value: "1" });
  });

  it("keeps nothing secret in the state when every Secret is there already", async () => {
    const { component, resources, object } = await build({
      existingSecrets: {
        database: "db",
        admin: "admin",
        salts: "salts",
        databaseCertificate: "db-tls",
        pageCacheToken: "token",
      },
      mysql: { tls: true },
      pageCache: { enabled: true },
    });
    expect(resources.filter(({ type }) => /Secret|RandomPassword/.test(type))).to.deep.equal([]);
    expect(JSON.stringify(resources)).not.to.include(generatedValue);
    expect(await resolved(component.adminSecretName)).to.equal("admin");
    const { volumes } = object("Deployment", "wordpress").spec.template.spec;
    const named = volumes.flatMap(({ secret }: Manifest) => (secret ? [secret.secretName] : []));
    expect(named).to.deep.equal(["db", "salts", "db-tls", "token"]);
    const cache = object("Deployment", "wordpress-cache").spec.template.spec.volumes;
    expect(cache).to.deep.include({ name: "token", secret: { secretName: "token", defaultMode: 0o440 } });
  });

  it("encrypts the way to MySQL with mysql.tls: the pods get the authority, and only the server the key", async () => {
    const { object, resource } = await build({ mysql: { tls: true } });
    const { stringData } = object("Secret", "wordpress-mysql-tls");
    const { data } = resource("wordpress-wordpress-files").inputs as { data: Record<string, string> };
    expect(data["database-ca.crt"]).to.match(/^-----BEGIN CERTIFICATE-----/);
    expect(data["database-ca.crt"]).to.equal(stringData["ca.crt"]);
  });

  it("makes no NetworkPolicy with network.policies off", async () => {
    const { objectNames } = await build({ network: { policies: false } });
    expect(objectNames().filter((name) => name.startsWith("NetworkPolicy/"))).to.deep.equal([]);
  });

  it("puts the page cache between route and WordPress, with the ways it needs and no other", async () => {
    const enabled = await build({ pageCache: { enabled: true } });
    const names = (objects: string[]) => new Set(named(objects));
    const before = names((await build({})).objectNames());
    const after = names(enabled.objectNames());
    expect([...after].filter((name) => !before.has(name))).to.deep.equal([
      "Deployment/wordpress-cache",
      "NetworkPolicy/cache-to-dns-and-wordpress",
      "NetworkPolicy/cache-to-wordpress",
      "NetworkPolicy/code-to-cache",
      "NetworkPolicy/traefik-and-code-to-cache",
      "PodDisruptionBudget/wordpress-cache",
      "Secret/wordpress-cache-token",
      "Service/wordpress-cache",
      "Service/wordpress-cache-pods",
    ]);
    expect([...before].filter((name) => !after.has(name))).to.deep.equal([
      "NetworkPolicy/traefik-to-wordpress",
    ]);
    const { routes } = enabled.object("IngressRoute", "wordpress-https").spec;
    const services = routes.flatMap((each: Manifest) => each.services);
    expect(services.map((service: Manifest) => service.name)).to.deep.equal(
      routes.map(() => "wordpress-cache"),
    );
    // No request is sent to the cache before it serves.
    expect(enabled.resource("wordpress-route-https").options.dependencies).to.include(
      "wordpress-page-cache-deployment",
    );
    const { data } = enabled.resource("wordpress-page-cache-files").inputs as {
      data: Record<string, string>;
    };
    expect(data["page-cache.vcl"]).to.include('.host = "wordpress";\n  .port = "80";');
    expect(data["page-cache.vcl"]).to.include('set req.http.Host = "blog.example.com";');
  });

  it("gives all pods that run WordPress' code what they tell the page cache with", async () => {
    const { object, resource } = await build({
      pageCache: { enabled: true },
      wordpress: { extraEnv: [{ name: "OWN", value: "1" }] },
    });
    const { data } = resource("wordpress-wordpress-files").inputs as { data: Record<string, string> };
    expect(data).to.have.property("must-use-page-cache.php");
    for (const spec of [
      object("Deployment", "wordpress").spec.template.spec,
      (resource("wordpress-wordpress-provision").inputs as Manifest).spec.template.spec,
      object("CronJob", "wordpress-cron").spec.jobTemplate.spec.template.spec,
    ]) {
      const [container] = spec.containers;
      expect(container.env).to.deep.include({ name: "PAGE_CACHE", value: "wordpress-cache-pods:8080" });
      expect(container.env).to.deep.include({ name: "OWN", value: "1" });
      expect(container.volumeMounts.map(({ name }: Manifest) => name)).to.include("page-cache");
      expect(spec.volumes).to.deep.include({
        name: "page-cache",
        secret: { secretName: "wordpress-cache-token", defaultMode: 0o440 },
      });
    }
  });

  it("hands the route its host, port, limits and certificate", async () => {
    const issuer = { kind: "Issuer", name: "own" };
    const { component, object } = await build({
      site: { url: "https://blog.example.com:8443", aliases: ["www.example.com"] },
      wordpress: { php: { uploadMaxSize: "2Mi" } },
      route: {
        entryPoints: { web: "http", websecure: "https" },
        tls: { source: "cert-manager", secretName: "blog-tls", issuer },
        hsts: { seconds: 0 },
        loginRequestsPerMinute: 6,
        trustedProxies: ["203.0.113.0/24"],
      },
    });
    expect(await resolved(component.url)).to.equal("https://blog.example.com:8443");
    expect(object("Certificate", "wordpress").spec).to.deep.equal({
      secretName: "blog-tls",
      dnsNames: ["blog.example.com", "www.example.com"],
      issuerRef: { group: "cert-manager.io", kind: "Issuer", name: "own" },
    });
    const secure = object("IngressRoute", "wordpress-https").spec;
    expect(secure.entryPoints).to.deep.equal(["https"]);
    expect(secure.routes[0].services).to.deep.equal([
      { name: "wordpress", port: 80, serversTransport: "wordpress" },
    ]);
    expect(object("IngressRoute", "wordpress-http").spec.entryPoints).to.deep.equal(["http"]);
    // As much as Apache and PHP take: the upload and 8 MiB of form around it.
    expect(object("Middleware", "limit-body").spec.buffering.maxRequestBodyBytes).to.equal(10 * 2 ** 20);
    const { average, sourceCriterion } = object("Middleware", "limit-login").spec.rateLimit;
    expect(average).to.equal(6);
    expect(sourceCriterion.ipStrategy.excludedIPs).to.deep.equal(["203.0.113.0/24"]);
    // What PHP may take, and a little more.
    expect(timeLimit(object)).to.equal("70s");
    // cert-manager's pods are in the namespace, which is closed.
    expect(object("NetworkPolicy", "traefik-to-acme-solver").metadata.namespace).to.equal("kube-example");
    expect(object("Middleware", "security-headers").spec.headers.stsSeconds).to.equal(0);
  });

  it("gives the page cache the time to ask twice", async () => {
    const { object } = await build({
      pageCache: { enabled: true },
      wordpress: { php: { maxExecutionSeconds: 45 } },
    });
    expect(timeLimit(object)).to.equal("100s");
  });

  it("tells Apache the proxies in front of Traefik", async () => {
    const { resource } = await build({ route: { trustedProxies: ["203.0.113.0/24"] } });
    const { data } = resource("wordpress-wordpress-files").inputs as { data: Record<string, string> };
    expect(data["apache.conf"]).to.include("RemoteIPTrustedProxy 203.0.113.0/24");
  });

  for (const [source, tls] of [
    ["certResolver", { certResolver: "ali", domains: [{ main: "blog.example.com", sans: [] }] }],
    ["secret", { secretName: "own" }],
    ["default", {}],
  ] as const) {
    it(`takes the certificate from: ${source}`, async () => {
      const secretName = source === "secret" ? "own" : undefined;
      const { object } = await build({ route: { tls: { source, secretName } } });
      expect(object("IngressRoute", "wordpress-https").spec.tls).to.deep.equal({
        ...tls,
        options: { name: "wordpress-tls", namespace: "kube-example" },
      });
    });
  }

  for (const protectData of [true, false]) {
    it(`keeps the namespace, whose deletion would delete the claims, as protectData ${protectData} says`, async () => {
      const { resource } = await build({ protectData });
      expect(resource("wordpress-namespace").options).to.include({
        protect: protectData,
        retainOnDelete: protectData,
      });
    });
  }

  it("gives no object a value of a generated secret, Secrets apart", async () => {
    const { resources } = await buildStack("prod");
    const holders = resources.filter(({ inputs }) =>
      [generatedValue, "PRIVATE KEY"].some((value) => JSON.stringify(inputs).includes(value)),
    );
    expect(holders).to.have.length(4);
    expect(new Set(holders.map(({ type }) => type))).to.deep.equal(new Set(["kubernetes:core/v1:Secret"]));
  });
});
