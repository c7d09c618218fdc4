import type * as k8s from "@pulumi/kubernetes/types/input.js";
import * as pulumi from "@pulumi/pulumi";
import { mebibytes } from "./quantity.ts";

type Input<T> = pulumi.Input<T>;

/** CPU, memory and local disk of one container. */
export interface Resources {
  /** What the scheduler sets aside. */
  requests?: ResourceAmounts;
  /** What the container may use at most; CPU and memory equal to the requests give Guaranteed QoS. */
  limits?: ResourceAmounts;
}

export interface ResourceAmounts {
  /** Cores or millicores, such as `0.5` or `200m`. */
  cpu?: Input<string>;
  /** Bytes, such as `512Mi`. */
  memory?: Input<string>;
  /** Bytes on the node's disk: logs and what is written outside of volume claims. A pod that takes more is evicted. */
  ephemeralStorage?: Input<string>;
}

/** What the pods of a component may be given besides what they are made of: its servers and its Jobs alike. */
export interface PodArgs {
  /** Labels a node must have. @default none */
  nodeSelector?: Input<Record<string, Input<string>>>;
  /** Taints the pods put up with. @default none */
  tolerations?: Input<k8s.core.v1.Toleration>[];
  /** Added to the component's own affinities. @default nothing */
  affinity?: {
    nodeAffinity?: Input<k8s.core.v1.NodeAffinity>;
    podAffinity?: Input<k8s.core.v1.PodAffinity>;
    podAntiAffinity?: Input<k8s.core.v1.PodAntiAffinity>;
  };
  /** PriorityClass of the pods. @default the cluster's default */
  priorityClassName?: Input<string>;
  /** Annotations of the pods. @default none */
  podAnnotations?: Record<string, Input<string>>;
  /** Labels of the pods, beside the component's own. @default none */
  podLabels?: Record<string, Input<string>>;
  /** Secrets with logins to image registries. @default those of the service account */
  imagePullSecrets?: Input<string>[];
  /** ServiceAccount of the pods; they get no token of it. @default the namespace's default one */
  serviceAccountName?: Input<string>;
  /** Containers that run before the component's own, after those it has itself. @default none */
  initContainers?: Input<k8s.core.v1.Container>[];
  /** Most that the pods may keep in /tmp, in bytes such as `1Gi`. @default what the component's own programs need there */
  tmpSize?: Input<string>;
}

/** What the Services of a component may be given. */
export interface ServiceArgs {
  /** Annotations of the Services. @default none */
  serviceAnnotations?: Record<string, Input<string>>;
  /** Labels of the Services, beside the component's own. @default none */
  serviceLabels?: Record<string, Input<string>>;
}

/** Parts of the site, and the program each runs. */
const programs = {
  frontend: "wordpress",
  provision: "wordpress",
  cron: "wordpress",
  mysql: "mysql",
  cache: "varnish",
} as const;

export type Tier = keyof typeof programs;

/** The labels a tier's pods are selected by; those of workloads that are there cannot change. */
export function tierLabels(tier: Tier): { app: string; tier: string } {
  return { app: "wordpress", tier };
}

/**
 * Kubernetes' recommended labels of every object of a site. A namespace has one site in it, so the namespace tells
 * instances apart.
 */
export function partLabels(namespace: Input<string>) {
  return { "app.kubernetes.io/instance": namespace, "app.kubernetes.io/part-of": "wordpress" };
}

/** Labels of every object of a tier: those it is selected by, and Kubernetes' recommended ones. */
export function objectLabels(tier: Tier, namespace: Input<string>) {
  return {
    ...tierLabels(tier),
    "app.kubernetes.io/name": programs[tier],
    "app.kubernetes.io/component": tier,
    ...partLabels(namespace),
  };
}

/** Metadata of a tier's Service. */
export function serviceMetadata(
  tier: Tier,
  name: string,
  args: ServiceArgs & { namespace: Input<string> },
  annotations?: Record<string, string>,
): k8s.meta.v1.ObjectMeta {
  const { namespace, serviceAnnotations, serviceLabels } = args;
  return {
    name,
    namespace,
    labels: { ...serviceLabels, ...objectLabels(tier, namespace) },
    annotations: serviceAnnotations || annotations ? { ...serviceAnnotations, ...annotations } : undefined,
  };
}

/** What a component's own code says about a pod. */
export interface OwnPod extends Omit<k8s.core.v1.PodSpec, "affinity" | "initContainers" | "securityContext"> {
  /** The image's user. */
  uid: number;
  sysctls?: k8s.core.v1.Sysctl[];
  podAntiAffinity?: k8s.core.v1.PodAntiAffinity;
  podAffinity?: k8s.core.v1.PodAffinity;
  initContainers?: k8s.core.v1.Container[];
}

