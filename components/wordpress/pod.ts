import type * as k8s from "@pulumi/kubernetes/types/input.js";
import * as pulumi from "@pulumi/pulumi";
import {
  containerDefaults,
  containerResources,
  type OwnPod,
  onDifferentNodes,
  podTemplate,
  type Tier,
  tierLabels,
} from "../pods.ts";
import type { Database, SmtpServer, WordPressSettings } from "./args.ts";
import { diskOf, installerEnv, wordpressEnv } from "./environment.ts";
import { authorityFolder, filePlaces, readyPort } from "./files.ts";
import { tmpSize } from "./sizing.ts";
import { smtpFolder } from "./smtp.ts";

/** www-data in the Debian variants of the official image. */
const uid = 33;

const selected = tierLabels("frontend");

/** Objects the pods take their files and secrets from. */
export interface PodSources {
  claimName: pulumi.Input<string>;
  filesName: pulumi.Input<string>;
  adminSecretName: pulumi.Input<string>;
  saltsSecretName: pulumi.Input<string>;
}

/** The pod of the site itself. */
export function servingPod(settings: WordPressSettings, sources: PodSources): k8s.core.v1.PodTemplateSpec {
  return podTemplate("frontend", settings, {
    ...basePod(settings, sources),
    terminationGracePeriodSeconds: settings.terminationGracePeriodSeconds,
    podAntiAffinity: antiAffinity(settings),
    topologySpreadConstraints: [evenSpread, ...settings.topologySpreadConstraints].map((constraint) => ({
      ...constraint,
      labelSelector: { matchLabels: selected },
    })),
    containers: [servingContainer(settings), ...settings.sidecars],
  });
}

/** A pod of the same image, files and secrets that runs one command and ends. */
export function commandPod(
  settings: WordPressSettings,
  sources: PodSources,
  tier: Tier,
  command: string[],
): k8s.core.v1.PodTemplateSpec {
  return podTemplate(tier, settings, commandSpec(settings, sources, command));
}

/** The pod that installs: it alone is told who the administrator is. */
export function installingPod(settings: WordPressSettings, sources: PodSources): k8s.core.v1.PodTemplateSpec {
  const spec = commandSpec(settings, sources, ["bash", "/etc/wordpress/provision.sh"]);
  const [container] = spec.containers;
  const admin = { name: "admin", mountPath: "/run/secrets/wordpress/admin", readOnly: true };
  return podTemplate("provision", settings, {
    ...spec,
    containers: [
      {
        ...container,
        env: [...container.env, ...installerEnv(settings)],
        volumeMounts: [...container.volumeMounts, admin],
      },
    ],
    volumes: [...spec.volumes, secretVolume("admin", sources.adminSecretName)],
  });
}

function commandSpec(settings: WordPressSettings, sources: PodSources, command: string[]) {
  const container = { ...baseContainer(settings), command };
  return {
    ...basePod(settings, sources),
    restartPolicy: "Never",
    podAffinity: settings.storage.accessMode === "ReadWriteOnce" ? besideServingPods : undefined,
    containers: [container] as [typeof container],
  };
}

/** Counted within one template, so that the pods a rollout is about to remove do not push the new ones together. */
const evenSpread = {
  maxSkew: 1,
  topologyKey: "kubernetes.io/hostname",
  whenUnsatisfiable: "ScheduleAnyway",
  matchLabelKeys: ["pod-template-hash"],
} satisfies Omit<k8s.core.v1.TopologySpreadConstraint, "labelSelector">;

const onOneNode = { labelSelector: { matchLabels: selected }, topologyKey: "kubernetes.io/hostname" };

// A volume for one node only is reached where it is attached.
const besideServingPods = {
  preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: onOneNode }],
};

