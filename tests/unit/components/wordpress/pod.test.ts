import { expect } from "chai";
import { saltKey, saltNames } from "../../../../components/wordpress/environment.ts";
import type { WordPressArgs } from "../../../../components/wordpress/index.ts";
import { type Manifest, resourcesOf } from "../harness.ts";
import { args, build, selected } from "./fixture.ts";

interface Pods {
  serving: Manifest;
  provision: Manifest;
  cron: Manifest;
  filesName: string;
}

/** The pod specs of the three workloads. */
async function pods(changes: Partial<WordPressArgs> = {}): Promise<Pods> {
  const { object, resource } = await build(changes);
  const { metadata } = resource("wp-files").inputs as { metadata: { name: string } };
  return {
    serving: object("Deployment", "wordpress").spec.template.spec,
    provision: (resource("wp-provision").inputs as Manifest).spec.template.spec,
    cron: object("CronJob", "wordpress-cron").spec.jobTemplate.spec.template.spec,
    filesName: metadata.name,
  };
}

const securityContext = {
  runAsNonRoot: true,
  runAsUser: 33,
  runAsGroup: 33,
  fsGroup: 33,
  fsGroupChangePolicy: "OnRootMismatch",
  seccompProfile: { type: "RuntimeDefault" },
  sysctls: [
    { name: "net.ipv4.ip_unprivileged_port_start", value: "0" },
    { name: "net.ipv4.tcp_keepalive_time", value: "15" },
    { name: "net.ipv4.tcp_keepalive_intvl", value: "5" },
    { name: "net.ipv4.tcp_keepalive_probes", value: "3" },
  ],
};
const evenSpread = {
  maxSkew: 1,
  topologyKey: "kubernetes.io/hostname",
  whenUnsatisfiable: "ScheduleAnyway",
  matchLabelKeys: ["pod-template-hash"],
  labelSelector: { matchLabels: { app: "wordpress", tier: "frontend" } },
};

