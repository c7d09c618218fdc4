import { X509Certificate } from "node:crypto";
import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import type { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import type { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { immutableConfigMap } from "./immutable-config-map.ts";
import { mysqlLogin } from "./mysql-login.ts";
import { mysqlNames } from "./names.ts";
import { containerDefaults, isolatedPod, type Resources, restrictedPod, tierLabels } from "./pods.ts";
import { serverCertificate } from "./server-certificate.ts";
import { notAwaited, startSeconds, waitUntil } from "./waiting.ts";

/** Arguments of {@link MySql}. */
export interface MySqlArgs {
  /** Namespace to deploy into. */
  namespace: pulumi.Input<string>;
  /** MySQL image with the official image's environment. */
  image: pulumi.Input<string>;
  /** Database made at the first start. */
  database: pulumi.Input<string>;
  /** User made at the first start, with all rights on that database and no other. */
  user: pulumi.Input<string>;
  /** The volume at /var/lib/mysql. */
  storage: {
    /** Size of the claim, such as `20Gi`. */
    size: pulumi.Input<string>;
    /** StorageClass of the claim. @default the cluster's default class */
    storageClassName?: pulumi.Input<string>;
  };
  resources: Resources;
  /** innodb_buffer_pool_size, in MiB. */
  bufferPoolMebibytes: pulumi.Input<number>;
  /** max_connections. */
  maxConnections: pulumi.Input<number>;
  /** Log queries slower than this, in seconds. @default no slow log */
  slowQuerySeconds?: pulumi.Input<number>;
  /** Time for a clean shutdown, in seconds. */
  terminationGracePeriodSeconds: number;
  /** Secret with the keys `password` and `root-password`. @default one with generated passwords is made */
  existingSecretName?: pulumi.Input<string>;
  /** Serve TLS with a certificate of the server's own, and take nothing else over TCP. */
  tls: boolean;
  /** Secret with `ca.crt`, `tls.crt` and `tls.key` for the Service's DNS name. @default a certificate is made */
  existingCertificateSecretName?: pulumi.Input<string>;
  /** Protect the volume claim and the passwords from deletion. */
  protectData: boolean;
}

const name = mysqlNames.server;
const port = 3306;
/** The first start makes the tables, and one in a newer image upgrades them. */
const startupTime = { periodSeconds: 3, failureThreshold: 200 };
/** The official image's mysql user (Dockerfile of docker-library/mysql). */
const uid = 999;
const secretsFolder = "/run/secrets/mysql";
const certificateFolder = "/run/secrets/mysql-tls";

/**
 * Over TCP and as the site's own user: the temporary server of the first start does not listen there. A server whose
 * connections are all in use answers, too: out of its Service it would refuse those as well that find one free.
 */
const askServer = `answer=$(MYSQL_PWD="$(cat ${secretsFolder}/password)" mysql --host=127.0.0.1 --user="$MYSQL_USER" --execute="SELECT 1" "$MYSQL_DATABASE" 2>&1) && exit 0
case $answer in *"ERROR 1040 "*) exit 0 ;; esac
echo "$answer" >&2
exit 1`;

const tlsSettings = `ssl_ca = ${certificateFolder}/ca.crt
ssl_cert = ${certificateFolder}/tls.crt
ssl_key = ${certificateFolder}/tls.key
require_secure_transport = ON
`;

interface ServerTls {
  secretName: pulumi.Output<string>;
  /** PEM; unknown when the Secret is an existing one. */
  authority?: pulumi.Output<string>;
  /** SHA-256 of the server's certificate; unknown when the Secret is an existing one. */
  fingerprint?: pulumi.Output<string>;
}

/** Objects the server's pod takes its files from. */
interface ServerSources {
  secretName: pulumi.Output<string>;
  config: ConfigMap;
  claim: PersistentVolumeClaim;
  certificate: ServerTls | undefined;
  /** What has to have ended well before the pod changes. */
  login: Job | undefined;
}

/** One MySQL server with its volume, reachable as `wordpress-mysql` in its namespace. */
export class MySql extends pulumi.ComponentResource {
  /** DNS name of the Service inside the cluster. */
  readonly host: pulumi.Output<string>;
  /** Port of the Service. */
  readonly port: pulumi.Output<number>;
  /** The site's database. */
  readonly database: pulumi.Output<string>;
  /** The site's database user. */
  readonly user: pulumi.Output<string>;
  /** Secret holding the user's password. */
  readonly secretName: pulumi.Output<string>;
  /** Key of the user's password in that Secret. */
  readonly passwordKey: pulumi.Output<string>;
  /** The user's password, secret; undefined when an existing Secret is used. */
  readonly password: pulumi.Output<string | undefined>;
  /** Certificate of the authority that signed the server's, PEM; undefined without TLS or when it is in a Secret. */
  readonly certificateAuthority: pulumi.Output<string> | undefined;
  /** Existing Secret whose key `ca.crt` is that authority's certificate; undefined when the certificate is made here. */
  readonly certificateAuthoritySecretName: pulumi.Output<string> | undefined;

  constructor(resourceName: string, args: MySqlArgs, opts?: pulumi.ComponentResourceOptions) {
    super("wordpress:index:MySql", resourceName, {}, opts);

    const credentials = this.credentials(resourceName, args);
    const config = this.configFile(resourceName, args);
    const claim = this.volumeClaim(resourceName, args);
    // Not taken from the Service's outputs: those wait for a ready server, and the server's certificate needs the name.
    this.host = pulumi.interpolate`${name}.${args.namespace}.svc.cluster.local`;
    this.service(resourceName, args);
    const certificate = args.tls ? this.certificate(resourceName, args) : undefined;
    const { secretName } = credentials;
    const login = this.login(resourceName, args, { secretName, certificate });
    this.server(resourceName, args, { secretName, config, claim, certificate, login });

    this.port = pulumi.output(port);
    this.database = pulumi.output(args.database);
    this.user = pulumi.output(args.user);
    this.secretName = credentials.secretName;
    this.passwordKey = pulumi.output("password");
    this.password = credentials.password;
    this.certificateAuthority = certificate?.authority;
    this.certificateAuthoritySecretName = certificate?.authority ? undefined : certificate?.secretName;
    this.registerOutputs({
      host: this.host,
      port: this.port,
      database: this.database,
      user: this.user,
      secretName: this.secretName,
      passwordKey: this.passwordKey,
      password: this.password,
      certificateAuthority: this.certificateAuthority,
      certificateAuthoritySecretName: this.certificateAuthoritySecretName,
    });
  }

  private credentials(resourceName: string, args: MySqlArgs) {
    if (args.existingSecretName !== undefined) {
      return { secretName: pulumi.output(args.existingSecretName), password: pulumi.output(undefined) };
    }
    const opts = { parent: this, protect: args.protectData };
    const generate = (suffix: string) =>
      new RandomPassword(`${resourceName}-${suffix}`, { length: 32, special: false }, opts).result;
    const password = generate("password");
    const secret = new Secret(
      `${resourceName}-credentials`,
      {
        metadata: { name, namespace: args.namespace, labels: tierLabels("mysql") },
        stringData: { password, "root-password": generate("root-password") },
      },
      // Kept with the volume: data nobody has the password for is as good as lost.
      { ...opts, retainOnDelete: args.protectData },
    );
    return { secretName: secret.metadata.name, password: password as pulumi.Output<string | undefined> };
  }

  private certificate(resourceName: string, args: MySqlArgs): ServerTls {
    if (args.existingCertificateSecretName !== undefined) {
      return { secretName: pulumi.output(args.existingCertificateSecretName) };
    }
    const opts = { parent: this, protect: args.protectData };
    const seed = new RandomPassword(`${resourceName}-certificate-seed`, { length: 64, special: false }, opts)
      .result;
    const made = pulumi.all([seed, this.host]).apply(([text, host]) => serverCertificate(text, [name, host]));
    const secret = new Secret(
      `${resourceName}-certificate`,
      {
        metadata: { name: mysqlNames.certificate, namespace: args.namespace, labels: tierLabels("mysql") },
        type: "kubernetes.io/tls",
        stringData: { "ca.crt": made.authority, "tls.crt": made.certificate, "tls.key": made.privateKey },
      },
      { parent: this },
    );
    // Everything made from the seed counts as secret, and a certificate is there to be shown.
    const fingerprint = pulumi
      .unsecret(made.certificate)
      .apply((pem) => new X509Certificate(pem).fingerprint256);
    return { secretName: secret.metadata.name, authority: pulumi.unsecret(made.authority), fingerprint };
  }

  private configFile(resourceName: string, args: MySqlArgs): ConfigMap {
    const slowLog = pulumi
      .output(args.slowQuerySeconds)
      .apply((seconds) =>
        seconds === undefined
          ? ""
          : `slow_query_log = ON\nslow_query_log_file = /dev/stderr\nlong_query_time = ${seconds}\n`,
      );
    return immutableConfigMap(
      `${resourceName}-config`,
      {
        namespace: args.namespace,
        labels: tierLabels("mysql"),
        data: {
          "wordpress.cnf": pulumi.interpolate`[mysqld]
# A pod has no reverse DNS entry: without this a new connection may wait five seconds for one.
skip_name_resolve = ON
character_set_server = utf8mb4
collation_server = utf8mb4_unicode_ci
innodb_buffer_pool_size = ${args.bufferPoolMebibytes}M
max_connections = ${args.maxConnections}
${args.tls ? tlsSettings : ""}${slowLog}`,
        },
      },
      { parent: this },
    );
  }

  private volumeClaim(resourceName: string, args: MySqlArgs): PersistentVolumeClaim {
    return new PersistentVolumeClaim(
      `${resourceName}-data`,
      {
        metadata: {
          name: mysqlNames.claim,
          namespace: args.namespace,
          labels: tierLabels("mysql"),
          annotations: notAwaited,
        },
        spec: {
          accessModes: ["ReadWriteOnce"],
          storageClassName: args.storage.storageClassName,
          resources: { requests: { storage: args.storage.size } },
        },
      },
      { parent: this, protect: args.protectData, retainOnDelete: args.protectData },
    );
  }

  private service(resourceName: string, args: MySqlArgs): Service {
    return new Service(
      `${resourceName}-service`,
      {
        metadata: { name, namespace: args.namespace, labels: tierLabels("mysql") },
        spec: { selector: tierLabels("mysql"), ports: [{ name: "mysql", port, targetPort: "mysql" }] },
      },
      { parent: this, customTimeouts: serverTimeouts(args) },
    );
  }

  /** Somebody else's password may be any; those made here are the ones the server was made with. */
  private login(
    resourceName: string,
    args: MySqlArgs,
    { secretName, certificate }: Pick<ServerSources, "secretName" | "certificate">,
  ): Job | undefined {
    if (args.existingSecretName === undefined) return undefined;
    const certificateSecretName = certificate?.secretName;
    const login = { ...args, host: this.host, secretName, certificateSecretName };
    return mysqlLogin(`${resourceName}-login`, login, { parent: this });
  }

  private server(
    resourceName: string,
    args: MySqlArgs,
    { secretName, config, claim, certificate, login }: ServerSources,
  ): StatefulSet {
    return new StatefulSet(
      `${resourceName}-server`,
      {
        metadata: { name, namespace: args.namespace, labels: tierLabels("mysql") },
        spec: {
          serviceName: name,
          replicas: 1,
          // In order, the default, a pod that never became ready (of a wrong image, say) would be kept after the
          // template was put right: kubernetes/kubernetes#67250.
          podManagementPolicy: "Parallel",
          selector: { matchLabels: tierLabels("mysql") },
          template: {
            metadata: {
              labels: tierLabels("mysql"),
              // The server reads its certificate at start: another one makes another pod.
              annotations: certificate?.fingerprint && {
                "wordpress/certificate": certificate.fingerprint,
              },
            },
            spec: {
              ...isolatedPod,
              securityContext: restrictedPod(uid),
              terminationGracePeriodSeconds: args.terminationGracePeriodSeconds,
              containers: [this.container(args)],
              volumes: [
                { name: "data", persistentVolumeClaim: { claimName: claim.metadata.name } },
                { name: "credentials", secret: { secretName, defaultMode: 0o440 } },
                { name: "config", configMap: { name: config.metadata.name } },
                ...(certificate
                  ? [
                      {
                        name: "certificate",
                        secret: { secretName: certificate.secretName, defaultMode: 0o440 },
                      },
                    ]
                  : []),
                { name: "run", emptyDir: {} },
                { name: "tmp", emptyDir: {} },
              ],
            },
          },
        },
      },
      { parent: this, dependsOn: login, customTimeouts: serverTimeouts(args) },
    );
  }

  private container(args: MySqlArgs) {
    const acceptsQueries = { exec: { command: ["sh", "-c", askServer] }, timeoutSeconds: 5 };
    return {
      name: "mysql",
      image: args.image,
      ports: [{ name: "mysql", containerPort: port }],
      env: [
        { name: "MYSQL_DATABASE", value: args.database },
        { name: "MYSQL_USER", value: args.user },
        { name: "MYSQL_PASSWORD_FILE", value: `${secretsFolder}/password` },
        { name: "MYSQL_ROOT_PASSWORD_FILE", value: `${secretsFolder}/root-password` },
        // root only from inside the pod
        { name: "MYSQL_ROOT_HOST", value: "localhost" },
      ],
      resources: args.resources,
      ...containerDefaults,
      startupProbe: { ...acceptsQueries, ...startupTime },
      readinessProbe: { ...acceptsQueries, periodSeconds: 5, failureThreshold: 3 },
      volumeMounts: [
        // A fresh ext4 volume holds lost+found, and the server refuses a data folder that is not empty.
        { name: "data", mountPath: "/var/lib/mysql", subPath: "mysql" },
        { name: "credentials", mountPath: secretsFolder, readOnly: true },
        { name: "config", mountPath: "/etc/mysql/conf.d", readOnly: true },
        ...(args.tls ? [{ name: "certificate", mountPath: certificateFolder, readOnly: true }] : []),
        { name: "run", mountPath: "/var/run/mysqld" },
        { name: "tmp", mountPath: "/tmp" },
      ],
    };
  }
}

/** A change lets the old server end first. */
function serverTimeouts({ terminationGracePeriodSeconds: end }: MySqlArgs): pulumi.CustomTimeouts {
  const start = startSeconds(startupTime);
  return waitUntil({ create: start, update: end + start, delete: end });
}
