import { readFileSync } from "node:fs";
import { expect } from "chai";
import { PageCache, type PageCacheArgs } from "../../../../components/page-cache/index.ts";
import { PurgeChannel } from "../../../../components/page-cache/purge-channel.ts";
import { pageCacheVcl, type VclSettings } from "../../../../components/page-cache/vcl.ts";
import { generatedValue } from "../../../../tools/mocks.ts";
import { labelsOf, type Manifest, record, resolved, resourcesOf } from "../harness.ts";

/*
 * What mocks cannot prove: what Varnish makes of the rules, and that WordPress tells the cache. tests/e2e/page-cache
 * asks the real Varnish, and tests/e2e the real site.
 */

const args: PageCacheArgs = {
  namespace: "blog",
  backend: { name: "wordpress", port: 80 },
  url: "https://blog.example.com",
  tokenSecretName: "token",
};
const selected = { app: "wordpress", tier: "cache" };
const labels = labelsOf("cache", "varnish");
const metadata = { name: "wordpress-cache", namespace: "blog", labels };
/** What its arguments lead to. */
const rules: VclSettings = {
  host: "wordpress",
  port: 80,
  site: "blog.example.com",
  ttlSeconds: 120,
  graceSeconds: 300,
  noncePageSeconds: 600,
  staleIfErrorSeconds: 86400,
  longestRequestSeconds: 60,
  maxObjectBytes: 4194304,
  passCookies: [],
  passPaths: [],
  tokenFile: "/run/secrets/page-cache/token",
};
const source = (name: string) =>
  readFileSync(new URL(`../../../../components/page-cache/files/${name}`, import.meta.url), "utf8");

const build = (changes: Partial<PageCacheArgs> = {}) =>
  record(() => new PageCache("cache", { ...args, ...changes }));

/** The only ConfigMap, whose name ends with a hash. */
const filesOf = ({ resource }: Awaited<ReturnType<typeof build>>): Manifest => resource("cache-files").inputs;