const restricted = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};
const siteTerm = { labelSelector: { matchLabels: selected }, topologyKey: "kubernetes.io/hostname" };
const defined = (name: string, value: string) => `defined('${name}') || define('${name}', ${value});`;
const constants = [
  defined("WP_HOME", "'https://blog.example.com'"),
  defined("WP_SITEURL", "'https://blog.example.com'"),
  defined("FORCE_SSL_ADMIN", "true"),
  defined("DISABLE_WP_CRON", "true"),
  defined("DISALLOW_FILE_EDIT", "true"),
  defined("WP_AUTO_UPDATE_CORE", "false"),
];
/** The lines of the config are a text of their own. */
const extraConfig = "eval('?>' . file_get_contents('/etc/wordpress/extra-config.php'));";
const saltFiles = {
  WORDPRESS_AUTH_KEY_FILE: "auth-key",
  WORDPRESS_AUTH_SALT_FILE: "auth-salt",
  WORDPRESS_SECURE_AUTH_KEY_FILE: "secure-auth-key",
  WORDPRESS_SECURE_AUTH_SALT_FILE: "secure-auth-salt",
  WORDPRESS_LOGGED_IN_KEY_FILE: "logged-in-key",
  WORDPRESS_LOGGED_IN_SALT_FILE: "logged-in-salt",
  WORDPRESS_NONCE_KEY_FILE: "nonce-key",
  WORDPRESS_NONCE_SALT_FILE: "nonce-salt",
};
const env = [
  { name: "WORDPRESS_DB_HOST", value: "db.example.com:3307" },
  { name: "WORDPRESS_DB_NAME", value: "site" },
  { name: "WORDPRESS_DB_USER", value: "writer" },
  { name: "WORDPRESS_DB_PASSWORD_FILE", value: "/run/secrets/wordpress/database/password" },
  { name: "WORDPRESS_SITE_URL", value: "https://blog.example.com" },
  { name: "WORDPRESS_SERVICE", value: "wordpress" },
  ...Object.entries(saltFiles).map(([name, key]) => ({
    name,
    value: `/run/secrets/wordpress/salts/${key}`,
  })),
  { name: "MAGICK_MEMORY_LIMIT", value: "128MiB" },
  { name: "MAGICK_DISK_LIMIT", value: "384MiB" },
  { name: "MAGICK_MAP_LIMIT", value: "384MiB" },
  { name: "MAGICK_THREAD_LIMIT", value: "1" },
  { name: "WORDPRESS_DB_PERSISTENT", value: "1" },
  { name: "WORDPRESS_CONFIG_EXTRA", value: constants.join("\n") },
];
const commonMounts = [
  { name: "files", mountPath: "/etc/wordpress", readOnly: true },
  {
    name: "files",
    mountPath: "/etc/apache2/conf-enabled/zz-wordpress.conf",
    subPath: "apache.conf",
    readOnly: true,
  },
  {
    name: "files",
    mountPath: "/etc/apache2/conf-available/remoteip.conf",
    subPath: "remoteip.conf",
    readOnly: true,
  },
  {
    name: "files",
    mountPath: "/usr/local/etc/php/conf.d/zz-wordpress.ini",
    subPath: "php.ini",
    readOnly: true,
  },
  { name: "database", mountPath: "/run/secrets/wordpress/database", readOnly: true },
  { name: "salts", mountPath: "/run/secrets/wordpress/salts", readOnly: true },
  { name: "run", mountPath: "/var/run/apache2" },
  { name: "run", mountPath: "/var/lock/apache2" },
  { name: "tmp", mountPath: "/tmp" },
];
const sharedMounts = [{ name: "content", mountPath: "/var/www/html", subPath: "html" }, ...commonMounts];
const imageMounts = [
  { name: "code", mountPath: "/var/www/html", readOnly: true },
  { name: "content", mountPath: "/var/www/html/wp-content/uploads", subPath: "html/wp-content/uploads" },
  ...commonMounts,
];
const secretVolume = (name: string, secretName: string, items?: unknown[]) => ({
  name,
  secret: { secretName, defaultMode: 0o440, ...(items ? { items } : {}) },
});
/** Volumes of every pod; `code` is between content and files when the code comes from the image. */
const volumes = (filesName: string, ...code: unknown[]) => [
  { name: "content", persistentVolumeClaim: { claimName: "wordpress-pvc" } },
  ...code,
  { name: "files", configMap: { name: filesName } },
  secretVolume("database", "db-secret", [{ key: "app-password", path: "password" }]),
  secretVolume("salts", "wordpress-salts"),
  { name: "run", emptyDir: { sizeLimit: "16Mi" } },
  { name: "tmp", emptyDir: { sizeLimit: "2736Mi" } },
];
const ready = { httpGet: { path: "/-/ready", port: "ready" } };
const container = {
  name: "wordpress",
  image: "wordpress:7.1.0-php8.4-apache",
  env,
  resources: resourcesOf("200m", "1Gi", ["256Mi", "4784Mi"]),
  securityContext: restricted,
  terminationMessagePolicy: "FallbackToLogsOnError",
  volumeMounts: sharedMounts,
};
const isolated = { automountServiceAccountToken: false, enableServiceLinks: false };