function antiAffinity({ antiAffinity: kind }: WordPressSettings): k8s.core.v1.PodAntiAffinity {
  if (kind === "soft") return onDifferentNodes(selected);
  return { requiredDuringSchedulingIgnoredDuringExecution: [onOneNode] };
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

function basePod(settings: WordPressSettings, sources: PodSources) {
  return {
    uid,
    sysctls,
    hostAliases: hostAliases(settings),
    volumes: podVolumes(settings, sources),
    initContainers: settings.content === "image" ? [unpackContainer(settings)] : [],
  } satisfies Partial<OwnPod>;
}

function hostAliases({ database: { host, address } }: WordPressSettings) {
  return address === undefined ? undefined : [{ ip: address, hostnames: [host] }];
}

/** Puts the image's code where the serving container finds it, before the uploads are mounted into it. */
function unpackContainer(settings: WordPressSettings): k8s.core.v1.Container {
  return {
    ...baseContainer(settings),
    name: "unpack",
    command: ["bash", "/etc/wordpress/unpack.sh", "fresh"],
    volumeMounts: [
      { name: "code", mountPath: "/var/www/html" },
      { name: "tmp", mountPath: "/tmp" },
      { name: "files", mountPath: "/etc/wordpress", readOnly: true },
    ],
  };
}

function podVolumes(settings: WordPressSettings, sources: PodSources): k8s.core.v1.Volume[] {
  const { database, smtp, content, extraVolumes } = settings;
  const password = { key: database.passwordKey ?? "password", path: "password" };
  return [
    { name: "content", persistentVolumeClaim: { claimName: sources.claimName } },
    ...(content === "image" ? [{ name: "code", emptyDir: { sizeLimit: codeSize } }] : []),
    { name: "files", configMap: { name: sources.filesName } },
    secretVolume("database", database.secretName, [password]),
    secretVolume("salts", sources.saltsSecretName),
    ...authorityVolume(database),
    ...smtpVolume(smtp),
    { name: "run", emptyDir: { sizeLimit: "16Mi" } },
    { name: "tmp", emptyDir: { sizeLimit: sizeOfTmp(settings) } },
    ...extraVolumes,
  ];
}

/** WordPress itself is 90 MB; the rest is for an image's plugins and themes. */
const codeSize = "1Gi";

function sizeOfTmp(settings: WordPressSettings): pulumi.Output<string> {
  return diskOf(settings).apply(tmpSize);
}

function authorityVolume({ certificateAuthoritySecretName: secretName }: Database): k8s.core.v1.Volume[] {
  if (secretName === undefined) return [];
  return [secretVolume("database-ca", secretName, [{ key: "ca.crt", path: "ca.crt" }])];
}

function smtpVolume(smtp: SmtpServer | undefined): k8s.core.v1.Volume[] {
  if (smtp?.secretName === undefined) return [];
  return [secretVolume("smtp", smtp.secretName, [{ key: smtp.passwordKey ?? "password", path: "password" }])];
}

function secretVolume(
  name: string,
  secretName: pulumi.Input<string>,
  items?: k8s.core.v1.KeyToPath[],
): k8s.core.v1.Volume {
  return { name, secret: { secretName, defaultMode: 0o440, items } };
}

function baseContainer(settings: WordPressSettings) {
  return {
    name: "wordpress",
    image: settings.image,
    env: wordpressEnv(settings),
    resources: containerResources(settings.resources, sizeOfTmp(settings)),
    ...containerDefaults,
    volumeMounts: volumeMounts(settings),
  };
}

function volumeMounts(settings: WordPressSettings): k8s.core.v1.VolumeMount[] {
  const uploads = "wp-content/uploads";
  const content =
    settings.content === "shared"
      ? [{ name: "content", mountPath: "/var/www/html", subPath: "html" }]
      : [
          // Filled by the init container.
          { name: "code", mountPath: "/var/www/html", readOnly: true },
          { name: "content", mountPath: `/var/www/html/${uploads}`, subPath: `html/${uploads}` },
        ];
  const readOnly = true;
  const files = Object.entries(filePlaces).map(([subPath, mountPath]) => ({
    name: "files",
    mountPath,
    subPath,
    readOnly,
  }));
  return [
    ...content,
    { name: "files", mountPath: "/etc/wordpress", readOnly },
    ...files,
    { name: "database", mountPath: "/run/secrets/wordpress/database", readOnly },
    { name: "salts", mountPath: "/run/secrets/wordpress/salts", readOnly },
    ...authorityVolume(settings.database).map(({ name }) => ({ name, mountPath: authorityFolder, readOnly })),
    ...smtpVolume(settings.smtp).map(({ name }) => ({ name, mountPath: smtpFolder, readOnly })),
    { name: "run", mountPath: "/var/run/apache2" },
    { name: "run", mountPath: "/var/lock/apache2" },
    { name: "tmp", mountPath: "/tmp" },
    ...settings.extraVolumeMounts,
  ];
}

/** Questions in a row without a good answer after which a pod is out of the Service. */
const failureThreshold = 3;

/**
 * How long each may take, in seconds: only where no worker comes free while the longest request takes, and ten seconds
 * more, do all of them fail.
 */
function patience({ php }: WordPressSettings): pulumi.Output<number> {
  return pulumi
    .output(php.maxExecutionSeconds)
    .apply((longest) => Math.max(5, Math.ceil((longest + 10) / failureThreshold)));
}

function servingContainer(settings: WordPressSettings): k8s.core.v1.Container {
  const ready = { httpGet: { path: "/-/ready", port: "ready" } };
  return {
    ...baseContainer(settings),
    ports: [
      { name: "http", containerPort: 80 },
      { name: "ready", containerPort: readyPort },
    ],
    lifecycle: { preStop: { sleep: { seconds: settings.preStopSleepSeconds } } },
    startupProbe: { ...ready, timeoutSeconds: 5, periodSeconds: 2, failureThreshold: 150 },
    readinessProbe: {
      ...ready,
      timeoutSeconds: patience(settings),
      initialDelaySeconds: 5,
      periodSeconds: 5,
      failureThreshold,
    },
    livenessProbe: settings.livenessProbe
      ? { tcpSocket: { port: "http" }, periodSeconds: 10, failureThreshold: 6 }
      : undefined,
  };
}