describe("PageCache", () => {
  it("is exactly these resources", async () => {
    const { resources: made } = await build();
    expect(made.map(({ type, name, options }) => `${type} ${name} < ${options.parent}`).sort()).to.deep.equal(
      [
        "kubernetes:apps/v1:Deployment cache-deployment < cache",
        "kubernetes:core/v1:ConfigMap cache-files < cache",
        "kubernetes:core/v1:Service cache-service < cache",
        "kubernetes:policy/v1:PodDisruptionBudget cache-pdb < cache",
        "wordpress:index:PageCache cache < ",
      ],
    );
  });

  it("is a Deployment that loses no replica to a rollout", async () => {
    const { object } = await build();
    const { spec, ...rest } = object("Deployment", "wordpress-cache");
    const { template, ...deployment } = spec;
    expect(rest).to.deep.equal({ apiVersion: "apps/v1", kind: "Deployment", metadata });
    expect(deployment).to.deep.equal({
      replicas: 2,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: 0 } },
      progressDeadlineSeconds: 300,
      selector: { matchLabels: selected },
    });
    expect(template.metadata).to.deep.equal({ labels });
  });

  it("is waited for as long as its rollout may take", async () => {
    const { waits } = await build({ replicas: 20 });
    expect(waits("cache-deployment")).to.deep.equal({ create: 420, update: 2 * 300 + 120, delete: 80 + 120 });
    expect(waits("cache-service").create).to.equal(2 * 300 + 120);
  });

  it("has restricted pods on different nodes that outlive the longest request", async () => {
    const recording = await build();
    const { containers, ...pod } = recording.object("Deployment", "wordpress-cache").spec.template.spec;
    expect(containers).to.have.length(2);
    expect(pod).to.deep.equal({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        runAsGroup: 1000,
        fsGroup: 1000,
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
      },
      terminationGracePeriodSeconds: 80,
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 100,
              podAffinityTerm: {
                labelSelector: { matchLabels: selected },
                topologyKey: "kubernetes.io/hostname",
                matchLabelKeys: ["pod-template-hash"],
              },
            },
          ],
        },
      },
      volumes: [
        { name: "files", configMap: { name: filesOf(recording).metadata.name } },
        { name: "token", secret: { secretName: "token", defaultMode: 0o440 } },
        { name: "work", emptyDir: { medium: "Memory", sizeLimit: "64Mi" } },
        { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
      ],
    });
  });

  const defaults = {
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    terminationMessagePolicy: "FallbackToLogsOnError",
  };

  it("runs Varnish with the storage asked for, on a port that needs no privilege", async () => {
    const { object } = await build();
    const ready = { httpGet: { path: "/-/cache-ready", port: "http" } };
    expect(object("Deployment", "wordpress-cache").spec.template.spec.containers[0]).to.deep.equal({
      name: "varnish",
      image: "varnish:9.1.0",
      command: [
        ...["varnishd", "-F", "-n", "/var/lib/varnish/varnishd", "-f", "/etc/page-cache/page-cache.vcl"],
        ...["-a", "http=:8080,HTTP", "-s", "default=malloc,93M", "-s", "Transient=malloc,28M"],
        ...["-p", "timeout_idle=120", "-p", "transit_buffer=1M", "-p", "vsl_space=16M"],
        ...["-p", "backend_remote_error_holddown=0", "-p", "max_retries=9"],
      ],
      ports: [{ name: "http", containerPort: 8080 }],
      resources: resourcesOf("500m", "256Mi", ["64Mi", "2112Mi"]),
      ...defaults,
      lifecycle: {
        preStop: {
          exec: {
            command: ["sh", "/etc/page-cache/leave.sh", "/var/lib/varnish/varnishd", "10", "60"],
          },
        },
      },
      startupProbe: { ...ready, periodSeconds: 1, failureThreshold: 60 },
      readinessProbe: { ...ready, periodSeconds: 5, failureThreshold: 2 },
      volumeMounts: [
        { name: "files", mountPath: "/etc/page-cache", readOnly: true },
        { name: "token", mountPath: "/run/secrets/page-cache", readOnly: true },
        { name: "work", mountPath: "/var/lib/varnish" },
        { name: "tmp", mountPath: "/tmp" },
      ],
    });
  });

  it("shows Varnish' counters by a container that reads them only", async () => {
    const recording = await build();
    expect(recording.object("Deployment", "wordpress-cache").spec.template.spec.containers[1]).to.deep.equal({
      name: "metrics",
      image: "varnish:9.1.0",
      command: ["perl", "/etc/page-cache/metrics.pl", "9131", "/var/lib/varnish/varnishd"],
      env: [{ name: "VSM_NOPID", value: "1" }],
      ports: [{ name: "metrics", containerPort: 9131 }],
      resources: resourcesOf("20m", "48Mi", ["16Mi", "128Mi"]),
      ...defaults,
      volumeMounts: [
        { name: "files", mountPath: "/etc/page-cache", readOnly: true },
        { name: "work", mountPath: "/var/lib/varnish", readOnly: true },
      ],
    });
    expect(filesOf(recording).data).to.have.property("metrics.pl", source("metrics.pl"));
  });

  it("has neither the container nor its script without metrics", async () => {
    const recording = await build({ metrics: { enabled: false } });
    expect(recording.object("Deployment", "wordpress-cache").spec.template.spec.containers).to.have.length(1);
    expect(Object.keys(filesOf(recording).data)).to.deep.equal(["leave.sh", "page-cache.vcl"]);
  });

  it("has other pods when the backend's address is another, though its name is the same", async () => {
    const annotations = async (clusterIP: string) => {
      const { object } = await build({ backend: { name: "wordpress", port: 80, clusterIP } });
      return object("Deployment", "wordpress-cache").spec.template.metadata.annotations;
    };
    const name = "wordpress.index/backend-address";
    expect(await annotations("10.96.0.7")).to.deep.equal({ [name]: "10.96.0.7" });
    expect(await annotations("10.96.0.8")).to.deep.equal({ [name]: "10.96.0.8" });
  });

  it("gives the pods rules made of its arguments, in a ConfigMap that never changes", async () => {
    const made = filesOf(await build({ backend: { name: "pages", port: 81 }, ttlSeconds: 77 }));
    const { data, immutable } = made;
    expect(immutable).to.equal(true);
    const vcl = pageCacheVcl({
      ...rules,
      host: "pages",
      port: 81,
      ttlSeconds: 77,
    });
    expect(data["page-cache.vcl"]).to.equal(vcl);
    expect(filesOf(await build()).data["page-cache.vcl"]).not.to.equal(vcl);
  });

  it("is reached through the Service wordpress-cache, which it tells when its pods are there", async () => {
    const { component, object } = await build();
    expect(object("Service", "wordpress-cache")).to.deep.equal({
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { selector: selected, ports: [{ name: "http", port: 80, targetPort: "http" }] },
    });
    expect(await resolved(component.serviceName)).to.equal("wordpress-cache");
    expect(await resolved(component.servicePort)).to.equal(80);
  });

  it("lets a drain take one pod at a time", async () => {
    const { object } = await build();
    expect(object("PodDisruptionBudget", "wordpress-cache")).to.deep.equal({
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata,
      spec: {
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: "AlwaysAllow",
        selector: { matchLabels: selected },
      },
    });
  });
});