describe("WordPress' serving pod", () => {
  it("is exactly this", async () => {
    const { serving, filesName } = await pods();
    expect(serving).to.deep.equal({
      ...isolated,
      securityContext,
      volumes: volumes(filesName),
      terminationGracePeriodSeconds: 90,
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 100, podAffinityTerm: { ...siteTerm, matchLabelKeys: ["pod-template-hash"] } },
          ],
        },
      },
      topologySpreadConstraints: [evenSpread],
      containers: [
        {
          ...container,
          ports: [
            { name: "http", containerPort: 80 },
            { name: "ready", containerPort: 81 },
          ],
          lifecycle: { preStop: { sleep: { seconds: 20 } } },
          startupProbe: { ...ready, timeoutSeconds: 5, periodSeconds: 2, failureThreshold: 150 },
          readinessProbe: {
            ...ready,
            timeoutSeconds: 24,
            initialDelaySeconds: 5,
            periodSeconds: 5,
            failureThreshold: 3,
          },
        },
      ],
    });
  });

  it("holds no secret value, only files' places", async () => {
    const { serving } = await pods();
    const withSecretsInEnv = serving.containers[0].env.filter(
      ({ name, valueFrom }: { name: string; valueFrom?: unknown }) =>
        valueFrom !== undefined || (/PASSWORD|KEY|SALT/.test(name) && !name.endsWith("_FILE")),
    );
    expect(withSecretsInEnv).to.deep.equal([]);
  });

  it("may not share a node with another under hard anti-affinity", async () => {
    const { serving } = await pods({ antiAffinity: "hard" });
    expect(serving.affinity).to.deep.equal({
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [siteTerm] },
    });
  });

  it("is restarted when it stops answering, if that is asked for", async () => {
    const { serving } = await pods({ livenessProbe: true });
    expect(serving.containers[0].livenessProbe).to.deep.equal({
      tcpSocket: { port: "http" },
      periodSeconds: 10,
      failureThreshold: 6,
    });
  });

  it("is spread as asked", async () => {
    const constraint = {
      maxSkew: 1,
      topologyKey: "topology.kubernetes.io/zone",
      whenUnsatisfiable: "ScheduleAnyway",
    };
    const { serving } = await pods({
      topologySpreadConstraints: [constraint],
    });
    expect(serving.topologySpreadConstraints).to.deep.equal([
      evenSpread,
      { ...constraint, labelSelector: { matchLabels: selected } },
    ]);
  });

  it("takes sleep and grace from its arguments", async () => {
    const { serving } = await pods({ preStopSleepSeconds: 2, terminationGracePeriodSeconds: 70 });
    expect(serving.containers[0].lifecycle).to.deep.equal({ preStop: { sleep: { seconds: 2 } } });
    expect(serving.terminationGracePeriodSeconds).to.equal(70);
  });

  it("gets the variables, wp-config lines, volumes and sidecars added by config", async () => {
    const sidecar = { name: "exporter", image: "exporter:1" };
    const { serving, provision } = await pods({
      extraEnv: [{ name: "DEBUG", value: "1" }],
      extraConfig: ["define('WP_DEBUG', true);"],
      extraVolumes: [{ name: "scratch", emptyDir: {} }],
      extraVolumeMounts: [{ name: "scratch", mountPath: "/scratch" }],
      sidecars: [sidecar],
    });
    // First, so that they may define what ours would.
    const configLines = [extraConfig, ...constants].join("\n");
    expect(serving.containers[0].env).to.deep.equal([
      ...env.slice(0, -1),
      { name: "WORDPRESS_CONFIG_EXTRA", value: configLines },
      { name: "DEBUG", value: "1" },
    ]);
    expect(serving.volumes.at(-1)).to.deep.equal({ name: "scratch", emptyDir: {} });
    expect(serving.containers[0].volumeMounts.at(-1)).to.deep.equal({
      name: "scratch",
      mountPath: "/scratch",
    });
    expect(serving.containers).to.have.length(2);
    expect(serving.containers[1]).to.deep.equal(sidecar);
    // A sidecar would keep a Job from ending.
    expect(provision.containers).to.have.length(1);
  });
});

