import type { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import type * as pulumi from "@pulumi/pulumi";
import { oneTimeJob } from "../one-time-job.ts";
import { containerDefaults, objectLabels, podTemplate, smallContainer } from "../pods.ts";
import { fileText } from "../template.ts";
import type { MySqlSettings } from "./args.ts";
import { certificateFolder, uid } from "./server.ts";

/** What is asked for. */
export interface LoginSources {
  /** Host of the server, if there is one. */
  host: pulumi.Input<string>;
  /** Secret with the keys `password` and `root-password`. */
  secretName: pulumi.Input<string>;
  /** Secret with the key `ca.crt`, the authority of the server's certificate. @default the connection is not checked */
  certificateSecretName?: pulumi.Input<string>;
}

/**
 * A Job that fails when the server that runs refuses the password of a Secret, or the image could make no server with
 * it. What depends on it stays as it is then: a server restarted with a wrong password for its probes would leave its
 * Service, and the site with it. Once the Secret was mended, the next `up` asks again.
 */
export function mysqlLogin(
  resourceName: string,
  settings: MySqlSettings,
  sources: LoginSources,
  opts: pulumi.CustomResourceOptions,
): Job {
  const { namespace } = settings;
  // The tier of Jobs: NetworkPolicies let it to MySQL and to DNS.
  const template = podTemplate("provision", settings, {
    uid,
    restartPolicy: "Never",
    containers: [container(settings, sources)],
    volumes: volumes(sources),
  });
  const spec = { activeDeadlineSeconds: 600, template };
  const labels = objectLabels("mysql", namespace);
  return oneTimeJob(resourceName, { namespace, labels, spec, transform: settings.transform?.loginJob }, opts);
}

function container({ image, database, user }: MySqlSettings, sources: LoginSources) {
  const tls = sources.certificateSecretName !== undefined;
  return {
    name: "login",
    image,
    command: ["sh", "-c", fileText("login.sh", import.meta.url)],
    env: [
      { name: "DATABASE_HOST", value: sources.host },
      { name: "MYSQL_DATABASE", value: database },
      { name: "MYSQL_USER", value: user },
      { name: "SECRET_NAME", value: sources.secretName },
      {
        name: "TLS_OPTIONS",
        value: tls ? `--ssl-mode=VERIFY_IDENTITY --ssl-ca=${certificateFolder}/ca.crt` : "",
      },
    ],
    resources: smallContainer("100m", "128Mi"),
    ...containerDefaults,
    volumeMounts: [
      { name: "credentials", mountPath: "/run/secrets/mysql", readOnly: true },
      ...(tls ? [{ name: "certificate", mountPath: certificateFolder, readOnly: true }] : []),
    ],
  };
}

/** Of each Secret only the key that is needed. */
function volumes({ secretName, certificateSecretName }: LoginSources) {
  const volume = (name: string, from: pulumi.Input<string>, ...keys: string[]) => ({
    name,
    secret: { secretName: from, defaultMode: 0o440, items: keys.map((key) => ({ key, path: key })) },
  });
  return [
    volume("credentials", secretName, "password", "root-password"),
    ...(certificateSecretName === undefined ? [] : [volume("certificate", certificateSecretName, "ca.crt")]),
  ];
}
