/**
 * The fields that cannot be changed in place, kind by kind: the official provider's list, so that a program
 * behaves the same under either. Patterns are relative to the object; `[*]` is any element.
 */
import { contains, parsePath, type Step } from "../rpc/paths.ts";
import { dig, isObject } from "../rpc/values.ts";
import { groupVersionKind, isSecretObject, type KubeObject, kindOf } from "./objects.ts";

/** Provider arguments that soften the list. */
export interface Mutability {
  /** A Secret's data is changed in place. Default false: a changed Secret is a new Secret. */
  secrets: boolean;
  /** The same for a ConfigMap's data. Default false. */
  configMaps: boolean;
}

const IDENTITY = ["metadata.name", "metadata.namespace"];
const SELECTOR = ["spec.selector"];

const POD = [
  ..."affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks hostAliases hostIPC hostNetwork".split(
    " ",
  ),
  ..."hostPID hostname imagePullSecrets nodeName nodeSelector overhead preemptionPolicy priority".split(" "),
  ..."priorityClassName readinessGates restartPolicy runtimeClassName schedulerName securityContext".split(
    " ",
  ),
  ..."serviceAccount serviceAccountName shareProcessNamespace subdomain terminationGracePeriodSeconds volumes".split(
    " ",
  ),
];
const CONTAINER = [
  ..."args command env image imagePullPolicy lifecycle livenessProbe ports readinessProbe resources".split(
    " ",
  ),
  ..."securityContext stdin stdinOnce terminationMessagePath terminationMessagePolicy tty".split(" "),
  ..."volumeDevices volumeMounts workingDir".split(" "),
];
const VOLUME_SOURCES = [
  ..."awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker gcePersistentDisk".split(
    " ",
  ),
  ..."glusterfs hostPath iscsi local nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO".split(" "),
  ..."storageos vsphereVolume".split(" "),
];
const STATEFUL_SET = [
  ...SELECTOR,
  "spec.podManagementPolicy",
  "spec.revisionHistoryLimit",
  "spec.serviceName",
  "spec.volumeClaimTemplates",
];
const JOB = [...SELECTOR, "spec.completions", "spec.parallelism", "spec.template"];

/** `group/version/Kind` to patterns. */
const KINDS: Record<string, string[]> = {
  "apps/v1beta1/StatefulSet": STATEFUL_SET,
  "apps/v1beta2/StatefulSet": STATEFUL_SET,
  "apps/v1/StatefulSet": STATEFUL_SET,
  "apps/v1beta2/Deployment": SELECTOR,
  "apps/v1/Deployment": SELECTOR,
  "apps/v1beta2/DaemonSet": SELECTOR,
  "apps/v1/DaemonSet": SELECTOR,
  "batch/v1/Job": JOB,
  "batch/v1beta1/Job": JOB,
  "policy/v1beta1/PodDisruptionBudget": ["spec"],
  "rbac.authorization.k8s.io/v1/RoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": ["roleRef"],
  "storage.k8s.io/v1/StorageClass": ["parameters", "provisioner"],
  "/v1/PersistentVolume": VOLUME_SOURCES.map((source) => `spec.${source}`),
  "/v1/PersistentVolumeClaim": [...SELECTOR, "spec.accessModes", "spec.storageClassName", "spec.volumeName"],
  "/v1/Pod": [
    ...POD.map((field) => `spec.${field}`),
    ...CONTAINER.flatMap((field) => [`spec.containers[*].${field}`, `spec.initContainers[*].${field}`]),
  ],
  "/v1/ResourceQuota": ["spec.scopes"],
  "/v1/Service": ["spec.clusterIP"],
};

/** The patterns of the fields whose change replaces this object. */
export function replacePatterns(object: KubeObject, mutable: Mutability): string[] {
  const immutable = object.immutable === true;
  if (isSecretObject(object)) {
    return [...IDENTITY, "type", ...(immutable || !mutable.secrets ? ["data", "stringData"] : [])];
  }
  if (kindOf(object) === "ConfigMap" && object.apiVersion === "v1") {
    return [...IDENTITY, ...(immutable || !mutable.configMaps ? ["data", "binaryData"] : [])];
  }
  const { group, version, kind } = groupVersionKind(object);
  return [...IDENTITY, ...(KINDS[`${group}/${version}/${kind}`] ?? [])];
}

/** True where a change at `path`, from or to `value`, touches one of the patterns. */
export function touches(patterns: string[], path: readonly Step[], value: unknown): boolean {
  return patterns.map(parsePath).some((pattern) => {
    if (contains(pattern, path)) return true;
    // a whole subtree came or went: does it hold such a field?
    const isAbove =
      path.length < pattern.length && path.every((step, index) => String(step) === String(pattern[index]));
    if (!isAbove || !isObject(value)) return false;
    const rest = pattern.slice(path.length);
    return rest.every((step) => typeof step === "string") && dig(value, ...rest) !== undefined;
  });
}