describe("WordPress' command pods", () => {
  const installerEnv = [
    { name: "WORDPRESS_CONTENT", value: "shared" },
    { name: "WORDPRESS_EXTENSIONS", value: '{"plugins":[],"themes":[]}' },
    { name: "WORDPRESS_SITE_TITLE", value: "A Blog" },
    { name: "WORDPRESS_SITE_LANGUAGE", value: "en_US" },
    { name: "WORDPRESS_SITE_TIMEZONE", value: "UTC" },
    { name: "WORDPRESS_SITE_PERMALINKS", value: "/%year%/%monthnum%/%day%/%postname%/" },
    { name: "WORDPRESS_ADMIN_USER", value: "root" },
    { name: "WORDPRESS_ADMIN_EMAIL", value: "root@example.com" },
    { name: "WORDPRESS_ADMIN_PASSWORD_FILE", value: "/run/secrets/wordpress/admin/password" },
  ];
  const adminMount = { name: "admin", mountPath: "/run/secrets/wordpress/admin", readOnly: true };

  it("install with the same image and the same files, the installer's settings and no ports or probes", async () => {
    const { provision, filesName } = await pods();
    expect(provision).to.deep.equal({
      ...isolated,
      restartPolicy: "Never",
      securityContext,
      containers: [
        {
          ...container,
          command: ["bash", "/etc/wordpress/provision.sh"],
          env: [...env, ...installerEnv],
          volumeMounts: [...sharedMounts, adminMount],
        },
      ],
      volumes: [...volumes(filesName), secretVolume("admin", "wordpress-admin")],
    });
  });

  it("install the plugins and themes declared, from wordpress.org where nothing else is said", async () => {
    const sha256 = "0".repeat(64);
    const url = "https://example.com/plain.zip";
    const { provision, serving } = await pods({
      plugins: [{ slug: "greeting", version: "1.0", sha256 }],
      themes: [{ slug: "plain", version: "2.0", sha256, url, activate: false }],
    });
    const told = ({ containers: [{ env: variables }] }: Manifest) =>
      variables.find(({ name }: Manifest) => name === "WORDPRESS_EXTENSIONS");
    const official = "https://downloads.wordpress.org/plugin/greeting.1.0.zip";
    expect(JSON.parse(told(provision).value)).to.deep.equal({
      plugins: [{ slug: "greeting", activate: true, version: "1.0", sha256, url: official }],
      themes: [{ slug: "plain", activate: false, version: "2.0", sha256, url }],
    });
    expect(told(serving)).to.equal(undefined);
    const { provision: activating } = await pods({ content: "image", plugins: [{ slug: "greeting" }] });
    expect(JSON.parse(told(activating).value).plugins).to.deep.equal([{ slug: "greeting", activate: true }]);
  });

  it("are told a title in which the kubelet would fill something in", async () => {
    const title = "Big $$ for $(HOME)";
    const { provision } = await pods({ admin: { ...args.admin, title } });
    const value = (wanted: string) =>
      provision.containers[0].env.find(({ name }: { name: string }) => name === wanted).value;
    // As the kubelet reads it: $$ for $, and $(NAME) where one $ is left.
    const read = (text: string) =>
      text.replaceAll(/\$\$|\$\(\w+\)/g, (found) => (found === "$$" ? "$" : "filled in"));
    expect(read(value("WORDPRESS_SITE_TITLE"))).to.equal(title);
  });

  it("run cron without the installer's settings and without the administrator's password", async () => {
    const { cron, filesName } = await pods();
    expect(cron).to.deep.equal({
      ...isolated,
      restartPolicy: "Never",
      securityContext,
      containers: [{ ...container, command: ["php", "/etc/wordpress/cron.php"] }],
      volumes: volumes(filesName),
    });
  });

  it("alone of all pods are told the administrator's password, when they install", async () => {
    const admin = { ...args.admin, existingSecretName: "own-admin" };
    const { serving, provision, cron } = await pods({ admin });
    const told = (pod: Manifest) =>
      /WORDPRESS_ADMIN|own-admin|wordpress\/admin/.test(JSON.stringify([pod.containers, pod.volumes]));
    expect([serving, provision, cron].map(told)).to.deep.equal([false, true, false]);
    expect(provision.volumes.at(-1)).to.deep.equal(secretVolume("admin", "own-admin"));
  });

  it("run beside the serving pods when the volume is for one node", async () => {
    const { provision, cron } = await pods({
      storage: { ...args.storage, accessMode: "ReadWriteOnce" },
      replicas: 1,
      strategy: "Recreate",
      autoscaling: { enabled: false },
    });
    for (const pod of [provision, cron]) {
      expect(pod.affinity).to.deep.equal({
        podAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: siteTerm }],
        },
      });
    }
  });
});

