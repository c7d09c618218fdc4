import path from "node:path";
import { dataPath } from "../toolchain/cache.ts";

/** Name of the kubeconfig's context. */
export const contextName = "wordpress-kubernetes";

/** Ports on 127.0.0.1 under which the host reaches the cluster. */
export const hostPorts = { api: 16443, https: 8443, http: 8080 } as const;

/** Addresses inside the cluster's own network namespaces; none of them exists on the host. */
export const addresses = {
  /** Bridge that joins the nodes. */
  gateway: "10.89.0.1",
  controlPlane: "10.89.0.10",
  lanPrefix: 24,
  pods: "10.244.0.0/16",
  services: "10.96.0.0/16",
  apiService: "10.96.0.1",
  dnsService: "10.96.0.10",
} as const;

export const controlPlane = "control-plane";

/** Most workers one machine may have: their addresses and routes are laid out in advance. */
export const maxWorkers = 20;

/** Folder of this checkout: whoever starts a cluster is known by it. */
export const checkout = path.resolve(import.meta.dirname, "../..");

/** Folder of the cluster's state. */
export function stateDir(): string {
  return dataPath("cluster");
}

/** A path inside {@link stateDir}. */
export function statePath(...segments: string[]): string {
  return path.join(stateDir(), ...segments);
}

/** A path inside one node's folder. */
export function nodePath(node: string, ...segments: string[]): string {
  return statePath("nodes", node, ...segments);
}

/** Names of the workers: `$WORDPRESS_KUBERNETES_NODES` of them, 3 by default. */
export function workers(env: NodeJS.ProcessEnv = process.env): string[] {
  const wanted = env.WORDPRESS_KUBERNETES_NODES || "3";
  const count = Number(wanted);
  if (!Number.isInteger(count) || count < 1 || count > maxWorkers)
    throw new Error(
      `WORDPRESS_KUBERNETES_NODES is "${wanted}"; it must be a whole number from 1 to ${maxWorkers}.`,
    );
  return Array.from({ length: count }, (_, index) => `node${index + 1}`);
}

/** Seconds an autoscaler waits before it takes pods away: `$WORDPRESS_KUBERNETES_SCALE_DOWN_SECONDS`, else Kubernetes' 300. */
export function scaleDownSeconds(env: NodeJS.ProcessEnv = process.env): number {
  const wanted = env.WORDPRESS_KUBERNETES_SCALE_DOWN_SECONDS || "300";
  if (/^\d{1,4}$/.test(wanted)) return Number(wanted);
  throw new Error(
    `WORDPRESS_KUBERNETES_SCALE_DOWN_SECONDS is "${wanted}"; it must be a whole number from 0 to 9999.`,
  );
}

/** Number of a worker, counted from 1; the control plane is 0. */
export function nodeNumber(node: string): number {
  if (node === controlPlane) return 0;
  const number = Number(/^node([1-9]\d?)$/.exec(node)?.[1]);
  if (!(number <= maxWorkers))
    throw new Error(`"${node}" is not a node; nodes are called ${controlPlane}, node1, node2, …`);
  return number;
}

/** Address of a node on the bridge. */
export function nodeAddress(node: string): string {
  return `10.89.0.${10 + nodeNumber(node)}`;
}

/** Addresses of a worker's pods. */
export function podSubnet(node: string): string {
  return `10.244.${nodeNumber(node)}.0/24`;
}
