import { readFileSync } from "node:fs";
import type { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import type * as pulumi from "@pulumi/pulumi";
import { oneTimeJob } from "./one-time-job.ts";
import { containerDefaults, isolatedPod, restrictedPod, tierLabels } from "./pods.ts";

/** Arguments of {@link mysqlLogin}. */
export interface MySqlLoginArgs {
  /** Namespace of server and Secret. */
  namespace: pulumi.Input<string>;
  /** Image with MySQL's client. */
  image: pulumi.Input<string>;
  /** Host of the server, if there is one. */
  host: pulumi.Input<string>;
  /** Database the user has to get to. */
  database: pulumi.Input<string>;
  user: pulumi.Input<string>;
  /** Secret with the key `password`. */
  secretName: pulumi.Input<string>;
  /** Secret with the key `ca.crt`, the authority of the server's certificate. @default the connection is not checked */
  certificateSecretName?: pulumi.Input<string>;
}

const uid = 999;
const resources = { cpu: "100m", memory: "128Mi" };
const certificateFolder = "/run/secrets/mysql-tls";

/**
 * A Job that fails when the server that runs refuses the password of a Secret. What depends on it stays as it is
 * then: a server restarted with a wrong password for its probes would leave its Service, and the site with it. Once the
 * Secret was mended, the next `up` asks again.
 */
export function mysqlLogin(
  resourceName: string,
  args: MySqlLoginArgs,
  opts: pulumi.CustomResourceOptions,
): Job {
  return oneTimeJob(
    resourceName,
    {
      namespace: args.namespace,
      labels: tierLabels("mysql"),
      spec: {
        backoffLimit: 3,
        activeDeadlineSeconds: 600,
        template: {
          // The tier of Jobs: NetworkPolicies let it to MySQL and to DNS.
          metadata: { labels: tierLabels("provision") },
          spec: {
            ...isolatedPod,
            securityContext: restrictedPod(uid),
            restartPolicy: "Never",
            containers: [container(args)],
            volumes: volumes(args),
          },
        },
      },
    },
    opts,
  );
}

function container(args: MySqlLoginArgs) {
  const tls = args.certificateSecretName !== undefined;
  return {
    name: "login",
    image: args.image,
    command: ["sh", "-c", readFileSync(new URL("./mysql-login.sh", import.meta.url), "utf8")],
    env: [
      { name: "DATABASE_HOST", value: args.host },
      { name: "MYSQL_DATABASE", value: args.database },
      { name: "MYSQL_USER", value: args.user },
      { name: "SECRET_NAME", value: args.secretName },
      {
        name: "TLS_OPTIONS",
        value: tls ? `--ssl-mode=VERIFY_IDENTITY --ssl-ca=${certificateFolder}/ca.crt` : "",
      },
    ],
    resources: { requests: resources, limits: resources },
    ...containerDefaults,
    volumeMounts: [
      { name: "credentials", mountPath: "/run/secrets/mysql", readOnly: true },
      ...(tls ? [{ name: "certificate", mountPath: certificateFolder, readOnly: true }] : []),
    ],
  };
}

/** Of each Secret only the key that is needed. */
function volumes({ secretName, certificateSecretName }: MySqlLoginArgs) {
  const volume = (name: string, from: pulumi.Input<string>, key: string) => ({
    name,
    secret: { secretName: from, defaultMode: 0o440, items: [{ key, path: key }] },
  });
  return [
    volume("credentials", secretName, "password"),
    ...(certificateSecretName === undefined ? [] : [volume("certificate", certificateSecretName, "ca.crt")]),
  ];
}
