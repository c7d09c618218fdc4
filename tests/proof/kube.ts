import { setTimeout as sleep } from "node:timers/promises";
import { kubectl } from "../../local/cluster/kubectl.ts";
import { waitUntil } from "../../local/toolchain/wait-until.ts";
import { report } from "./findings.ts";

/** Namespace of the site. */
export const namespace = "kube-example";

/** What the scenarios look at in a pod. */
export interface Pod {
  metadata: { name: string; uid: string; deletionTimestamp?: string };
  spec: { nodeName?: string };
  status: {
    podIP?: string;
    conditions?: { type: string; status: string }[];
    containerStatuses?: { restartCount: number; lastState?: { terminated?: { reason: string } } }[];
  };
}

/** Runs kubectl in the site's namespace and returns its output. */
export function inNamespace(
  args: string[],
  options: { seconds?: number; input?: string } = {},
): Promise<string> {
  return kubectl(["-n", namespace, ...args], options);
}

/** Reads an object, or a list, of the site's namespace. */
export async function read<T>(...args: string[]): Promise<T> {
  return JSON.parse(await inNamespace(["get", ...args, "-o", "json"]));
}

/** Pods of a tier that are not being deleted. */
export async function podsOf(tier: "frontend" | "mysql"): Promise<Pod[]> {
  const { items } = await read<{ items: Pod[] }>("pods", "-l", `tier=${tier}`);
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** The ready ones among them. */
export async function readyPods(tier: "frontend" | "mysql"): Promise<Pod[]> {
  return (await podsOf(tier)).filter(isReady);
}

/** What each ready pod of WordPress has logged since then; one that is still being made has no log to ask for. */
export async function wordpressLogs(since: Date): Promise<string[]> {
  const options = ["-c", "wordpress", `--since-time=${since.toISOString()}`];
  const pods = await readyPods("frontend");
  return Promise.all(pods.map(({ metadata }) => inNamespace(["logs", metadata.name, ...options])));
}

export function isReady({ status }: Pod): boolean {
  return status.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

/** How often the pod's containers were started again. */
export function restarts({ status }: Pod): number {
  return (status.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);
}

/** The one MySQL pod. */
export async function mysqlPod(): Promise<Pod> {
  const [pod] = await podsOf("mysql");
  if (!pod) throw new Error("there is no MySQL pod");
  return pod;
}

/**
 * Waits until `probe` is true and returns the seconds it took; a probe that throws is asked again. Rejects after
 * `limit` seconds with what the probe threw last. `pause` is in milliseconds: every look starts a kubectl, which two
 * cores feel.
 */
export async function until(
  what: string,
  limit: number,
  probe: () => Promise<boolean>,
  pause = 250,
): Promise<number> {
  const start = Date.now();
  await waitUntil(what, limit, probe, { pause });
  return (Date.now() - start) / 1000;
}

/** Everything `look` saw while `work` ran, looking again after each `pause` in milliseconds. */
export async function seenDuring<T>(
  look: () => Promise<T>,
  work: () => Promise<unknown>,
  pause = 1000,
): Promise<T[]> {
  const seen: T[] = [await look()];
  let going = true;
  const watch = async () => {
    for (; going; await sleep(pause)) await look().then((sight) => seen.push(sight), told);
  };
  const watching = watch();
  await work().finally(() => {
    going = false;
    return watching;
  });
  return seen;
}

function told(error: Error): void {
  report(error.message.split("\n")[0] ?? "");
}

interface Workload {
  metadata: { generation: number };
  spec: { replicas: number };
  status: {
    observedGeneration?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
    replicas?: number;
  };
}

/** How many WordPress pods are asked for now. */
export async function wantedReplicas(): Promise<number> {
  return (await read<Workload>("deployment", "wordpress")).spec.replicas;
}

/** Waits until every wanted pod of the current template is available, none is on its way out, and MySQL answers. */
export function settled(limit = 240): Promise<number> {
  return until("a settled site", limit, isSettled, 1000);
}

async function isSettled(): Promise<boolean> {
  const { metadata, spec, status } = await read<Workload>("deployment", "wordpress");
  const frontends = (await read<{ items: Pod[] }>("pods", "-l", "tier=frontend")).items;
  const staying = frontends.every(({ metadata }) => metadata.deletionTimestamp === undefined);
  const whole = [status.updatedReplicas, status.availableReplicas, status.replicas, frontends.length].every(
    (figure) => figure === spec.replicas,
  );
  return (
    staying &&
    whole &&
    status.observedGeneration === metadata.generation &&
    (await readyPods("mysql")).length === 1
  );
}

/** Worker with a ready WordPress pod and without MySQL. */
export async function nodeWithoutMysql(): Promise<string> {
  const database = (await mysqlPod()).spec.nodeName;
  const node = (await readyPods("frontend"))
    .map(({ spec }) => spec.nodeName)
    .find((name) => name !== database);
  if (!node) throw new Error("no WordPress pod runs on a node without MySQL");
  return node;
}

/** Has the autoscaler take the other pods away first: what runs in this one is to run to its end. */
export async function keep(pod: Pod): Promise<void> {
  const cost = "controller.kubernetes.io/pod-deletion-cost=1000";
  await inNamespace(["annotate", "pod", pod.metadata.name, "--overwrite", cost]);
}

/** A ready WordPress pod on another node than the given one. */
export async function frontendOffNode(node: string | undefined): Promise<Pod> {
  const pod = (await readyPods("frontend")).find(({ spec }) => spec.nodeName !== node);
  if (!pod) throw new Error(`no WordPress pod runs on another node than ${node}`);
  return pod;
}