/** A pod of a tier: restricted, without a way to the API server, and with what the arguments give in addition. */
export function podTemplate(
  tier: Tier,
  args: PodArgs & { namespace: Input<string> },
  { uid, sysctls, podAntiAffinity, podAffinity, initContainers = [], ...spec }: OwnPod,
  annotations?: Record<string, Input<string>>,
): k8s.core.v1.PodTemplateSpec {
  const init = [...initContainers, ...(args.initContainers ?? [])];
  return {
    metadata: {
      labels: { ...args.podLabels, ...objectLabels(tier, args.namespace) },
      annotations:
        args.podAnnotations || annotations ? { ...args.podAnnotations, ...annotations } : undefined,
    },
    spec: {
      ...isolatedPod,
      ...spec,
      securityContext: { ...restrictedPod(uid), sysctls },
      affinity: affinity(args.affinity, podAntiAffinity, podAffinity),
      nodeSelector: args.nodeSelector,
      tolerations: args.tolerations,
      priorityClassName: args.priorityClassName,
      imagePullSecrets: args.imagePullSecrets?.map((name) => ({ name })),
      serviceAccountName: args.serviceAccountName,
      initContainers: init.length > 0 ? init : undefined,
    },
  };
}

function affinity(
  given: PodArgs["affinity"] = {},
  podAntiAffinity?: k8s.core.v1.PodAntiAffinity,
  podAffinity?: k8s.core.v1.PodAffinity,
): k8s.core.v1.Affinity | undefined {
  const all = {
    nodeAffinity: given.nodeAffinity,
    podAffinity: joined(podAffinity, given.podAffinity),
    podAntiAffinity: joined(podAntiAffinity, given.podAntiAffinity),
  };
  return Object.values(all).some((one) => one !== undefined) ? all : undefined;
}

/** The terms of both. */
function joined<T extends k8s.core.v1.PodAffinity>(own: T | undefined, given: Input<T> | undefined) {
  if (own === undefined || given === undefined) return given ?? own;
  const required = "requiredDuringSchedulingIgnoredDuringExecution";
  const preferred = "preferredDuringSchedulingIgnoredDuringExecution";
  return pulumi.all([own, given]).apply(([one, other]) => ({
    [required]: [...(one[required] ?? []), ...(other[required] ?? [])],
    [preferred]: [...(one[preferred] ?? []), ...(other[preferred] ?? [])],
  }));
}

/**
 * What Pod Security level `restricted` asks of a pod, for an image whose user is `uid`.
 * Source: kubernetes.io "Pod Security Standards".
 * OnRootMismatch, because the default walks the whole volume at every start.
 */
export function restrictedPod(uid: number) {
  return {
    runAsNonRoot: true,
    runAsUser: uid,
    runAsGroup: uid,
    fsGroup: uid,
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
  } satisfies k8s.core.v1.PodSecurityContext;
}

/** Settings of every container: what `restricted` asks, a read-only root file system, and last words. */
export const containerDefaults = {
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  },
  // The end of a failed container's log becomes part of its status, where `pulumi up` and `kubectl describe` show it.
  terminationMessagePolicy: "FallbackToLogsOnError",
} satisfies Partial<k8s.core.v1.Container>;

/** Settings of a pod that never talks to the API server. */
export const isolatedPod = {
  automountServiceAccountToken: false,
  // Docker-style link variables of the Service `wordpress` would land among the image's own WORDPRESS_* ones.
  enableServiceLinks: false,
} satisfies Partial<k8s.core.v1.PodSpec>;

/** Local disk of a pod besides its /tmp, for logs and code from the image, in MiB. */
const diskBesideTmp = 2048;

/** An environment variable's value that the kubelet gives as it is: in one it fills in $(NAME), and takes $$ for $. */
export function asWritten(value: Input<string>): pulumi.Output<string> {
  return pulumi.output(value).apply((text) => text.replaceAll("$", "$$$$"));
}

/** A container's resources, as Kubernetes names them. `tmpSize` is of the volumes on the node's disk it may fill. */
export function containerResources(resources: Resources, tmpSize: Input<string>) {
  const { requests = {}, limits = {} } = resources;
  const most =
    limits.ephemeralStorage ?? pulumi.output(tmpSize).apply((size) => `${mebibytes(size) + diskBesideTmp}Mi`);
  return {
    requests: amounts(requests, requests.ephemeralStorage),
    limits: amounts(limits, most),
  };
}

/** The same for requests and limits, of a container beside the component's own. */
export function smallContainer(cpu: string, memory: string) {
  const requests = amounts({ cpu, memory }, "16Mi");
  return { requests, limits: { ...requests, "ephemeral-storage": "128Mi" } };
}

function amounts({ cpu, memory }: ResourceAmounts, disk: Input<string> | undefined) {
  const known = { cpu, memory, "ephemeral-storage": disk };
  return Object.fromEntries(Object.entries(known).filter(([, amount]) => amount !== undefined)) as Record<
    string,
    Input<string>
  >;
}

/**
 * Pods of one template rather on different nodes than together. Those of the template a rollout replaces do not count:
 * they would push the new ones away from their nodes and together on the others.
 */
export function onDifferentNodes(matchLabels: Record<string, string>): k8s.core.v1.PodAntiAffinity {
  const podAffinityTerm = {
    labelSelector: { matchLabels },
    topologyKey: "kubernetes.io/hostname",
    matchLabelKeys: ["pod-template-hash"],
  };
  return { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm }] };
}
