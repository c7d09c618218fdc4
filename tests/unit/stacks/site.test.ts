import { isSecret, output, type Resource } from "@pulumi/pulumi";
import { expect } from "chai";
import { serverCertificate } from "../../../components/mysql/server-certificate.ts";
import { parseConfig } from "../../../stacks/config.ts";
import { Site, type SiteArgs } from "../../../stacks/site.ts";
import { generatedValue } from "../../../tools/mocks.ts";
import { readStackConfig } from "../../../tools/stack-config.ts";
import { type Manifest, record, resolved, siteLabels } from "../components/harness.ts";

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
  "Middleware/limit-xmlrpc",
  "Middleware/redirect-https",
  "Middleware/retry",
  "Middleware/security-headers",
  "ServersTransport/wordpress",
  "TLSOption/wordpress-tls",
];
const policies = [
  ...["code-to-dns-and-database", "code-to-mysql", "code-to-wordpress", "default-deny"],
  "traefik-to-wordpress",
].map((name) => `NetworkPolicy/${name}`);
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
  "PodDisruptionBudget/wordpress-mysql",
  "Secret/wordpress-mysql",
  "Service/wordpress-mysql",
  "Service/wordpress-mysql-pods",
  "StatefulSet/wordpress-mysql",
];
const mysqlCertificate = "Secret/wordpress-mysql-tls";
const rook = [
  "CephBlockPool/replicapool",
  "CephFilesystem/myfs",
  "StorageClass/csi-cephfs",
  "StorageClass/rook-ceph-block",
];
const cache = [
  "Deployment/wordpress-cache",
  "NetworkPolicy/cache-to-dns-and-wordpress",
  "NetworkPolicy/cache-to-wordpress",
  "NetworkPolicy/code-to-cache",
  "NetworkPolicy/traefik-and-code-to-cache",
  "PodDisruptionBudget/wordpress-cache",
  "Secret/wordpress-cache-token",
  "Service/wordpress-cache",
  "Service/wordpress-cache-pods",
];
const autoscaler = "HorizontalPodAutoscaler/wordpress";