describe("PurgeChannel", () => {
  const open = (existingSecretName?: string) =>
    record(() => new PurgeChannel("purge", { namespace: "blog", existingSecretName }));

  it("resolves to every pod of the cache, ready or not, and is not waited for", async () => {
    const { object, objectNames } = await open();
    expect(objectNames()).to.deep.equal(["Secret/wordpress-cache-token", "Service/wordpress-cache-pods"]);
    expect(object("Service", "wordpress-cache-pods")).to.deep.equal({
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name: "wordpress-cache-pods",
        namespace: "blog",
        labels,
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: {
        clusterIP: "None",
        publishNotReadyAddresses: true,
        selector: selected,
        ports: [{ name: "http", port: 8080, targetPort: "http" }],
      },
    });
  });

  it("makes a token and keeps it in a Secret", async () => {
    const { component, object, resource } = await open();
    expect(resource("purge-token").inputs).to.deep.equal({ length: 64, special: false });
    expect(object("Secret", "wordpress-cache-token").stringData).to.deep.equal({ token: generatedValue });
    expect(await resolved(component.tokenSecretName)).to.equal("wordpress-cache-token");
  });

  it("takes an existing Secret, and then generates nothing", async () => {
    const { component, objectNames, resources: made } = await open("vault");
    expect(objectNames()).to.deep.equal(["Service/wordpress-cache-pods"]);
    expect(made.filter(({ type }) => /Secret|RandomPassword/.test(type))).to.deep.equal([]);
    expect(await resolved(component.tokenSecretName)).to.equal("vault");
  });

  it("gives WordPress the plugin and all it reads", async () => {
    const { component } = await open();
    expect(component.plugins).to.deep.equal({ "page-cache.php": source("page-cache.php") });
    const [cache, file] = component.env as { name: string; value: never }[];
    expect([cache?.name, await resolved<string>(cache?.value as never)]).to.deep.equal([
      "PAGE_CACHE",
      "wordpress-cache-pods:8080",
    ]);
    expect(file).to.deep.equal({
      name: "PAGE_CACHE_TOKEN_FILE",
      value: "/run/secrets/wordpress/page-cache/token",
    });
    expect(component.volumeMount).to.deep.equal({
      name: component.volume.name,
      mountPath: "/run/secrets/wordpress/page-cache",
      readOnly: true,
    });
    for (const { name } of component.env) expect(source("page-cache.php")).to.include(`getenv('${name}')`);
  });
});

describe("pageCacheVcl", () => {
  const vcl = (changes: Partial<VclSettings> = {}) => pageCacheVcl({ ...rules, ...changes });

  /** The one regular expression a line of the rules holds. */
  const pattern = (text: string, before: string) => {
    const line = text.split("\n").find((each) => each.includes(before)) ?? "";
    const [, flags, body] = /"(\(\?i\))?(.+?)"[,)]/.exec(line.slice(line.indexOf(before))) ?? [];
    return new RegExp(body as string, flags ? "i" : "");
  };

  it("leaves no placeholder, and puts every figure into its place", () => {
    const text = vcl({ ttlSeconds: 11, graceSeconds: 22, staleIfErrorSeconds: 33, maxObjectBytes: 44 });
    expect(text).not.to.match(/@\w+@/);
    expect(text).to.include('.host = "wordpress";\n  .port = "80";');
    expect(text).to.include("set beresp.ttl = 11s;");
    expect(text).to.include("set req.grace = 22s;");
    expect(text).to.include("set req.grace = 33s;");
    expect(text).to.include("set beresp.grace = 33s;");
    expect(text).to.include("Content-Length, 0) > 44 ||");
    expect(text).to.include('set req.http.Host = "blog.example.com";');
    expect(text).to.include('std.fileread("/run/secrets/page-cache/token")');
  });

  it("knows the cookies of somebody from those of anybody", () => {
    const cookies = pattern(vcl({ passCookies: ["cart.v2"] }), "req.http.Cookie ~");
    const somebody = [
      "wordpress_logged_in_ab=1",
      "a=1; wordpress_sec_ab=1",
      "a=1;wp-postpass_ab=1",
      "cart.v2=1",
    ];
    const anybody = [
      "wordpress_test_cookie=1",
      "_ga=1",
      "my_wordpress_logged_in=1",
      "cartXv2=1",
      "a=wp-postpass_b",
    ];
    expect(somebody.filter((cookie) => !cookies.test(cookie))).to.deep.equal([]);
    expect(anybody.filter((cookie) => cookies.test(cookie))).to.deep.equal([]);
  });

  it("knows the addresses that are somebody's", () => {
    const paths = pattern(vcl({ passPaths: ["/club/room.a"] }), "req.url ~");
    const somebody = [
      "/wp-admin/",
      "/wp-login.php?x",
      "/xmlrpc.php",
      "/cart",
      "/club/room.a",
      "/club/room.a/b",
    ];
    const anybody = [
      "/",
      "/wp-content/a.css",
      "/carton/",
      "/blog/cart/",
      "/club/",
      "/club/room.ab",
      "/club/roomXa",
    ];
    expect(somebody.filter((path) => !paths.test(path))).to.deep.equal([]);
    expect(anybody.filter((path) => paths.test(path))).to.deep.equal([]);
  });
});
