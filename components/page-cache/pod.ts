import type * as k8s from "@pulumi/kubernetes/types/input.js";
import * as pulumi from "@pulumi/pulumi";
import { containerDefaults, isolatedPod, onDifferentNodes, restrictedPod, tierLabels } from "../pods.ts";
import type { PageCacheArgs } from "./args.ts";

/** Port of a cache pod. */
export const cachePort = 8080;

/** Port of a cache pod's metrics, the one Varnish exporters are known by. */
const metricsPort = 9131;

/** The varnish user of the official image (Dockerfile of varnish/docker-varnish). */
const uid = 1000;

/** Until Traefik has heard that the pod is leaving, in seconds. */
const leaveSeconds = 10;

const filesFolder = "/etc/page-cache";
const secretsFolder = "/run/secrets/page-cache";
const workFolder = "/var/lib/varnish";
const instance = `${workFolder}/varnishd`;

/** Where the cache's pods find the token. */
export const tokenFile = `${secretsFolder}/token`;

const labels = tierLabels("cache");

/** Varnish ends at once when it is told to: the longest request under way has to end before that. In seconds. */
const sleepSeconds = (args: PageCacheArgs) => leaveSeconds + args.longestRequestSeconds;

/** Time from the start of preStop until the pod is killed, in seconds. */
export const graceSeconds = (args: PageCacheArgs) => sleepSeconds(args) + 10;

/** The pod of one replica. `filesName` is the ConfigMap with the rules and the metrics script. */
export function cachePod(args: PageCacheArgs, filesName: pulumi.Input<string>): k8s.core.v1.PodTemplateSpec {
  return {
    metadata: { labels },
    spec: {
      ...isolatedPod,
      securityContext: restrictedPod(uid),
      terminationGracePeriodSeconds: graceSeconds(args),
      affinity: { podAntiAffinity: onDifferentNodes(labels) },
      containers: [cacheContainer(args), ...(args.metrics ? [metricsContainer(args)] : [])],
      volumes: [
        { name: "files", configMap: { name: filesName } },
        { name: "token", secret: { secretName: args.tokenSecretName, defaultMode: 0o440 } },
        // Written to with every request, so it is memory, and counts as such.
        { name: "work", emptyDir: { medium: "Memory", sizeLimit: "64Mi" } },
        // The compiler's.
        { name: "tmp", emptyDir: {} },
      ],
    },
  };
}

const mounts = {
  files: { name: "files", mountPath: filesFolder, readOnly: true },
  token: { name: "token", mountPath: secretsFolder, readOnly: true },
  work: { name: "work", mountPath: workFolder },
  tmp: { name: "tmp", mountPath: "/tmp" },
} satisfies Record<string, k8s.core.v1.VolumeMount>;

function cacheContainer(args: PageCacheArgs): k8s.core.v1.Container {
  const ready = { httpGet: { path: "/-/cache-ready", port: "http" } };
  return {
    name: "varnish",
    image: args.image,
    command: varnishd(args),
    ports: [{ name: "http", containerPort: cachePort }],
    resources: args.resources,
    ...containerDefaults,
    lifecycle: { preStop: { sleep: { seconds: sleepSeconds(args) } } },
    // The rules are compiled first.
    startupProbe: { ...ready, periodSeconds: 1, failureThreshold: 60 },
    readinessProbe: { ...ready, periodSeconds: 5, failureThreshold: 2 },
    volumeMounts: [mounts.files, mounts.token, mounts.work, mounts.tmp],
  };
}

function varnishd(args: PageCacheArgs): pulumi.Input<string>[] {
  const parameters: Record<string, string> = {
    // Longer than Traefik keeps an idle connection (90 s), so that it is never closed under Traefik's next request.
    timeout_idle: "120",
    // However slow the visitor, no more of an answer that is passed on waits in memory.
    transit_buffer: "1M",
    vsl_space: "16M",
  };
  return [
    ...["varnishd", "-F", "-n", instance, "-f", `${filesFolder}/page-cache.vcl`],
    ...["-a", `http=:${cachePort},HTTP`],
    ...["-s", pulumi.interpolate`default=malloc,${args.storageMebibytes}M`],
    ...["-s", pulumi.interpolate`Transient=malloc,${args.transientMebibytes}M`],
    ...Object.entries(parameters).flatMap(([name, value]) => ["-p", `${name}=${value}`]),
  ];
}

/** varnishstat's counters for Prometheus, out of the memory Varnish keeps them in. */
function metricsContainer(args: PageCacheArgs): k8s.core.v1.Container {
  const resources = { cpu: "20m", memory: "48Mi" };
  return {
    name: "metrics",
    image: args.image,
    command: ["perl", `${filesFolder}/metrics.pl`, String(metricsPort), instance],
    // Varnish' process is in another container, so its id says nothing here.
    env: [{ name: "VSM_NOPID", value: "1" }],
    ports: [{ name: "metrics", containerPort: metricsPort }],
    resources: { requests: resources, limits: resources },
    ...containerDefaults,
    volumeMounts: [mounts.files, { ...mounts.work, readOnly: true }],
  };
}
