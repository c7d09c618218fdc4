/** Which kinds are awaited, and how one look at them is judged. */
import { dig } from "../../rpc/values.ts";
import { annotation, groupVersionKind, type KubeObject, nameOfObject, namespaceOf } from "../objects.ts";
import { definitionVerdict } from "./definitions.ts";
import type { Look } from "./look.ts";
import { hasEndpoints, ingressVerdict, serviceVerdict } from "./network.ts";
import { claimVerdict } from "./storage.ts";
import type { Verdict } from "./verdict.ts";
import { parseWaitFor } from "./wait-for.ts";
import {
  daemonSetVerdict,
  deploymentVerdict,
  jobVerdict,
  podVerdict,
  statefulSetVerdict,
} from "./workloads.ts";

/** Judges an object; `since` is when it was written. */
export type Awaiter = (object: KubeObject, look: Look, since: Date) => Verdict | Promise<Verdict>;

const AWAITERS: Record<string, Awaiter> = {
  "apps/Deployment": (object, _look, since) => deploymentVerdict(object, since),
  "apps/StatefulSet": statefulSetVerdict,
  "apps/DaemonSet": daemonSetVerdict,
  "batch/Job": jobVerdict,
  "/Pod": podVerdict,
  "/Service": async (service, look) =>
    serviceVerdict(service, hasEndpoints(service) ? await slicesOf(service, look) : []),
  "/PersistentVolumeClaim": async (claim, look) => claimVerdict(claim, await classOf(claim, look)),
  "networking.k8s.io/Ingress": ingressVerdict,
  "apiextensions.k8s.io/CustomResourceDefinition": definitionVerdict,
};

/**
 * The awaiter for these inputs; undefined where there is nothing to wait for. What the program says itself
 * (`pulumi.com/skipAwait`, `pulumi.com/waitFor`) replaces what we know of the kind.
 */
export function awaiterFor(inputs: KubeObject): Awaiter | undefined {
  if (annotation(inputs, "skipAwait") === "true") return undefined;
  const waitFor = annotation(inputs, "waitFor");
  if (waitFor !== undefined) return parseWaitFor(waitFor);
  const { group, kind } = groupVersionKind(inputs);
  return AWAITERS[`${group}/${kind}`];
}

function slicesOf(service: KubeObject, look: Look): Promise<KubeObject[]> {
  const path = `/apis/discovery.k8s.io/v1/namespaces/${namespaceOf(service)}/endpointslices`;
  return look.list(path, { labelSelector: `kubernetes.io/service-name=${nameOfObject(service)}` });
}

async function classOf(claim: KubeObject, look: Look): Promise<KubeObject | undefined> {
  const name = dig(claim, "spec", "storageClassName");
  return name ? look.get(`/apis/storage.k8s.io/v1/storageclasses/${name}`) : undefined;
}
