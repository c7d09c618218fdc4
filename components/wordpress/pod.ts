import type * as k8s from "@pulumi/kubernetes/types/input.js";
import * as pulumi from "@pulumi/pulumi";
import { containerDefaults, isolatedPod, onDifferentNodes, restrictedPod, tierLabels } from "../pods.ts";
import type { Database, WordPressArgs } from "./args.ts";
import { authorityFolder, filePlaces } from "./files.ts";

/** www-data in the Debian variants of the official image. */
const uid = 33;

/** The eight keys and salts, as WordPress and the official image name them. */
export const saltNames = ["AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE"].flatMap((use) => [
  `${use}_KEY`,
  `${use}_SALT`,
]);

/** A salt's key in its Secret: `AUTH_KEY` is kept as `auth-key`. */
export function saltKey(salt: string): string {
  return salt.toLowerCase().replaceAll("_", "-");
}

/** Objects the pods take their files and secrets from. */
export interface PodSources {
  claimName: pulumi.Input<string>;
  filesName: pulumi.Input<string>;
  adminSecretName: pulumi.Input<string>;
  saltsSecretName: pulumi.Input<string>;
}

/** The pod of the site itself. */
export function servingPod(args: WordPressArgs, sources: PodSources): k8s.core.v1.PodTemplateSpec {
  const labels = tierLabels("frontend");
  return {
    metadata: { labels },
    spec: {
      ...basePod(args, sources),
      terminationGracePeriodSeconds: args.terminationGracePeriodSeconds,
      priorityClassName: args.priorityClassName,
      affinity: { podAntiAffinity: antiAffinity(args) },
      topologySpreadConstraints: [evenSpread, ...args.topologySpreadConstraints].map((constraint) => ({
        ...constraint,
        labelSelector: { matchLabels: labels },
      })),
      containers: [servingContainer(args), ...args.sidecars],
    },
  };
}

/** A pod of the same image, files and secrets that runs one command and ends. */
export function commandPod(
  args: WordPressArgs,
  sources: PodSources,
  tier: string,
  command: string[],
): k8s.core.v1.PodTemplateSpec & { spec: CommandPodSpec } {
  return {
    metadata: { labels: tierLabels(tier) },
    spec: {
      ...basePod(args, sources),
      restartPolicy: "Never",
      affinity: args.storage.accessMode === "ReadWriteOnce" ? { podAffinity: besideServingPods } : undefined,
      containers: [{ ...baseContainer(args), command }],
    },
  };
}

/** The pod that installs: it alone is told who the administrator is. */
export function installingPod(args: WordPressArgs, sources: PodSources): k8s.core.v1.PodTemplateSpec {
  const { metadata, spec } = commandPod(args, sources, "provision", ["bash", "/etc/wordpress/provision.sh"]);
  const [container] = spec.containers;
  return {
    metadata,
    spec: {
      ...spec,
      containers: [
        {
          ...container,
          env: [...container.env, ...installerEnv(args)],
          volumeMounts: [
            ...container.volumeMounts,
            { name: "admin", mountPath: "/run/secrets/wordpress/admin", readOnly: true },
          ],
        },
      ],
      volumes: [...spec.volumes, secretVolume("admin", sources.adminSecretName)],
    },
  };
}

type CommandPodSpec = ReturnType<typeof basePod> & {
  restartPolicy: string;
  affinity?: k8s.core.v1.Affinity;
  containers: [ReturnType<typeof baseContainer> & { command: string[] }];
};

/** Counted within one template, so that the pods a rollout is about to remove do not push the new ones together. */
const evenSpread = {
  maxSkew: 1,
  topologyKey: "kubernetes.io/hostname",
  whenUnsatisfiable: "ScheduleAnyway",
  matchLabelKeys: ["pod-template-hash"],
} satisfies Omit<k8s.core.v1.TopologySpreadConstraint, "labelSelector">;

// A volume for one node only is reached where it is attached.
const besideServingPods = {
  preferredDuringSchedulingIgnoredDuringExecution: [
    {
      weight: 100,
      podAffinityTerm: {
        labelSelector: { matchLabels: tierLabels("frontend") },
        topologyKey: "kubernetes.io/hostname",
      },
    },
  ],
};