describe("WordPress with a mail server", () => {
  const smtp = { host: "smtp.example.com", fromAddress: "blog@example.com" };
  const told = (list: { name: string; value: string }[]) =>
    Object.fromEntries(
      list
        .filter(({ name }) => name.startsWith("WORDPRESS_SMTP_"))
        .map(({ name, value }) => [name.slice(15), value]),
    );

  it("tells every pod of it, and mounts the password and nothing else of its Secret", async () => {
    const login = { user: "blog", secretName: "mail", passwordKey: "smtp-password" };
    const { serving, provision, cron } = await pods({ smtp: { ...smtp, ...login, fromName: "A Blog" } });
    for (const { containers, volumes: all } of [serving, provision, cron]) {
      expect(told(containers[0].env)).to.deep.equal({
        HOST: "smtp.example.com",
        PORT: "587",
        TLS: "starttls",
        USER: "blog",
        PASSWORD_FILE: "/run/secrets/wordpress/smtp/password",
        FROM: "blog@example.com",
        FROM_NAME: "A Blog",
      });
      const mountPath = "/run/secrets/wordpress/smtp";
      expect(containers[0].volumeMounts).to.deep.include({ name: "smtp", mountPath, readOnly: true });
      const items = [{ key: "smtp-password", path: "password" }];
      expect(all).to.deep.include({
        name: "smtp",
        secret: { secretName: "mail", defaultMode: 0o440, items },
      });
    }
  });

  it("takes the port from the kind of TLS", async () => {
    for (const [tls, port] of [
      ["implicit", "465"],
      ["none", "25"],
    ] as const) {
      const { serving } = await pods({ smtp: { ...smtp, tls } });
      const [{ env: given, volumeMounts }] = serving.containers;
      expect(told(given)).to.deep.equal({
        ...{ HOST: "smtp.example.com", PORT: port, TLS: tls },
        FROM: "blog@example.com",
      });
      expect(JSON.stringify(volumeMounts)).not.to.include("smtp");
    }
    const { serving } = await pods({ smtp: { ...smtp, port: 2525, certificateAuthority: "PEM" } });
    expect(told(serving.containers[0].env)).to.include({
      PORT: "2525",
      CA_FILE: "/etc/wordpress/smtp-ca.crt",
    });
  });
});

describe("WordPress without the internet", () => {
  it("has every call out fail at once, in every pod", async () => {
    const { serving, provision, cron } = await pods({ internetAccess: false });
    const lines = [...constants, defined("WP_HTTP_BLOCK_EXTERNAL", "true")];
    for (const pod of [serving, provision, cron]) {
      expect(pod.containers[0].env).to.deep.include({
        name: "WORDPRESS_CONFIG_EXTRA",
        value: lines.join("\n"),
      });
    }
  });
});

describe("WordPress with a connection for each page", () => {
  it("has no pod that keeps one", async () => {
    const { serving, provision, cron } = await pods({ persistentConnections: false });
    for (const pod of [serving, provision, cron]) {
      const names = pod.containers[0].env.map(({ name }: { name: string }) => name);
      expect(names).to.include("WORDPRESS_CONFIG_EXTRA").and.not.to.include("WORDPRESS_DB_PERSISTENT");
    }
  });
});

