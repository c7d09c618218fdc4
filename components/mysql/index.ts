import { X509Certificate } from "node:crypto";
import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import type { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import type { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim.js";
import { Secret, type SecretArgs } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { withDefaults } from "../defaults.ts";
import { immutableConfigMap } from "../immutable-config-map.ts";
import { mysqlNames } from "../names.ts";
import { objectLabels, serviceMetadata, tierLabels } from "../pods.ts";
import { withProgramWins } from "../program-wins.ts";
import { fileText, template } from "../template.ts";
import { transformed } from "../transform.ts";
import { notAwaited, waitUntil } from "../waiting.ts";
import type { MySqlArgs, MySqlSettings } from "./args.ts";
import { mysqlConfigCheck } from "./config-check.ts";
import { mysqlDefaults } from "./defaults.ts";
import { type LoginSources, mysqlLogin } from "./login.ts";
import { certificateFolder, port, type ServerSources, serverPod } from "./server.ts";
import { serverCertificate } from "./server-certificate.ts";
import { binlogMebibytes, bufferPoolMebibytes, connectionsInMemory } from "./sizing.ts";

export type { MySqlArgs } from "./args.ts";

const name = mysqlNames.server;

const serviceSpec = { selector: tierLabels("mysql"), ports: [{ name: "mysql", port, targetPort: "mysql" }] };

interface ServerTls {
  secretName: pulumi.Output<string>;
  /** PEM; unknown when the Secret is an existing one. */
  authority?: pulumi.Output<string>;
  /** SHA-256 of the server's certificate; unknown when the Secret is an existing one. */
  fingerprint?: pulumi.Output<string>;
}

/**
 * One MySQL server with its volume, reachable as `wordpress-mysql` in its namespace: a StatefulSet of one, its Services,
 * claim, configuration, generated passwords and, with `tls`, certificate. It is what WordPress takes as `database`.
 *
 * The smallest:
 * ```ts
 * const database = new MySql("db", { namespace: "blog" });
 * ```
 * With more of what it has:
 * ```ts
 * const database = new MySql("db", {
 *   namespace: namespace.metadata.name,
 *   storage: { size: "50Gi", storageClassName: "rook-ceph-block" },
 *   resources: { requests: { cpu: "2", memory: "4Gi" }, limits: { cpu: "2", memory: "4Gi" } },
 *   tls: true,
 *   protectData: true,
 *   nodeSelector: { disk: "ssd" },
 *   transform: { service: { metadata: { annotations: { "example.com/team": "blog" } } } },
 * });
 * ```
 */
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
    super("wordpress:index:MySql", resourceName, {}, withProgramWins(opts));
    const settings = withDefaults(args, mysqlDefaults);

    const { secretName, password } = this.credentials(resourceName, settings);
    const configName = this.configFile(resourceName, settings).metadata.name;
    const claimName = this.volumeClaim(resourceName, settings).metadata.name;
    // Not taken from the Service's outputs: those wait for a ready server, and the server's certificate needs the name.
    // Without the cluster's domain, which is not the same everywhere: every pod's resolver adds its own.
    this.host = pulumi.interpolate`${name}.${settings.namespace}.svc`;
    this.service(resourceName, settings);
    this.podsService(resourceName, settings);
    const certificate = settings.tls ? this.certificate(resourceName, settings) : undefined;
    const certificateSecretName = certificate?.secretName;
    const checks = [
      this.login(resourceName, settings, { secretName, certificateSecretName }),
      this.configCheck(resourceName, settings, configName),
    ];
    const fingerprint = certificate?.fingerprint;
    const sources = { secretName, configName, claimName, certificateSecretName, fingerprint };
    this.server(
      resourceName,
      settings,
      sources,
      checks.filter((job) => job !== undefined),
    );
    this.disruptionBudget(resourceName, settings);

    this.port = pulumi.output(port);
    this.database = pulumi.output(settings.database);
    this.user = pulumi.output(settings.user);
    this.secretName = secretName;
    this.passwordKey = pulumi.output("password");
    this.password = password;
    this.certificateAuthority = certificate?.authority;
    this.certificateAuthoritySecretName = certificate?.authority ? undefined : certificateSecretName;
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

  private secret(resourceName: string, settings: MySqlSettings, args: SecretArgs, keep = false): Secret {
    const opts = keep ? { protect: settings.protectData, retainOnDelete: settings.protectData } : {};
    return new Secret(resourceName, transformed(settings.transform?.secret, args), { parent: this, ...opts });
  }

  private generated(resourceName: string, length: number, { protectData }: MySqlSettings) {
    const opts = { parent: this, protect: protectData };
    return new RandomPassword(resourceName, { length, special: false }, opts).result;
  }

  private credentials(resourceName: string, settings: MySqlSettings) {
    if (settings.existingSecretName !== undefined) {
      return { secretName: pulumi.output(settings.existingSecretName), password: pulumi.output(undefined) };
    }
    const password = this.generated(`${resourceName}-password`, 32, settings);
    const rootPassword = this.generated(`${resourceName}-root-password`, 32, settings);
    const args = {
      metadata: metadata(settings, name),
      stringData: { password, "root-password": rootPassword },
    };
    // Kept with the volume: data nobody has the password for is as good as lost.
    const secret = this.secret(`${resourceName}-credentials`, settings, args, true);
    return { secretName: secret.metadata.name, password: password as pulumi.Output<string | undefined> };
  }

  private certificate(resourceName: string, settings: MySqlSettings): ServerTls {
    if (settings.existingCertificateSecretName !== undefined) {
      return { secretName: pulumi.output(settings.existingCertificateSecretName) };
    }
    const seed = this.generated(`${resourceName}-certificate-seed`, 64, settings);
    // The last name is for pods of an earlier version, which go on asking by it.
    const made = pulumi
      .all([seed, this.host])
      .apply(([text, host]) => serverCertificate(text, [name, host, `${host}.cluster.local`]));
    const secret = this.secret(`${resourceName}-certificate`, settings, {
      metadata: metadata(settings, mysqlNames.certificate),
      type: "kubernetes.io/tls",
      stringData: { "ca.crt": made.authority, "tls.crt": made.certificate, "tls.key": made.privateKey },
    });
    // Everything made from the seed counts as secret, and a certificate is there to be shown.
    const fingerprint = pulumi
      .unsecret(made.certificate)
      .apply((pem) => new X509Certificate(pem).fingerprint256);
    return { secretName: secret.metadata.name, authority: pulumi.unsecret(made.authority), fingerprint };
  }

  private configFile(resourceName: string, settings: MySqlSettings): ConfigMap {
    const { namespace, tls, slowQuerySeconds, extraConfig, transform } = settings;
    const memory = pulumi.output(settings.resources.limits.memory);
    const slow = slowQuerySeconds !== undefined;
    const file = template("wordpress.cnf", import.meta.url, {
      bufferPoolMebibytes: memory.apply(bufferPoolMebibytes),
      maxConnections: settings.maxConnections ?? memory.apply(connectionsInMemory),
      certificateFolder: tls ? certificateFolder : undefined,
      secureTransport: tls ? "ON" : undefined,
      slowQueryLog: slow ? "ON" : undefined,
      slowQueryFile: slow ? "/tmp/slow.log" : undefined,
      slowQuerySeconds,
      binlogMebibytes: pulumi.output(settings.storage.size).apply(binlogMebibytes),
      extraConfig:
        extraConfig.length > 0 ? pulumi.all(extraConfig).apply((lines) => lines.join("\n")) : undefined,
    });
    return immutableConfigMap(
      `${resourceName}-config`,
      {
        namespace,
        labels: objectLabels("mysql", namespace),
        data: { "wordpress.cnf": file, "initialised.sh": fileText("initialised.sh", import.meta.url) },
        transform: transform?.configMap,
      },
      { parent: this },
    );
  }

  private volumeClaim(resourceName: string, settings: MySqlSettings): PersistentVolumeClaim {
    const { storage, protectData, transform } = settings;
    const args = {
      metadata: { ...metadata(settings, mysqlNames.claim), annotations: notAwaited },
      spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: storage.storageClassName,
        resources: { requests: { storage: storage.size } },
      },
    };
    return new PersistentVolumeClaim(`${resourceName}-data`, transformed(transform?.volumeClaim, args), {
      parent: this,
      protect: protectData,
      retainOnDelete: protectData,
    });
  }

  private service(resourceName: string, settings: MySqlSettings): Service {
    const args = { metadata: serviceMetadata("mysql", name, settings), spec: serviceSpec };
    return new Service(`${resourceName}-service`, transformed(settings.transform?.service, args), {
      parent: this,
      customTimeouts: serverTimeouts(settings),
    });
  }

  /** What Kubernetes asks of a StatefulSet: the pod has a name of its own, ready or not. Clients use the other Service. */
  private podsService(resourceName: string, settings: MySqlSettings): Service {
    const args = {
      metadata: serviceMetadata("mysql", mysqlNames.pods, settings, notAwaited),
      spec: { ...serviceSpec, clusterIP: "None", publishNotReadyAddresses: true },
    };
    return new Service(`${resourceName}-pods`, transformed(settings.transform?.podsService, args), {
      parent: this,
    });
  }

  /** Somebody else's password may be any; those made here are the ones the server was made with. */
  private login(
    resourceName: string,
    settings: MySqlSettings,
    sources: Omit<LoginSources, "host">,
  ): Job | undefined {
    if (settings.existingSecretName === undefined) return undefined;
    return mysqlLogin(`${resourceName}-login`, settings, { host: this.host, ...sources }, { parent: this });
  }

  /** A line the server does not know would keep it from starting. */
  private configCheck(
    resourceName: string,
    settings: MySqlSettings,
    configName: pulumi.Output<string>,
  ): Job | undefined {
    if (settings.extraConfig.length === 0) return undefined;
    return mysqlConfigCheck(`${resourceName}-config-check`, settings, configName, { parent: this });
  }

  private disruptionBudget(resourceName: string, settings: MySqlSettings): PodDisruptionBudget {
    const args = {
      metadata: metadata(settings, name),
      spec: {
        maxUnavailable: settings.maxUnavailable,
        unhealthyPodEvictionPolicy: "AlwaysAllow",
        selector: { matchLabels: tierLabels("mysql") },
      },
    };
    return new PodDisruptionBudget(
      `${resourceName}-pdb`,
      transformed(settings.transform?.disruptionBudget, args),
      { parent: this },
    );
  }

  private server(
    resourceName: string,
    settings: MySqlSettings,
    sources: ServerSources,
    checks: Job[],
  ): StatefulSet {
    const args = {
      metadata: metadata(settings, name),
      spec: {
        serviceName: mysqlNames.pods,
        replicas: 1,
        // In order, the default, a pod that never became ready (of a wrong image, say) would be kept after the
        // template was put right: kubernetes/kubernetes#67250.
        podManagementPolicy: "Parallel",
        selector: { matchLabels: tierLabels("mysql") },
        template: serverPod(settings, sources),
      },
    };
    return new StatefulSet(`${resourceName}-server`, transformed(settings.transform?.statefulSet, args), {
      parent: this,
      // A StatefulSet of an earlier version names the other Service and keeps it: Kubernetes refuses to change this.
      ignoreChanges: ["spec.serviceName"],
      // They have to have ended well before the pod changes.
      dependsOn: checks,
      customTimeouts: serverTimeouts(settings),
    });
  }
}

function metadata({ namespace }: MySqlSettings, objectName: string) {
  return { name: objectName, namespace, labels: objectLabels("mysql", namespace) };
}

/** A change lets the old server end first. */
function serverTimeouts(settings: MySqlSettings): pulumi.CustomTimeouts {
  const { startDeadlineSeconds: start, terminationGracePeriodSeconds: end } = settings;
  return waitUntil({ create: start, update: end + start, delete: end });
}