function antiAffinity({ antiAffinity: kind }: WordPressArgs): k8s.core.v1.PodAntiAffinity {
  const matchLabels = tierLabels("frontend");
  if (kind === "soft") return onDifferentNodes(matchLabels);
  const term = { labelSelector: { matchLabels }, topologyKey: "kubernetes.io/hostname" };
  return { requiredDuringSchedulingIgnoredDuringExecution: [term] };
}

/** All on Kubernetes' list of safe ones. */
const sysctls = Object.entries({
  // Apache's port is 80 and its user has no capabilities.
  "net.ipv4.ip_unprivileged_port_start": 0,
  // A kept connection to a database whose node is gone is given up after half a minute, not with a visitor waiting.
  "net.ipv4.tcp_keepalive_time": 15,
  "net.ipv4.tcp_keepalive_intvl": 5,
  "net.ipv4.tcp_keepalive_probes": 3,
}).map(([name, value]) => ({ name, value: String(value) }));

function basePod(args: WordPressArgs, sources: PodSources) {
  return {
    ...isolatedPod,
    securityContext: {
      ...restrictedPod(uid),
      sysctls,
    },
    volumes: podVolumes(args, sources),
    initContainers: args.content === "image" ? [unpackContainer(args)] : undefined,
  };
}

/** Puts the image's code where the serving container finds it, before the uploads are mounted into it. */
function unpackContainer(args: WordPressArgs): k8s.core.v1.Container {
  const mounts = ["code", "tmp"].map((name) => ({
    name,
    mountPath: name === "code" ? "/var/www/html" : "/tmp",
  }));
  return {
    ...baseContainer(args),
    name: "unpack",
    command: ["bash", "/etc/wordpress/unpack.sh"],
    volumeMounts: [...mounts, { name: "files", mountPath: "/etc/wordpress", readOnly: true }],
  };
}

function podVolumes(args: WordPressArgs, sources: PodSources): k8s.core.v1.Volume[] {
  return [
    { name: "content", persistentVolumeClaim: { claimName: sources.claimName } },
    ...(args.content === "image" ? [{ name: "code", emptyDir: {} }] : []),
    { name: "files", configMap: { name: sources.filesName } },
    secretVolume("database", args.database.secretName, [
      { key: args.database.passwordKey, path: "password" },
    ]),
    secretVolume("salts", sources.saltsSecretName),
    ...authorityVolume(args.database),
    { name: "run", emptyDir: {} },
    { name: "tmp", emptyDir: {} },
    ...args.extraVolumes,
  ];
}

function authorityVolume({ certificateAuthoritySecretName: secretName }: Database): k8s.core.v1.Volume[] {
  if (secretName === undefined) return [];
  return [secretVolume("database-ca", secretName, [{ key: "ca.crt", path: "ca.crt" }])];
}

function secretVolume(
  name: string,
  secretName: pulumi.Input<string>,
  items?: k8s.core.v1.KeyToPath[],
): k8s.core.v1.Volume {
  return { name, secret: { secretName, defaultMode: 0o440, items } };
}

function baseContainer(args: WordPressArgs) {
  return {
    name: "wordpress",
    image: args.image,
    env: wordpressEnv(args),
    resources: args.resources,
    ...containerDefaults,
    volumeMounts: volumeMounts(args),
  };
}

function volumeMounts(args: WordPressArgs): k8s.core.v1.VolumeMount[] {
  const content =
    args.content === "shared"
      ? [{ name: "content", mountPath: "/var/www/html", subPath: "html" }]
      : [
          // Filled by the init container.
          { name: "code", mountPath: "/var/www/html", readOnly: true },
          {
            name: "content",
            mountPath: "/var/www/html/wp-content/uploads",
            subPath: "html/wp-content/uploads",
          },
        ];
  const files = Object.entries(filePlaces).map(([subPath, mountPath]) => ({
    name: "files",
    mountPath,
    subPath,
    readOnly: true,
  }));
  return [
    ...content,
    { name: "files", mountPath: "/etc/wordpress", readOnly: true },
    ...files,
    { name: "database", mountPath: "/run/secrets/wordpress/database", readOnly: true },
    { name: "salts", mountPath: "/run/secrets/wordpress/salts", readOnly: true },
    ...authorityVolume(args.database).map(({ name }) => ({
      name,
      mountPath: authorityFolder,
      readOnly: true,
    })),
    { name: "run", mountPath: "/var/run/apache2" },
    { name: "run", mountPath: "/var/lock/apache2" },
    { name: "tmp", mountPath: "/tmp" },
    ...args.extraVolumeMounts,
  ];
}

