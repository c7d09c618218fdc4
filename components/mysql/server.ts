import type * as k8s from "@pulumi/kubernetes/types/input.js";
import type { Input } from "@pulumi/pulumi";
import { containerDefaults, containerResources, podTemplate, smallContainer } from "../pods.ts";
import { fileText } from "../template.ts";
import type { MySqlSettings } from "./args.ts";

/** Port of the server. */
export const port = 3306;

/** The official image's mysql user (Dockerfile of docker-library/mysql). */
export const uid = 999;

/** Where a pod finds the server's certificate. */
export const certificateFolder = "/run/secrets/mysql-tls";

const secretsFolder = "/run/secrets/mysql";

/** Objects the server's pod takes its files from. */
export interface ServerSources {
  secretName: Input<string>;
  configName: Input<string>;
  claimName: Input<string>;
  certificateSecretName?: Input<string>;
  /** SHA-256 of the certificate, where it is known. */
  fingerprint?: Input<string>;
}

/** The pod of the server. */
export function serverPod(settings: MySqlSettings, sources: ServerSources): k8s.core.v1.PodTemplateSpec {
  const { certificateSecretName: certificate, fingerprint } = sources;
  const secret = (name: string, secretName: Input<string>) => ({
    name,
    secret: { secretName, defaultMode: 0o440 },
  });
  return podTemplate(
    "mysql",
    settings,
    {
      uid,
      terminationGracePeriodSeconds: settings.terminationGracePeriodSeconds,
      initContainers: [prepareContainer(settings)],
      containers: [serverContainer(settings)],
      volumes: [
        { name: "data", persistentVolumeClaim: { claimName: sources.claimName } },
        secret("credentials", sources.secretName),
        { name: "config", configMap: { name: sources.configName } },
        ...(certificate === undefined ? [] : [secret("certificate", certificate)]),
        { name: "run", emptyDir: { sizeLimit: "16Mi" } },
        { name: "tmp", emptyDir: { sizeLimit: settings.tmpSize } },
      ],
    },
    // The server reads its certificate at start: another one makes another pod.
    fingerprint === undefined ? undefined : { "wordpress/certificate": fingerprint },
  );
}

// A fresh ext4 volume holds lost+found, and the server refuses a data folder that is not empty.
const dataMount = { name: "data", mountPath: "/var/lib/mysql", subPath: "mysql" };

function prepareContainer({ image }: MySqlSettings): k8s.core.v1.Container {
  return {
    name: "prepare",
    image,
    command: ["sh", "-c", fileText("prepare.sh", import.meta.url)],
    resources: smallContainer("100m", "64Mi"),
    ...containerDefaults,
    volumeMounts: [dataMount],
  };
}

function serverContainer(settings: MySqlSettings): k8s.core.v1.Container {
  const acceptsQueries = {
    exec: { command: ["sh", "-c", fileText("ready.sh", import.meta.url)] },
    timeoutSeconds: 5,
  };
  return {
    name: "mysql",
    image: settings.image,
    command:
      settings.slowQuerySeconds === undefined
        ? undefined
        : ["sh", "-c", fileText("slow-log.sh", import.meta.url)],
    ports: [{ name: "mysql", containerPort: port }],
    env: [
      { name: "MYSQL_DATABASE", value: settings.database },
      { name: "MYSQL_USER", value: settings.user },
      { name: "MYSQL_PASSWORD_FILE", value: `${secretsFolder}/password` },
      { name: "MYSQL_ROOT_PASSWORD_FILE", value: `${secretsFolder}/root-password` },
      // root only from inside the pod
      { name: "MYSQL_ROOT_HOST", value: "localhost" },
    ],
    resources: containerResources(settings.resources, settings.tmpSize),
    ...containerDefaults,
    // And no other probe: nothing ends a first start, an upgrade or a recovery that takes long.
    readinessProbe: { ...acceptsQueries, periodSeconds: 5, failureThreshold: 3 },
    volumeMounts: [
      dataMount,
      { name: "credentials", mountPath: secretsFolder, readOnly: true },
      { name: "config", mountPath: "/etc/mysql/conf.d", readOnly: true },
      {
        name: "config",
        mountPath: "/docker-entrypoint-initdb.d/zz-initialised.sh",
        subPath: "initialised.sh",
        readOnly: true,
      },
      ...(settings.tls ? [{ name: "certificate", mountPath: certificateFolder, readOnly: true }] : []),
      { name: "run", mountPath: "/var/run/mysqld" },
      { name: "tmp", mountPath: "/tmp" },
    ],
  };
}
