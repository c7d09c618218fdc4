import type * as k8s from "@pulumi/kubernetes/types/input.js";
import * as pulumi from "@pulumi/pulumi";
import {
  containerDefaults,
  containerResources,
  onDifferentNodes,
  podTemplate,
  smallContainer,
  tierLabels,
} from "../pods.ts";
import type { PageCacheSettings } from "./args.ts";
import { storageMebibytes, transientMebibytes } from "./sizing.ts";
import { mostRetries } from "./vcl.ts";

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

/** Time from the start of preStop, which waits for the requests under way, until the pod is killed; in seconds. */
export const graceSeconds = (settings: PageCacheSettings) =>
  leaveSeconds + settings.longestRequestSeconds + 10;

/** Annotation by which the pods are others when the backend's address is another. */
const backendAddress = "wordpress.index/backend-address";

/** The pod of one replica. `filesName` is the ConfigMap with the rules and the metrics script. */
export function cachePod(
  settings: PageCacheSettings,
  filesName: pulumi.Input<string>,
): k8s.core.v1.PodTemplateSpec {
  const { clusterIP } = settings.backend;
  const podAnnotations =
    clusterIP === undefined
      ? settings.podAnnotations
      : { ...settings.podAnnotations, [backendAddress]: clusterIP };
  return podTemplate(
    "cache",
    { ...settings, podAnnotations },
    {
      uid,
      terminationGracePeriodSeconds: graceSeconds(settings),
      podAntiAffinity: onDifferentNodes(tierLabels("cache")),
      containers: [
        cacheContainer(settings),
        ...(settings.metrics.enabled ? [metricsContainer(settings)] : []),
      ],
      volumes: [
        { name: "files", configMap: { name: filesName } },
        { name: "token", secret: { secretName: settings.tokenSecretName, defaultMode: 0o440 } },
        // Written to with every request, so it is memory, and counts as such.
        { name: "work", emptyDir: { medium: "Memory", sizeLimit: "64Mi" } },
        { name: "tmp", emptyDir: { sizeLimit: settings.tmpSize } },
      ],
    },
  );
}

const mounts = {
  files: { name: "files", mountPath: filesFolder, readOnly: true },
  token: { name: "token", mountPath: secretsFolder, readOnly: true },
  work: { name: "work", mountPath: workFolder },
  tmp: { name: "tmp", mountPath: "/tmp" },
} satisfies Record<string, k8s.core.v1.VolumeMount>;

function cacheContainer(settings: PageCacheSettings): k8s.core.v1.Container {
  const ready = { httpGet: { path: "/-/cache-ready", port: "http" } };
  return {
    name: "varnish",
    image: settings.image,
    command: varnishd(settings),
    ports: [{ name: "http", containerPort: cachePort }],
    resources: containerResources(settings.resources, settings.tmpSize),
    ...containerDefaults,
    lifecycle: { preStop: { exec: { command: leave(settings) } } },
    // The rules are compiled first.
    startupProbe: { ...ready, periodSeconds: 1, failureThreshold: 60 },
    readinessProbe: { ...ready, periodSeconds: 5, failureThreshold: 2 },
    volumeMounts: [mounts.files, mounts.token, mounts.work, mounts.tmp],
  };
}

/** The way out: see files/leave.sh. */
function leave({ longestRequestSeconds }: PageCacheSettings): string[] {
  return ["sh", `${filesFolder}/leave.sh`, instance, `${leaveSeconds}`, `${longestRequestSeconds}`];
}

const parameters = {
  // Longer than Traefik keeps an idle connection (90 s), so that it is never closed under Traefik's next request.
  timeout_idle: "120",
  // However slow the visitor, no more of an answer that is passed on waits in memory.
  transit_buffer: "1M",
  vsl_space: "16M",
  // All pods of WordPress have one address, the Service's: when one refuses, the next connection leads to another.
  backend_remote_error_holddown: "0",
  // More than the rules ask for would never come to their own answer.
  max_retries: `${mostRetries}`,
};

/** Varnish' parameters as its command takes them. */
export const varnishParameters = Object.entries(parameters).flatMap(([name, value]) => [
  "-p",
  `${name}=${value}`,
]);

function varnishd({ resources }: PageCacheSettings): pulumi.Input<string>[] {
  const memory = pulumi.output(resources.limits.memory);
  return [
    ...["varnishd", "-F", "-n", instance, "-f", `${filesFolder}/page-cache.vcl`],
    ...["-a", `http=:${cachePort},HTTP`],
    ...["-s", pulumi.interpolate`default=malloc,${memory.apply(storageMebibytes)}M`],
    ...["-s", pulumi.interpolate`Transient=malloc,${memory.apply(transientMebibytes)}M`],
    ...varnishParameters,
  ];
}

/** varnishstat's counters for Prometheus, out of the memory Varnish keeps them in. */
function metricsContainer(settings: PageCacheSettings): k8s.core.v1.Container {
  return {
    name: "metrics",
    image: settings.image,
    command: ["perl", `${filesFolder}/metrics.pl`, String(metricsPort), instance],
    // Varnish' process is in another container, so its id says nothing here.
    env: [{ name: "VSM_NOPID", value: "1" }],
    ports: [{ name: "metrics", containerPort: metricsPort }],
    resources: smallContainer("20m", "48Mi"),
    ...containerDefaults,
    volumeMounts: [mounts.files, { ...mounts.work, readOnly: true }],
  };
}