/** The longest Traefik waits for an answer. */
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
        ...cache,
        ...rook,
        autoscaler,
      ].sort(),
    );
    expect(objectNames().filter((name) => !named([name]).length)).to.deep.equal([
      "ConfigMap/wordpress-mysql-config",
      "ConfigMap/wordpress-page-cache-files",
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
        ...cache,
        autoscaler,
      ].sort(),
    );
  });

  it("dev: has neither autoscaler nor page cache", async () => {
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
        ...nested("wordpress", "page-cache", "purge-channel"),
        ...nested("wordpress-page-cache", "deployment", "files", "pdb", "service"),
        ...nested("wordpress-purge-channel", "pods", "secret", "token"),
        ...nested(
          "wordpress-network",
          ...["default-deny", "traefik-to-wordpress", "code-to-dns-and-database", "code-to-mysql"],
          "code-to-wordpress",
          ...["traefik-and-code-to-cache", "code-to-cache"],
          ...["cache-to-dns-and-wordpress", "cache-to-wordpress"],
        ),
        ...nested("wordpress-storage", "filesystem", "block-pool", "shared-class", "block-class"),
        ...nested("wordpress-mysql", "password", "root-password", "credentials", "config", "data"),
        ...nested("wordpress-mysql", "service", "pods", "server", "pdb", "certificate-seed", "certificate"),
        ...nested("wordpress-wordpress", "admin-password", "admin", "salts", "files", "content", "service"),
        ...nested("wordpress-wordpress", "provision-run", "provision", "deployment", "cron", "pdb", "hpa"),
        ...["auth", "secure-auth", "logged-in", "nonce"].flatMap((use) =>
          nested("wordpress-wordpress", `${use}-key`, `${use}-salt`),
        ),
        ...nested("wordpress-route", "redirect-https", "security-headers", "compress", "retry", "limit-body"),
        ...nested("wordpress-route", "limit-login", "limit-xmlrpc", "tls", "transport", "https", "http"),
      ].sort(),
    );
  });

  it("tells these outputs, the password as a secret", async () => {
    const { component } = await buildStack("prod");
    expect(await resolved(component.url)).to.equal("https://wordpress.example.com");
    expect(await resolved(component.namespace)).to.equal("kube-example");
    expect(await resolved(component.mysqlHost)).to.equal("wordpress-mysql.kube-example.svc");
    expect(await resolved(component.databaseSecretName)).to.equal("wordpress-mysql");
    expect(await resolved(component.adminSecretName)).to.equal("wordpress-admin");
    expect(await resolved(component.databasePassword)).to.equal(generatedValue);
    expect(await isSecret(component.databasePassword)).to.equal(true);
    expect(await isSecret(component.mysqlHost)).to.equal(false);
  });

  // The page cache's rollout comes before the route, which takes its name of it.
  it("tells its address only once WordPress is rolled out and the route is there", async () => {
    const { component } = await buildStack("prod");
    const url = component.url as unknown as { allResources(): Promise<Set<Resource>> };
    const urns = await Promise.all([...(await url.allResources())].map(({ urn }) => resolved(urn)));
    const names = urns.map((urn) => String(urn).split("::").at(-1));
    expect(names).to.include.members(["wordpress-wordpress-deployment", "wordpress-route-https"]);
  });

  it("makes a namespace that enforces Pod Security restricted, and puts everything of the site into it", async () => {
    const { object, resources } = await build({ namespace: "blog" });
    expect(object("Namespace", "blog")).to.deep.equal({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: "blog",
        labels: {
          ...siteLabels,
          "pod-security.kubernetes.io/enforce": "restricted",
          "pod-security.kubernetes.io/warn": "restricted",
        },
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
    const { notForced, objectNames } = await build({ storage: { type: "rook" } });
    expect(notForced).to.deep.equal(objectNames().filter((name) => name.startsWith("Secret/")));
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
      value: "wordpress-mysql.kube-example.svc:3306",
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
      "wordpress-network-code-to-wordpress",
    ]);
  });

  it("sizes MySQL from its memory limit and WordPress' worst case", async () => {
    const resources = { requests: { memory: "3Gi" }, limits: { memory: "3Gi" } };
    const { resource } = await build({ mysql: { resources } });
    const { data } = resource("wordpress-mysql-config").inputs as { data: Record<string, string> };
    expect(data["wordpress.cnf"]).to.include("\ninnodb_buffer_pool_size = 1536M\nmax_connections = 92\n");
  });

  it("lets the provisioning Job to the plugins it downloads, and opens nothing for those of the image", async () => {
    const zip = { version: "1.0", sha256: "0".repeat(64) };
    const { object } = await build({ wordpress: { plugins: [{ slug: "greeting", ...zip }] } });
    const { egress } = object("NetworkPolicy", "provision-to-downloads").spec;
    expect(egress[0].ports).to.deep.equal([{ protocol: "TCP", port: 443 }]);
    const { objectNames } = await build({ wordpress: { content: "image", plugins: [{ slug: "greeting" }] } });
    expect(objectNames()).not.to.include("NetworkPolicy/provision-to-downloads");
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
    const { authority: certificateAuthority } = await serverCertificate("seed", ["db.example.com"]);
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

  it("encrypts the way to an external server whose authority is given", async () => {
    const { object } = await record(
      () =>
        new Site("blog", {
          site,
          mysql: {
            mode: "external",
            external: { host: "db.example.com", certificateAuthority: output("PEM") },
          },
          existingSecrets: { database: "vault-db" },
        }),
    );
    const { env } = object("Deployment", "wordpress").spec.template.spec.containers[0];
    expect(env).to.deep.include({ name: "WORDPRESS_DB_TLS", value: "1" });
  });

  it("has one place for the mail server in its arguments", () => {
    const smtp = { host: "smtp.mail.svc", tls: "none", fromAddress: "blog@example.com" } as const;
    const args: SiteArgs[] = [
      { site: { ...site, smtp } },
      // @ts-expect-error: the types refuse what would be passed over.
      { site, wordpress: { smtp } },
      // @ts-expect-error: the same.
      { site, network: { smtp: { host: "smtp.mail.svc", port: 25 } } },
    ];
    expect(args).to.have.length(3);
  });

  it("gives WordPress its mail server, and opens the way there", async () => {
    const smtp = {
      host: "relay.internal.example",
      tls: "implicit",
      fromAddress: "blog@example.com",
      cidrs: ["10.1.0.0/28"],
    };
    const { object } = await build({ site: { url: "https://blog.example.com", smtp } });
    const { env } = object("Deployment", "wordpress").spec.template.spec.containers[0];
    expect(env).to.deep.include({ name: "WORDPRESS_SMTP_HOST", value: "relay.internal.example" });
    const policy = object("NetworkPolicy", "code-to-dns-and-database").spec;
    expect(policy.egress.at(-1)).to.deep.equal({
      to: [{ ipBlock: { cidr: "10.1.0.0/28" } }],
      ports: [{ protocol: "TCP", port: 465 }],
    });
  });

  it("checks an external server's certificate with the authorities of the system, at an address DNS does not know", async () => {
    const { object, resource } = await build({
      mysql: { mode: "external", tls: true, external: { host: "db.sql.example", address: "10.1.2.3" } },
      existingSecrets: { database: "vault-db" },
    });
    const { data } = resource("wordpress-wordpress-files").inputs as { data: Record<string, string> };
    expect(data).not.to.have.property("database-ca.crt");
    expect(data["php.ini"]).not.to.include("openssl");
    const pods = [
      object("Deployment", "wordpress").spec.template.spec,
      object("CronJob", "wordpress-cron").spec.jobTemplate.spec.template.spec,
      (resource("wordpress-wordpress-provision").inputs as Manifest).spec.template.spec,
    ];
    for (const { containers, hostAliases } of pods) {
      expect(containers[0].env).to.deep.include({ name: "WORDPRESS_DB_TLS", value: "1" });
      expect(containers[0].env).to.deep.include({ name: "WORDPRESS_DB_HOST", value: "db.sql.example:3306" });
      expect(hostAliases).to.deep.equal([{ ip: "10.1.2.3", hostnames: ["db.sql.example"] }]);
    }
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

  it("has calls out fail at once where the policies would drop them, and only there", async () => {
    const blocked = async (network: object) => {
      const { object } = await build({ network });
      const [{ env }] = object("Deployment", "wordpress").spec.template.spec.containers;
      return JSON.stringify(env).includes("WP_HTTP_BLOCK_EXTERNAL");
    };
    expect(await blocked({})).to.equal(true);
    expect(await blocked({ internetEgress: true })).to.equal(false);
    expect(await blocked({ policies: false })).to.equal(false);
  });

  it("makes no NetworkPolicy with network.policies off", async () => {
    const { objectNames } = await build({ network: { policies: false } });
    expect(objectNames().filter((name) => name.startsWith("NetworkPolicy/"))).to.deep.equal([]);
  });

  it("gives every pod of a part what the config says, its Jobs' alike", async () => {
    const given = { nodeSelector: { disk: "ssd" }, serviceAccountName: "own", podLabels: { team: "blog" } };
    const values = { wordpress: given, mysql: given, pageCache: { ...given, enabled: true } };
    const { resources } = await build({ ...values, existingSecrets: { database: "db" } });
    const templates = resources
      .map(({ inputs }) => (inputs as Manifest).spec)
      .map((spec) => spec?.template ?? spec?.jobTemplate?.spec.template)
      .filter((template) => template !== undefined);
    // WordPress, its Job and CronJob, MySQL and its Job, the cache.
    expect(templates).to.have.length(6);
    for (const { metadata, spec } of templates) {
      expect(metadata.labels).to.include({ team: "blog" });
      expect(spec).to.deep.include({ nodeSelector: { disk: "ssd" }, serviceAccountName: "own" });
    }
  });

  it("places MySQL by MySQL's keys, and the others by theirs", async () => {
    const given = { nodeSelector: { disk: "ssd" }, tolerations: [{ key: "db" }], priorityClassName: "high" };
    const { object } = await build({ mysql: given, pageCache: { enabled: true } });
    const pod = (kind: string, name: string) => object(kind, name).spec.template.spec;
    expect(pod("StatefulSet", "wordpress-mysql")).to.deep.include(given);
    for (const name of ["wordpress", "wordpress-cache"])
      expect(pod("Deployment", name)).not.to.have.any.keys(Object.keys(given));
  });

  it("gives every container a request and a limit of the node's disk, and every folder of it a size", async () => {
    const { resources } = await build({ pageCache: { enabled: true }, existingSecrets: { database: "db" } });
    const pods = resources
      .map(({ inputs }) => (inputs as Manifest).spec)
      .map((spec) => (spec?.template ?? spec?.jobTemplate?.spec.template)?.spec)
      .filter((pod) => pod !== undefined);
    for (const { containers, initContainers = [], volumes } of pods) {
      for (const container of [...containers, ...initContainers]) {
        expect(container.resources.requests, container.name).to.have.property("ephemeral-storage");
        expect(container.resources.limits, container.name).to.have.property("ephemeral-storage");
      }
      for (const { name, emptyDir } of volumes)
        if (emptyDir) expect(emptyDir, name).to.have.property("sizeLimit");
    }
  });

  it("uses a namespace that is there with createNamespace off", async () => {
    const { component, objectNames, object } = await build({ namespace: "blog", createNamespace: false });
    expect(objectNames()).not.to.include("Namespace/blog");
    expect(object("Deployment", "wordpress").metadata.namespace).to.equal("blog");
    expect(await resolved(component.namespace)).to.equal("blog");
  });

  it("makes only the classes with storage.rook.manage off", async () => {
    const { objectNames } = await build({ storage: { rook: { manage: false } } });
    expect(objectNames().filter((name) => /^(Ceph|StorageClass)/.test(name))).to.deep.equal([
      "StorageClass/csi-cephfs",
      "StorageClass/rook-ceph-block",
    ]);
  });

  it("takes outputs of what is made in the same program", async () => {
    const { object, resource } = await record(
      () =>
        new Site("blog", {
          namespace: output("blog"),
          site: { url: output("https://blog.example.com:8443"), aliases: [output("www.example.com")] },
          storage: { type: "existing", sharedClassName: output("nfs"), blockClassName: output("ssd") },
          mysql: { mode: "external", external: { host: output("db.example.com") } },
          existingSecrets: { database: output("vault") },
          wordpress: {
            resources: { limits: { memory: output("2Gi") } },
            php: { uploadMaxSize: output("2Mi") },
          },
        }),
    );
    expect(object("PersistentVolumeClaim", "wordpress-pvc").spec.storageClassName).to.equal("nfs");
    expect(object("Middleware", "redirect-https").spec.redirectScheme.port).to.equal("8443");
    expect(object("Middleware", "limit-body").spec.buffering.maxRequestBodyBytes).to.equal(10 * 2 ** 20);
    const { data } = resource("blog-wordpress-files").inputs as { data: Record<string, string> };
    expect(data["apache.conf"]).to.include("MaxRequestWorkers 27\n");
    expect(object("Deployment", "wordpress").spec.template.spec.containers[0].env[0].value).to.equal(
      "db.example.com:3306",
    );
  });

  it("has no volume and no container in its pods whose name the config takes for another", async () => {
    const smtp = { host: "smtp.example.com", user: "u", secretName: "mail", fromAddress: "b@example.com" };
    const values = { site: { ...site, smtp }, wordpress: { content: "image" }, mysql: { tls: true } };
    const { resources } = await build({ ...values, pageCache: { enabled: true } });
    const parts = {
      frontend: "wordpress",
      provision: "wordpress",
      cron: "wordpress",
      mysql: "mysql",
      cache: "pageCache",
    };
    const pods = resources.flatMap(({ inputs }) => {
      const { template, jobTemplate } = (inputs as Manifest).spec ?? {};
      return template ?? jobTemplate?.spec.template ?? [];
    });
    expect(pods.length).to.be.greaterThan(4);
    for (const { metadata, spec } of pods) {
      const part = parts[metadata.labels.tier as keyof typeof parts];
      const names = (key: string) => (spec[key] ?? []).map(({ name }: Manifest) => name);
      const taken = [...names("containers"), ...names("initContainers")];
      // Those of Jobs are named in pods that take no further containers.
      const added = part === "wordpress" ? [["extraVolumes", names("volumes")]] : [];
      if (["frontend", "mysql", "cache"].includes(metadata.labels.tier))
        added.push(["initContainers", taken]);
      for (const [key, all] of added)
        for (const name of all)
          expect(() => parseConfig({ site, [part]: { [key]: [{ name }] } }), name).to.throw(`${key}[0].name`);
    }
  });

  it("changes any object by the transform of its part", async () => {
    const annotations = { "example.com/team": "blog" };
    const { resources } = await record(() => {
      const metadata = { metadata: { annotations } };
      const cache = {
        deployment: metadata,
        service: metadata,
        disruptionBudget: metadata,
        configMap: metadata,
      };
      return new Site("blog", {
        site: { url: "https://blog.example.com", aliases: ["www.example.com"] },
        transform: { namespace: metadata },
        storage: {
          snapshots: true,
          rook: {
            transform: {
              filesystem: metadata,
              blockPool: metadata,
              storageClass: metadata,
              snapshotClass: metadata,
            },
          },
        },
        mysql: {
          tls: true,
          transform: {
            statefulSet: metadata,
            service: metadata,
            podsService: metadata,
            volumeClaim: metadata,
            secret: metadata,
            configMap: metadata,
            disruptionBudget: metadata,
          },
        },
        wordpress: {
          transform: {
            ...cache,
            cronJob: metadata,
            provisionJob: metadata,
            autoscaler: metadata,
            volumeClaim: metadata,
            secret: metadata,
          },
        },
        pageCache: {
          enabled: true,
          transform: cache,
          purgeTransform: { secret: metadata, service: metadata },
        },
        route: {
          tls: { source: "cert-manager", secretName: "tls", issuer: { kind: "Issuer", name: "own" } },
          transform: {
            httpsRoute: metadata,
            httpRoute: metadata,
            middleware: metadata,
            tlsOption: metadata,
            serversTransport: metadata,
            certificate: metadata,
          },
        },
        network: { transform: { networkPolicy: metadata } },
      });
    });
    const untouched = resources
      .filter(({ type }) => type.startsWith("kubernetes:"))
      .filter(({ inputs }) => !(inputs as Manifest).metadata.annotations?.["example.com/team"])
      .map(({ name }) => name);
    // The owner of a Job's runs.
    expect(untouched).to.deep.equal(["blog-wordpress-provision-run"]);
  });

  it("puts the page cache between route and WordPress, with the ways it needs and no other", async () => {
    const enabled = await build({ pageCache: { enabled: true } });
    const names = (objects: string[]) => new Set(named(objects));
    const before = names((await build({})).objectNames());
    const after = names(enabled.objectNames());
    expect([...after].filter((name) => !before.has(name))).to.deep.equal(cache);
    expect([...before].filter((name) => !after.has(name))).to.deep.equal([]);
    // Nobody is asked whom the policies do not let through yet, or no longer.
    for (const name of ["wordpress-route", "wordpress-page-cache"]) {
      expect(enabled.resource(name).options.dependencies, name).to.include.members([
        "wordpress-network-traefik-and-code-to-cache",
        "wordpress-network-cache-to-wordpress",
      ]);
    }
    // The provider waits rightly for the first Deployment of an up only.
    expect(enabled.resource("wordpress-page-cache").options.dependencies).to.include(
      "wordpress-wordpress-deployment",
    );
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
        xmlrpcRequestsPerMinute: 7,
        restRequestsPerMinute: 8,
        searchRequestsPerMinute: 9,
        ingressClass: "public",
        contentSecurityPolicy: "default-src 'self'",
        contentSecurityPolicyReportOnly: false,
        permissionsPolicy: "camera=()",
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
    expect(secure.routes[0].services[0]).to.include({ name: "wordpress", port: 80 });
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
    expect(object("Middleware", "security-headers").spec.headers).to.include({
      stsSeconds: 0,
      contentSecurityPolicy: "default-src 'self'",
      permissionsPolicy: "camera=()",
    });
    const limits = ["limit-xmlrpc", "limit-rest", "limit-search"].map((name) => object("Middleware", name));
    expect(limits.map(({ spec }) => spec.rateLimit.average)).to.deep.equal([7, 8, 9]);
    expect(object("IngressRoute", "wordpress-https").metadata.annotations).to.include({
      "kubernetes.io/ingress.class": "public",
    });
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
    expect(holders).to.have.length(5);
    expect(new Set(holders.map(({ type }) => type))).to.deep.equal(new Set(["kubernetes:core/v1:Secret"]));
  });
});