describe("WordPress with an authority for the database's certificate", () => {
  it("asks for TLS, in wp-config.php and in its own scripts", async () => {
    const database = { ...args.database, certificateAuthority: "-----BEGIN CERTIFICATE-----" };
    const { serving, provision, cron } = await pods({ database, extraConfig: ["define('A', 1);"] });
    const flags = "MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT";
    const lines = [extraConfig, ...constants, defined("MYSQL_CLIENT_FLAGS", flags)];
    const expected = [
      ...env.slice(0, -2),
      { name: "WORDPRESS_DB_TLS", value: "1" },
      { name: "WORDPRESS_DB_PERSISTENT", value: "1" },
      { name: "WORDPRESS_CONFIG_EXTRA", value: lines.join("\n") },
    ];
    for (const pod of [serving, provision, cron]) {
      expect(pod.containers[0].env.slice(0, expected.length)).to.deep.equal(expected);
    }
  });
});

describe("WordPress with the authority in a Secret", () => {
  it("asks for TLS, and mounts the authority and nothing else of that Secret", async () => {
    const database = { ...args.database, certificateAuthoritySecretName: "db-tls" };
    const { serving, provision, cron } = await pods({ database });
    for (const pod of [serving, provision, cron]) {
      const [{ env: given, volumeMounts }] = pod.containers;
      expect(given).to.deep.include({ name: "WORDPRESS_DB_TLS", value: "1" });
      expect(JSON.stringify(given)).to.include("MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT");
      expect(volumeMounts).to.deep.include({
        name: "database-ca",
        mountPath: "/run/secrets/wordpress/database-ca",
        readOnly: true,
      });
      expect(pod.volumes).to.deep.include(
        secretVolume("database-ca", "db-tls", [{ key: "ca.crt", path: "ca.crt" }]),
      );
    }
  });
});

describe("WordPress with content: image", () => {
  it("unpacks the image's code into a volume of the pod that is then read-only, uploads on the claim", async () => {
    const { serving, provision, cron, filesName } = await pods({ content: "image" });
    for (const pod of [serving, provision, cron]) {
      expect(pod.initContainers).to.deep.equal([
        {
          ...container,
          name: "unpack",
          command: ["bash", "/etc/wordpress/unpack.sh", "fresh"],
          env: imageEnv(pod.initContainers[0].env),
          volumeMounts: [
            { name: "code", mountPath: "/var/www/html" },
            { name: "tmp", mountPath: "/tmp" },
            { name: "files", mountPath: "/etc/wordpress", readOnly: true },
          ],
        },
      ]);
      expect(pod.containers[0].volumeMounts.slice(0, imageMounts.length)).to.deep.equal(imageMounts);
    }
    expect(serving.volumes).to.deep.equal(
      volumes(filesName, { name: "code", emptyDir: { sizeLimit: "1Gi" } }),
    );
  });

  it("turns file modifications off", async () => {
    const { serving } = await pods({ content: "image" });
    expect(imageEnv(serving.containers[0].env)).to.have.length(env.length);
  });

  it("makes no init container for content: shared", async () => {
    const { serving, provision, cron } = await pods();
    for (const pod of [serving, provision, cron]) expect(pod).not.to.have.property("initContainers");
  });

  /** The variables, once wp-config's lines were seen to forbid file modifications. */
  function imageEnv(given: { name: string; value: string }[]) {
    const expected = [
      ...env.slice(0, -1),
      {
        name: "WORDPRESS_CONFIG_EXTRA",
        value: [...constants, defined("DISALLOW_FILE_MODS", "true")].join("\n"),
      },
    ];
    expect(given).to.deep.equal(expected);
    return expected;
  }
});

describe("salts", () => {
  it("are the eight WordPress knows, each under its own key", () => {
    expect(saltNames.map((salt) => [`WORDPRESS_${salt}_FILE`, saltKey(salt)])).to.deep.equal(
      Object.entries(saltFiles),
    );
  });
});
