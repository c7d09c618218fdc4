import { Deployment, type DeploymentArgs } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2/horizontalPodAutoscaler.js";
import { CronJob, type CronJobArgs } from "@pulumi/kubernetes/batch/v1/cronJob.js";
import type { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { withDefaults } from "../defaults.ts";
import { immutableConfigMap } from "../immutable-config-map.ts";
import { wordpressNames } from "../names.ts";
import { oneTimeJob } from "../one-time-job.ts";
import { objectLabels, serviceMetadata, tierLabels } from "../pods.ts";
import { withProgramWins } from "../program-wins.ts";
import { rollingUpdate, rolloutDeadlines } from "../rollout.ts";
import { transformed } from "../transform.ts";
import { notAwaited, waitUntil } from "../waiting.ts";
import type { WordPressArgs, WordPressSettings } from "./args.ts";
import { type ArgumentFault, accessModeFaults, extensionFaults, multisiteFaults } from "./checks.ts";
import { wordpressDefaults } from "./defaults.ts";
import { saltKey, saltNames } from "./environment.ts";
import { podFiles } from "./files.ts";
import { commandPod, installingPod, type PodSources, servingPod } from "./pod.ts";
import { smtpFaults } from "./smtp.ts";

export type { Database, SmtpServer, WordPressArgs } from "./args.ts";
export type { Extension } from "./extensions.ts";

const name = wordpressNames.site;
const selected = tierLabels("frontend");

/** Again only where another run had the lock, which WordPress takes away after a minute; other failures are told at once. */
const retries = {
  backoffLimit: 3,
  podFailurePolicy: {
    rules: [{ action: "FailJob", onExitCodes: { operator: "NotIn", values: [75] } }],
  },
};

/**
 * WordPress: a Deployment behind a Service, its volume, the Job that prepares code and database before each rollout,
 * the CronJob of its scheduled work, an autoscaler, a disruption budget, and the generated secrets.
 *
 * The smallest:
 * ```ts
 * const database = new MySql("db", { namespace: "blog" });
 * new WordPress("blog", { namespace: "blog", url: "https://blog.example.com", database, storage: {} });
 * ```
 * With more of what it has:
 * ```ts
 * const database = {
 *   host: "db.example.com",
 *   database: "blog",
 *   user: "blog",
 *   secretName: "blog-db",
 *   certificateAuthoritySecretName: "blog-db-authority",
 * };
 * const wordpress = new WordPress("blog", {
 *   namespace: namespace.metadata.name,
 *   url: "https://blog.example.com",
 *   database,
 *   storage: { size: "50Gi", storageClassName: "csi-cephfs" },
 *   content: "image",
 *   image: "registry.example.com/blog:1.4.0",
 *   imagePullSecrets: ["registry"],
 *   plugins: [{ slug: "shop" }],
 *   timezone: "Europe/Berlin",
 *   admin: { user: "editor", email: "editor@example.com", title: "A Blog" },
 *   smtp: { host: "smtp.mail.svc", tls: "none", fromAddress: "blog@example.com" },
 *   resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "2", memory: "1Gi" } },
 *   autoscaling: { maxReplicas: 12, targetCPUUtilizationPercentage: 60 },
 *   php: { uploadMaxSize: "256Mi", extraIni: ["date.timezone = Europe/Berlin"] },
 *   protectData: true,
 *   transform: { deployment: { spec: { revisionHistoryLimit: 3 } } },
 * });
 * ```
 */
export class WordPress extends pulumi.ComponentResource {
  /** Name of the Service. */
  readonly serviceName: pulumi.Output<string>;
  /** Port of the Service. */
  readonly servicePort: pulumi.Output<number>;
  /** Its address: another when the Service was made anew. */
  readonly serviceClusterIP: pulumi.Output<string>;
  /** Name of the Deployment, once it is rolled out. */
  readonly deploymentName: pulumi.Output<string>;
  /** Secret with the administrator's `username` and `password`. */
  readonly adminSecretName: pulumi.Output<string>;

  constructor(resourceName: string, args: WordPressArgs, opts?: pulumi.ComponentResourceOptions) {
    super("wordpress:index:WordPress", resourceName, {}, withProgramWins(opts));
    const settings = withDefaults(args, wordpressDefaults);
    this.check(settings);

    const service = this.service(resourceName, settings);
    const sources: PodSources = {
      claimName: this.volumeClaim(resourceName, settings).metadata.name,
      filesName: this.files(resourceName, settings).metadata.name,
      adminSecretName: settings.admin.existingSecretName ?? this.adminSecret(resourceName, settings),
      saltsSecretName: settings.saltsSecretName ?? this.saltsSecret(resourceName, settings),
    };
    const provision = this.provisionJob(resourceName, settings, sources);
    const deployment = this.deployment(resourceName, settings, sources, provision);
    this.cronJob(resourceName, settings, sources, provision);
    this.disruptionBudget(resourceName, settings);
    if (settings.autoscaling.enabled) this.autoscaler(resourceName, settings);

    this.serviceName = service.metadata.name;
    this.servicePort = pulumi.output(80);
    this.serviceClusterIP = service.spec.clusterIP;
    this.deploymentName = pulumi.all([deployment.metadata.name, deployment.id]).apply(([made]) => made);
    this.adminSecretName = pulumi.output(sources.adminSecretName);
    this.registerOutputs({
      serviceName: this.serviceName,
      servicePort: this.servicePort,
      serviceClusterIP: this.serviceClusterIP,
      deploymentName: this.deploymentName,
      adminSecretName: this.adminSecretName,
    });
  }

  private check(settings: WordPressSettings): void {
    const why = ", because storage.accessMode is ReadWriteOnce; or set that to ReadWriteMany";
    const groups = [
      [accessModeFaults(settings), why],
      [
        [...extensionFaults(settings), ...multisiteFaults(settings), ...smtpFaults(settings.smtp, "smtp")],
        "",
      ],
    ] as const;
    const faults = groups
      .filter(([found]) => found.length > 0)
      .map(([found, reason]) => found.map(sentence).join("; ") + reason);
    if (faults.length > 0) throw new pulumi.ResourceError(faults.join("; "), this);
  }

  private generated(resourceName: string, length: number, { protectData }: WordPressSettings) {
    const opts = { parent: this, protect: protectData };
    return new RandomPassword(resourceName, { length, special: false }, opts).result;
  }

  private secret(
    resourceName: string,
    settings: WordPressSettings,
    objectName: string,
    stringData: Record<string, pulumi.Input<string>>,
  ): pulumi.Output<string> {
    const { protectData, transform } = settings;
    const args = transformed(transform?.secret, { metadata: metadata(settings, objectName), stringData });
    const opts = { parent: this, protect: protectData, retainOnDelete: protectData };
    return new Secret(resourceName, args, opts).metadata.name;
  }

  private adminSecret(resourceName: string, settings: WordPressSettings): pulumi.Output<string> {
    const password = this.generated(`${resourceName}-admin-password`, 24, settings);
    const login = { username: settings.admin.user, password };
    return this.secret(`${resourceName}-admin`, settings, wordpressNames.admin, login);
  }

  private saltsSecret(resourceName: string, settings: WordPressSettings): pulumi.Output<string> {
    const salts = saltNames.map((salt) => {
      const key = saltKey(salt);
      return [key, this.generated(`${resourceName}-${key}`, 64, settings)] as const;
    });
    return this.secret(`${resourceName}-salts`, settings, wordpressNames.salts, Object.fromEntries(salts));
  }

  private files(resourceName: string, settings: WordPressSettings) {
    const { namespace, transform } = settings;
    return immutableConfigMap(
      `${resourceName}-files`,
      {
        namespace,
        labels: objectLabels("frontend", namespace),
        data: podFiles(settings),
        transform: transform?.configMap,
      },
      { parent: this },
    );
  }

  private volumeClaim(resourceName: string, settings: WordPressSettings): PersistentVolumeClaim {
    const { storage, protectData, transform } = settings;
    const args = {
      metadata: { ...metadata(settings, wordpressNames.claim), annotations: notAwaited },
      spec: {
        accessModes: [storage.accessMode],
        storageClassName: storage.storageClassName,
        resources: { requests: { storage: storage.size } },
      },
    };
    return new PersistentVolumeClaim(`${resourceName}-content`, transformed(transform?.volumeClaim, args), {
      parent: this,
      protect: protectData,
      retainOnDelete: protectData,
    });
  }

  private service(resourceName: string, settings: WordPressSettings): Service {
    const { provisionDeadlineSeconds, transform } = settings;
    const args = {
      metadata: serviceMetadata("frontend", name, settings),
      spec: { selector: selected, ports: [{ name: "http", port: 80, targetPort: "http" }] },
    };
    // Pods that are there and not ready are waited for, and it may take the Job to make them so.
    const create = provisionDeadlineSeconds + rolloutDeadlines(settings).update;
    return new Service(`${resourceName}-service`, transformed(transform?.service, args), {
      parent: this,
      customTimeouts: waitUntil({ create }),
    });
  }

  /** Code and database before pods: a new template makes a new Job, and the rollout waits for it. */
  private provisionJob(resourceName: string, settings: WordPressSettings, sources: PodSources): Job {
    const { namespace, provisionDeadlineSeconds, provisionAfter, transform } = settings;
    return oneTimeJob(
      `${resourceName}-provision`,
      {
        namespace,
        labels: objectLabels("frontend", namespace),
        spec: {
          activeDeadlineSeconds: provisionDeadlineSeconds,
          template: installingPod(settings, sources),
        },
        transform: transform?.provisionJob,
      },
      { parent: this, dependsOn: provisionAfter },
    );
  }

  private deployment(
    resourceName: string,
    settings: WordPressSettings,
    sources: PodSources,
    provision: Job,
  ): Deployment {
    const args = {
      metadata: metadata(settings, name),
      spec: {
        // Under an autoscaler every `up` would otherwise set the count back.
        replicas: settings.autoscaling.enabled ? undefined : settings.replicas,
        strategy: settings.strategy === "RollingUpdate" ? rollingUpdate : { type: "Recreate" },
        progressDeadlineSeconds: settings.progressDeadlineSeconds,
        selector: { matchLabels: selected },
        template: servingPod(settings, sources),
      },
    };
    return new Deployment(
      `${resourceName}-deployment`,
      transformed<DeploymentArgs>(settings.transform?.deployment, args),
      { parent: this, dependsOn: [provision], customTimeouts: waitUntil(rolloutDeadlines(settings)) },
    );
  }

  private cronJob(
    resourceName: string,
    settings: WordPressSettings,
    sources: PodSources,
    provision: Job,
  ): CronJob {
    const template = commandPod(settings, sources, "cron", ["php", "/etc/wordpress/cron.php"]);
    const args = {
      metadata: metadata(settings, wordpressNames.cron),
      spec: {
        schedule: settings.cron.schedule,
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds: 120,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 2,
        jobTemplate: { spec: { ...retries, activeDeadlineSeconds: 900, template } },
      },
    };
    return new CronJob(`${resourceName}-cron`, transformed<CronJobArgs>(settings.transform?.cronJob, args), {
      parent: this,
      dependsOn: [provision],
    });
  }

  private disruptionBudget(resourceName: string, settings: WordPressSettings): PodDisruptionBudget {
    const args = {
      metadata: metadata(settings, name),
      spec: {
        maxUnavailable: settings.maxUnavailable,
        // No probe restarts a stuck pod, and it must not keep a node from being drained.
        unhealthyPodEvictionPolicy: "AlwaysAllow",
        selector: { matchLabels: selected },
      },
    };
    return new PodDisruptionBudget(
      `${resourceName}-pdb`,
      transformed(settings.transform?.disruptionBudget, args),
      { parent: this },
    );
  }

  private autoscaler(resourceName: string, settings: WordPressSettings): HorizontalPodAutoscaler {
    const { minReplicas, maxReplicas, targetCPUUtilizationPercentage } = settings.autoscaling;
    const target = { type: "Utilization", averageUtilization: targetCPUUtilizationPercentage };
    const args = {
      metadata: metadata(settings, name),
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
        minReplicas,
        maxReplicas,
        metrics: [{ type: "Resource", resource: { name: "cpu", target } }],
      },
    };
    return new HorizontalPodAutoscaler(
      `${resourceName}-hpa`,
      transformed(settings.transform?.autoscaler, args),
      { parent: this },
    );
  }
}

function sentence({ argument, value, allowed }: ArgumentFault): string {
  const problem = value === undefined ? "is missing" : `${JSON.stringify(value)} is not allowed`;
  return `${argument}: ${problem}; expected ${allowed}`;
}

function metadata({ namespace }: WordPressSettings, objectName: string) {
  return { name: objectName, namespace, labels: objectLabels("frontend", namespace) };
}
