import { readFileSync } from "node:fs";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import type { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import * as pulumi from "@pulumi/pulumi";
import { immutableConfigMap } from "../immutable-config-map.ts";
import { cacheNames } from "../names.ts";
import { tierLabels } from "../pods.ts";
import { rollingUpdate, rolloutDeadlines } from "../rollout.ts";
import { waitUntil } from "../waiting.ts";
import type { PageCacheArgs } from "./args.ts";
import { cachePod, graceSeconds, tokenFile } from "./pod.ts";
import { pageCacheVcl } from "./vcl.ts";

export type { PageCacheArgs } from "./args.ts";

const name = cacheNames.cache;
const labels = tierLabels("cache");
/** The longest a rollout may stand still, in seconds. */
const progressDeadlineSeconds = 300;

/** An HTTP cache in front of WordPress: pages for everybody are answered from memory, also while WordPress is away. */
export class PageCache extends pulumi.ComponentResource {
  /** Name of the Service, once its pods serve. */
  readonly serviceName: pulumi.Output<string>;
  /** Port of the Service. */
  readonly servicePort: pulumi.Output<number>;

  constructor(resourceName: string, args: PageCacheArgs, opts?: pulumi.ComponentResourceOptions) {
    super("wordpress:index:PageCache", resourceName, {}, opts);

    const files = this.files(resourceName, args);
    const deployment = this.deployment(resourceName, args, files);
    const service = this.service(resourceName, args);
    this.disruptionBudget(resourceName, args);

    this.serviceName = pulumi.all([service.metadata.name, deployment.id]).apply(([served]) => served);
    this.servicePort = pulumi.output(80);
    this.registerOutputs({ serviceName: this.serviceName, servicePort: this.servicePort });
  }

  private files(resourceName: string, args: PageCacheArgs): ConfigMap {
    const { backend, ...settings } = args;
    const vcl = pulumi
      .all([backend.name, backend.port])
      .apply(([host, port]) => pageCacheVcl({ ...settings, host, port, tokenFile }));
    const metrics = readFileSync(new URL("./files/metrics.pl", import.meta.url), "utf8");
    return immutableConfigMap(
      `${resourceName}-files`,
      {
        namespace: args.namespace,
        labels,
        data: { "page-cache.vcl": vcl, ...(args.metrics ? { "metrics.pl": metrics } : {}) },
      },
      { parent: this },
    );
  }

  private deployment(resourceName: string, args: PageCacheArgs, files: ConfigMap): Deployment {
    return new Deployment(
      `${resourceName}-deployment`,
      {
        metadata: { name, namespace: args.namespace, labels },
        spec: {
          replicas: args.replicas,
          strategy: rollingUpdate,
          progressDeadlineSeconds,
          selector: { matchLabels: labels },
          template: cachePod(args, files.metadata.name),
        },
      },
      { parent: this, customTimeouts: waitUntil(rollout(args)) },
    );
  }

  private service(resourceName: string, args: PageCacheArgs): Service {
    return new Service(
      `${resourceName}-service`,
      {
        metadata: { name, namespace: args.namespace, labels },
        spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: "http" }] },
      },
      { parent: this, customTimeouts: waitUntil({ create: rollout(args).update }) },
    );
  }

  private disruptionBudget(resourceName: string, args: PageCacheArgs): void {
    new PodDisruptionBudget(
      `${resourceName}-pdb`,
      {
        metadata: { name, namespace: args.namespace, labels },
        spec: {
          maxUnavailable: 1,
          unhealthyPodEvictionPolicy: "AlwaysAllow",
          selector: { matchLabels: labels },
        },
      },
      { parent: this },
    );
  }
}

function rollout(args: PageCacheArgs) {
  return rolloutDeadlines({
    strategy: "RollingUpdate",
    progressDeadlineSeconds,
    terminationGracePeriodSeconds: graceSeconds(args),
  });
}
