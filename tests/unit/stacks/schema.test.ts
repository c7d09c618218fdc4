import { expect } from "chai";
import { withDefaults } from "../../../components/defaults.ts";
import { parseConfig } from "../../../stacks/config.ts";
import { siteDefaults } from "../../../stacks/defaults.ts";

describe("defaults", () => {
  // Names and figures are a contract: a changed name is a new object, and an old one with data left behind.
  it("are these", () => {
    expect(parseConfig({ site: { url: "https://blog.example.com" } })).to.deep.equal({
      namespace: "kube-example",
      createNamespace: true,
      protectData: false,
      preflight: true,
      verify: true,
      site: {
        url: "https://blog.example.com",
        aliases: [],
        title: "WordPress",
        adminUser: "admin",
        adminEmail: "admin@example.com",
        language: "en_US",
        timezone: "UTC",
        permalinks: "/%year%/%monthnum%/%day%/%postname%/",
      },
      existingSecrets: {},
      storage: {
        type: "rook",
        sharedClassName: "csi-cephfs",
        blockClassName: "rook-ceph-block",
        snapshots: false,
        rook: {
          namespace: "rook-ceph",
          operatorNamespace: "rook-ceph",
          clusterID: "rook-ceph",
          filesystem: "myfs",
          blockPool: "replicapool",
          manage: true,
          replicas: 3,
          failureDomain: "host",
          activeCount: 1,
          activeStandby: true,
        },
      },
      mysql: {
        mode: "standalone",
        image: "mysql:8.4.10",
        database: "wordpress",
        user: "wordpress",
        storage: { size: "20Gi" },
        resources: {
          requests: { cpu: "500m", memory: "1Gi", ephemeralStorage: "128Mi" },
          limits: { cpu: "500m", memory: "1Gi" },
        },
        tls: false,
        extraConfig: [],
        maxUnavailable: 1,
        startDeadlineSeconds: 600,
        terminationGracePeriodSeconds: 300,
        tmpSize: "4Gi",
      },
      wordpress: {
        image: "wordpress:7.1.0-php8.4-apache",
        content: "shared",
        plugins: [],
        themes: [],
        replicas: 3,
        strategy: "RollingUpdate",
        antiAffinity: "soft",
        topologySpreadConstraints: [],
        storage: { size: "2Gi", accessMode: "ReadWriteMany" },
        resources: {
          requests: { cpu: "200m", memory: "1Gi", ephemeralStorage: "256Mi" },
          limits: { cpu: "200m", memory: "1Gi" },
        },
        autoscaling: {
          enabled: true,
          minReplicas: 3,
          maxReplicas: 6,
          targetCPUUtilizationPercentage: 20,
        },
        maxUnavailable: 1,
        preStopSleepSeconds: 20,
        terminationGracePeriodSeconds: 90,
        progressDeadlineSeconds: 300,
        provisionDeadlineSeconds: 900,
        livenessProbe: false,
        php: { memoryLimit: "128Mi", uploadMaxSize: "64Mi", maxExecutionSeconds: 60, extraIni: [] },
        persistentConnections: true,
        cron: { schedule: "*/5 * * * *" },
        xmlrpc: false,
        extraEnv: [],
        extraConfig: [],
        extraVolumes: [],
        extraVolumeMounts: [],
        sidecars: [],
      },
      pageCache: {
        enabled: false,
        image: "varnish:9.1.0",
        replicas: 2,
        resources: {
          requests: { cpu: "500m", memory: "256Mi", ephemeralStorage: "64Mi" },
          limits: { cpu: "500m", memory: "256Mi" },
        },
        ttlSeconds: 120,
        graceSeconds: 300,
        staleIfErrorSeconds: 86400,
        noncePageSeconds: 600,
        maxObjectSize: "4Mi",
        passCookies: [],
        passPaths: [],
        metrics: { enabled: true },
        tmpSize: "64Mi",
      },
      route: {
        entryPoints: { web: "web", websecure: "websecure" },
        tls: { source: "certResolver", certResolver: "ali" },
        hsts: { seconds: 31536000, includeSubdomains: false },
        contentSecurityPolicyReportOnly: true,
        loginRequestsPerMinute: 30,
        xmlrpcRequestsPerMinute: 30,
        trustedProxies: [],
      },
      network: {
        policies: true,
        internetEgress: false,
        traefik: { namespace: "traefik", cidrs: [] },
        dnsCidrs: [],
        extraEgress: [],
        extraIngress: [],
      },
    });
  });

  it("take Traefik's names as they are written", () => {
    const site = { url: "https://blog.example.com" };
    for (const certResolver of ["letsEncrypt", "le_prod", "le.prod-1"]) {
      const route = {
        tls: { certResolver },
        entryPoints: { web: "Web_1", websecure: "webSecure" },
        ingressClass: "traefik-public",
      };
      const parsed = parseConfig({ site, route }).route;
      expect(parsed).to.deep.include({ entryPoints: route.entryPoints, ingressClass: "traefik-public" });
      expect(parsed.tls.certResolver).to.equal(certResolver);
    }
    for (const certResolver of ["", "le prod", "le@file"]) {
      expect(() => parseConfig({ site, route: { tls: { certResolver } } })).to.throw(/certResolver/);
    }
  });

  it("leave it to WordPress who may frame a page", () => {
    const site = { url: "https://blog.example.com" };
    const policyOf = (contentSecurityPolicy: string) =>
      parseConfig({ site, route: { contentSecurityPolicy } }).route.contentSecurityPolicy;
    const policy = "default-src 'self'; img-src * data:";
    expect(policyOf(policy)).to.equal(policy);
    expect(() => policyOf("default-src 'self'; frame-ancestors 'self'")).to.throw(/frame-ancestors/);
    expect(() => policyOf("a\nb")).to.throw(/one line/);
  });

  it("are the components' own", () => {
    const site = { url: "https://blog.example.com" };
    const { preflight: _, verify: __, ...config } = parseConfig({ site });
    // Nothing that a component has by default is changed or left out by the config.
    expect(withDefaults(config, siteDefaults)).to.deep.equal(withDefaults({ site }, siteDefaults));
  });
});