function wordpressEnv(args: WordPressArgs): k8s.core.v1.EnvVar[] {
  const { database } = args;
  return [
    { name: "WORDPRESS_DB_HOST", value: pulumi.interpolate`${database.host}:${database.port}` },
    { name: "WORDPRESS_DB_NAME", value: database.database },
    { name: "WORDPRESS_DB_USER", value: database.user },
    { name: "WORDPRESS_DB_PASSWORD_FILE", value: "/run/secrets/wordpress/database/password" },
    ...saltNames.map((salt) => ({
      name: `WORDPRESS_${salt}_FILE`,
      value: `/run/secrets/wordpress/salts/${saltKey(salt)}`,
    })),
    ...(isEncrypted(database) ? [{ name: "WORDPRESS_DB_TLS", value: "1" }] : []),
    ...(args.persistentConnections ? [{ name: "WORDPRESS_DB_PERSISTENT", value: "1" }] : []),
    { name: "WORDPRESS_CONFIG_EXTRA", value: configLines(args) },
    ...args.extraEnv,
  ];
}

function installerEnv(args: WordPressArgs): k8s.core.v1.EnvVar[] {
  return [
    { name: "WORDPRESS_SITE_URL", value: args.url },
    { name: "WORDPRESS_SITE_TITLE", value: args.admin.title },
    { name: "WORDPRESS_ADMIN_USER", value: args.admin.user },
    { name: "WORDPRESS_ADMIN_EMAIL", value: args.admin.email },
    { name: "WORDPRESS_ADMIN_PASSWORD_FILE", value: "/run/secrets/wordpress/admin/password" },
  ];
}

function isEncrypted({ certificateAuthority, certificateAuthoritySecretName }: Database): boolean {
  return certificateAuthority !== undefined || certificateAuthoritySecretName !== undefined;
}

const clientFlags = "define('MYSQL_CLIENT_FLAGS', MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT);";

/** PHP run as part of wp-config.php. */
function configLines(args: WordPressArgs): pulumi.Output<string> {
  return pulumi.output(args.url).apply((url) => {
    const constants: Record<string, string | boolean> = {
      WP_HOME: url,
      WP_SITEURL: url,
      FORCE_SSL_ADMIN: true,
      // A CronJob does it, so that no visitor waits for it.
      DISABLE_WP_CRON: true,
      DISALLOW_FILE_EDIT: true,
      // Core comes with the image; the provisioning Job brings it to the volume.
      AUTOMATIC_UPDATER_DISABLED: true,
      WP_AUTO_UPDATE_CORE: false,
      ...(args.content === "image" ? { DISALLOW_FILE_MODS: true } : {}),
    };
    const tls = isEncrypted(args.database) ? [clientFlags] : [];
    const lines = Object.entries(constants).map(
      ([name, value]) => `define('${name}', ${typeof value === "string" ? `'${value}'` : value});`,
    );
    return [...lines, ...tls, ...args.extraConfig].join("\n");
  });
}

function servingContainer(args: WordPressArgs): k8s.core.v1.Container {
  const ready = { httpGet: { path: "/-/ready", port: "http" }, timeoutSeconds: 5 };
  return {
    ...baseContainer(args),
    ports: [{ name: "http", containerPort: 80 }],
    lifecycle: { preStop: { sleep: { seconds: args.preStopSleepSeconds } } },
    startupProbe: { ...ready, periodSeconds: 2, failureThreshold: 150 },
    readinessProbe: { ...ready, initialDelaySeconds: 5, periodSeconds: 5, failureThreshold: 3 },
    livenessProbe: args.livenessProbe
      ? { tcpSocket: { port: "http" }, periodSeconds: 10, failureThreshold: 6 }
      : undefined,
  };
}
