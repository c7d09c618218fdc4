import { expect } from "chai";
import { parseConfig } from "../../../stacks/config.ts";

describe("defaults", () => {
  // Names and figures are a contract: a changed name is a new object, and an old one with data left behind.
  it("are these", () => {
    expect(parseConfig({ site: { url: "https://blog.example.com" } })).to.deep.equal({
      namespace: "kube-example",
      protectData: false,
      preflight: true,
      site: {
        url: "https://blog.example.com",
        aliases: [],
        title: "WordPress",
        adminUser: "admin",
        adminEmail: "admin@example.com",
      },
      existingSecrets: {},
      storage: {
        type: "rook",
        sharedClassName: "csi-cephfs",
        blockClassName: "rook-ceph-block",
        snapshots: false,
        rook: {
          namespace: "rook-ceph",
          clusterID: "rook-ceph",
          filesystem: "myfs",
          blockPool: "replicapool",
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
          requests: { cpu: "500m", memory: "1Gi" },
          limits: { cpu: "500m", memory: "1Gi" },
        },
        tls: false,
        terminationGracePeriodSeconds: 300,
      },
      wordpress: {
        image: "wordpress:7.1.0-php8.4-apache",
        content: "shared",
        replicas: 3,
        strategy: "RollingUpdate",
        antiAffinity: "soft",
        topologySpreadConstraints: [],
        storage: { size: "2Gi", accessMode: "ReadWriteMany" },
        resources: {
          requests: { cpu: "200m", memory: "512Mi" },
          limits: { cpu: "200m", memory: "512Mi" },
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
          requests: { cpu: "500m", memory: "256Mi" },
          limits: { cpu: "500m", memory: "256Mi" },
        },
        ttlSeconds: 120,
        graceSeconds: 300,
        staleIfErrorSeconds: 86400,
        maxObjectSize: "4Mi",
        passCookies: [],
        passPaths: [],
        metrics: { enabled: true },
      },
      route: {
        entryPoints: { web: "web", websecure: "websecure" },
        tls: { source: "certResolver", certResolver: "ali" },
        hsts: { seconds: 31536000, includeSubdomains: false },
        loginRequestsPerMinute: 30,
        trustedProxies: [],
      },
      network: {
        policies: true,
        internetEgress: false,
        traefik: { namespace: "traefik", cidrs: [] },
        dnsCidrs: [],
      },
    });
  });
});
