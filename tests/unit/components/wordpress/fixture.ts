import { WordPress, type WordPressArgs } from "../../../../components/wordpress/index.ts";
import { record } from "../harness.ts";

export const labels = { app: "wordpress", tier: "frontend" };

export const resources = {
  requests: { cpu: "200m", memory: "512Mi" },
  limits: { cpu: "200m", memory: "512Mi" },
};

/** A WordPress without any option. */
export const args: WordPressArgs = {
  namespace: "blog",
  image: "wordpress:7.1.0-php8.4-apache",
  content: "shared",
  url: "https://blog.example.com",
  database: {
    host: "db.example.com",
    port: 3307,
    database: "site",
    user: "writer",
    secretName: "db-secret",
    passwordKey: "app-password",
  },
  provisionAfter: [],
  admin: { user: "root", email: "root@example.com", title: "A Blog" },
  storage: { size: "2Gi", accessMode: "ReadWriteMany", storageClassName: "shared" },
  resources,
  replicas: 3,
  strategy: "RollingUpdate",
  antiAffinity: "soft",
  topologySpreadConstraints: [],
  maxUnavailable: 1,
  preStopSleepSeconds: 20,
  terminationGracePeriodSeconds: 90,
  progressDeadlineSeconds: 300,
  provisionDeadlineSeconds: 900,
  livenessProbe: false,
  php: { memoryLimitMebibytes: 128, uploadMaxMebibytes: 64, maxExecutionSeconds: 60, extraIni: [] },
  persistentConnections: true,
  maxRequestWorkers: 8,
  cronSchedule: "*/5 * * * *",
  xmlrpc: false,
  trustedProxies: [],
  extraEnv: [],
  extraConfig: [],
  extraVolumes: [],
  extraVolumeMounts: [],
  sidecars: [],
  protectData: false,
};

/** Builds it under mocks, with some arguments changed. */
export const build = (changes: Partial<WordPressArgs> = {}) =>
  record(() => new WordPress("wp", { ...args, ...changes }));
