import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2/horizontalPodAutoscaler.js";
import { CronJob } from "@pulumi/kubernetes/batch/v1/cronJob.js";
import type { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { immutableConfigMap } from "../immutable-config-map.ts";
import { wordpressNames } from "../names.ts";
import { oneTimeJob } from "../one-time-job.ts";
import { tierLabels } from "../pods.ts";
import { rollingUpdate, rolloutDeadlines } from "../rollout.ts";
import { notAwaited, waitUntil } from "../waiting.ts";
import type { WordPressArgs } from "./args.ts";
import { podFiles } from "./files.ts";
import { commandPod, installingPod, type PodSources, saltKey, saltNames, servingPod } from "./pod.ts";

export type { Database, WordPressArgs } from "./args.ts";

const name = wordpressNames.site;
const labels = tierLabels("frontend");

/** WordPress' pods behind a Service, provisioned by a Job before each rollout. */
export class WordPress extends pulumi.ComponentResource {
  /** Name of the Service. */
  readonly serviceName: pulumi.Output<string>;
  /** Port of the Service. */
  readonly servicePort: pulumi.Output<number>;
  /** Secret with the administrator's `username` and `password`. */
  readonly adminSecretName: pulumi.Output<string>;

  constructor(resourceName: string, args: WordPressArgs, opts?: pulumi.ComponentResourceOptions) {
    super("wordpress:index:WordPress", resourceName, {}, opts);

    const service = this.service(resourceName, args);
    const sources: PodSources = {
      claimName: this.volumeClaim(resourceName, args).metadata.name,
      filesName: this.files(resourceName, args).metadata.name,
      adminSecretName: args.admin.existingSecretName ?? this.adminSecret(resourceName, args),
      saltsSecretName: args.saltsSecretName ?? this.saltsSecret(resourceName, args),
    };
    const provision = this.provisionJob(resourceName, args, sources);
    this.deployment(resourceName, args, sources, provision);
    this.cronJob(resourceName, args, sources, provision);
    this.disruptionBudget(resourceName, args);
    this.autoscaler(resourceName, args);

    this.serviceName = service.metadata.name;
    this.servicePort = pulumi.output(80);
    this.adminSecretName = pulumi.output(sources.adminSecretName);
    this.registerOutputs({
      serviceName: this.serviceName,
      servicePort: this.servicePort,
      adminSecretName: this.adminSecretName,
    });
  }

  private metadata(args: WordPressArgs, objectName: string = name) {
    return { name: objectName, namespace: args.namespace, labels };
  }

  private generatedPassword(
    resourceName: string,
    length: number,
    args: WordPressArgs,
  ): pulumi.Output<string> {
    const opts = { parent: this, protect: args.protectData };
    return new RandomPassword(resourceName, { length, special: false }, opts).result;
  }

  private adminSecret(resourceName: string, args: WordPressArgs): pulumi.Output<string> {
    const password = this.generatedPassword(`${resourceName}-admin-password`, 24, args);
    return new Secret(
      `${resourceName}-admin`,
      {
        metadata: this.metadata(args, wordpressNames.admin),
        stringData: { username: args.admin.user, password },
      },
      { parent: this, protect: args.protectData, retainOnDelete: args.protectData },
    ).metadata.name;
  }

  private saltsSecret(resourceName: string, args: WordPressArgs): pulumi.Output<string> {
    const salts = saltNames.map((salt) => {
      const key = saltKey(salt);
      return [key, this.generatedPassword(`${resourceName}-${key}`, 64, args)] as const;
    });
    return new Secret(
      `${resourceName}-salts`,
      { metadata: this.metadata(args, wordpressNames.salts), stringData: Object.fromEntries(salts) },
      { parent: this, protect: args.protectData, retainOnDelete: args.protectData },
    ).metadata.name;
  }

  private files(resourceName: string, args: WordPressArgs) {
    return immutableConfigMap(
      `${resourceName}-files`,
      { namespace: args.namespace, labels, data: podFiles(args) },
      { parent: this },
    );
  }

  private volumeClaim(resourceName: string, args: WordPressArgs): PersistentVolumeClaim {
    return new PersistentVolumeClaim(
      `${resourceName}-content`,
      {
        metadata: { ...this.metadata(args, wordpressNames.claim), annotations: notAwaited },
        spec: {
          accessModes: [args.storage.accessMode],
          storageClassName: args.storage.storageClassName,
          resources: { requests: { storage: args.storage.size } },
        },
      },
      { parent: this, protect: args.protectData, retainOnDelete: args.protectData },
    );
  }

  private service(resourceName: string, args: WordPressArgs): Service {
    return new Service(
      `${resourceName}-service`,
      {
        metadata: this.metadata(args),
        spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: "http" }] },
      },
      // Pods that are there and not ready are waited for, and it may take the Job to make them so.
      {
        parent: this,
        customTimeouts: waitUntil({ create: args.provisionDeadlineSeconds + rollout(args).update }),
      },
    );
  }

  /** Code and database before pods: a new template makes a new Job, and the rollout waits for it. */
  private provisionJob(resourceName: string, args: WordPressArgs, sources: PodSources): Job {
    return oneTimeJob(
      `${resourceName}-provision`,
      {
        namespace: args.namespace,
        labels,
        spec: {
          backoffLimit: 3,
          activeDeadlineSeconds: args.provisionDeadlineSeconds,
          template: installingPod(args, sources),
        },
      },
      { parent: this, dependsOn: args.provisionAfter },
    );
  }

  private deployment(
    resourceName: string,
    args: WordPressArgs,
    sources: PodSources,
    provision: Job,
  ): Deployment {
    return new Deployment(
      `${resourceName}-deployment`,
      {
        metadata: this.metadata(args),
        spec: {
          // Under an autoscaler every `up` would otherwise set the count back.
          replicas: args.autoscaling ? undefined : args.replicas,
          strategy: args.strategy === "RollingUpdate" ? rollingUpdate : { type: "Recreate" },
          progressDeadlineSeconds: args.progressDeadlineSeconds,
          selector: { matchLabels: labels },
          template: servingPod(args, sources),
        },
      },
      { parent: this, dependsOn: [provision], customTimeouts: waitUntil(rollout(args)) },
    );
  }

  private cronJob(resourceName: string, args: WordPressArgs, sources: PodSources, provision: Job): CronJob {
    return new CronJob(
      `${resourceName}-cron`,
      {
        metadata: this.metadata(args, wordpressNames.cron),
        spec: {
          schedule: args.cronSchedule,
          concurrencyPolicy: "Forbid",
          startingDeadlineSeconds: 120,
          successfulJobsHistoryLimit: 1,
          failedJobsHistoryLimit: 2,
          jobTemplate: {
            spec: {
              backoffLimit: 0,
              activeDeadlineSeconds: 900,
              template: commandPod(args, sources, "cron", ["php", "/var/www/html/wp-cron.php"]),
            },
          },
        },
      },
      { parent: this, dependsOn: [provision] },
    );
  }

  private disruptionBudget(resourceName: string, args: WordPressArgs): PodDisruptionBudget {
    return new PodDisruptionBudget(
      `${resourceName}-pdb`,
      {
        metadata: this.metadata(args),
        spec: {
          maxUnavailable: args.maxUnavailable,
          // No probe restarts a stuck pod, and it must not keep a node from being drained.
          unhealthyPodEvictionPolicy: "AlwaysAllow",
          selector: { matchLabels: labels },
        },
      },
      { parent: this },
    );
  }

  private autoscaler(resourceName: string, args: WordPressArgs): void {
    if (args.autoscaling === undefined) return;
    const { minReplicas, maxReplicas, targetCPUUtilizationPercentage } = args.autoscaling;
    new HorizontalPodAutoscaler(
      `${resourceName}-hpa`,
      {
        metadata: this.metadata(args),
        spec: {
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
          minReplicas,
          maxReplicas,
          metrics: [
            {
              type: "Resource",
              resource: {
                name: "cpu",
                target: { type: "Utilization", averageUtilization: targetCPUUtilizationPercentage },
              },
            },
          ],
        },
      },
      { parent: this },
    );
  }
}

function rollout(args: WordPressArgs) {
  return rolloutDeadlines(args);
}
