import { existsSync } from "node:fs";
import { hostAccessRuns } from "./host-access.ts";
import { kubectl, kubectlPath } from "./kubectl.ts";
import { checkout, controlPlane, hostPorts, stateDir, workers } from "./layout.ts";
import { type Owner, runningOwner } from "./lock.ts";
import { daemonEnds } from "./logs.ts";
import { lanHolder } from "./network.ts";
import { launchTime } from "./node.ts";
import { nodeInit } from "./processes.ts";

/** One node as it is now. */
export interface NodeStatus {
  readonly name: string;
  /** Whether its process tree is there. */
  readonly running: boolean;
  /** What the API server says of it; undefined for the control plane and when nobody answers. */
  readonly ready?: boolean;
  /** How often each of its daemons has ended since the node started. */
  readonly daemonEnds: Readonly<Record<string, number>>;
}

/** The embedded cluster as it is now. */
export interface ClusterStatus {
  /** `broken`: something of it is missing, which a start repairs. `foreign`: the machine runs somebody else's. */
  readonly state: "stopped" | "running" | "broken" | "foreign";
  readonly owner?: Owner;
  /** Whether data of an earlier run is kept. */
  readonly kept: boolean;
  /** Whether the API server answers from the host. */
  readonly api: boolean;
  readonly nodes: readonly NodeStatus[];
}

/** Looks at the cluster without changing anything. */
export async function clusterStatus(): Promise<ClusterStatus> {
  const owner = runningOwner();
  const kept = existsSync(stateDir());
  if (!owner) return { state: "stopped", kept, api: false, nodes: [] };
  if (owner.state !== stateDir()) return { state: "foreign", owner, kept, api: false, nodes: [] };
  const api = await apiAnswers();
  const ready = api ? await readyNodes() : undefined;
  const nodes = [controlPlane, ...workers()].map((name): NodeStatus => {
    const known = ready && name !== controlPlane ? { ready: ready.has(name) } : {};
    return { name, running: nodeInit(name) !== undefined, ...known, daemonEnds: daemonEnds(name) };
  });
  const whole =
    api && lanHolder() && hostAccessRuns() && nodes.every((node) => node.running && node.ready !== false);
  return { state: whole ? "running" : "broken", owner, kept, api, nodes };
}

/** Whether the API server says that it is ready. */
export async function apiAnswers(): Promise<boolean> {
  if (!existsSync(kubectlPath())) return false;
  return (
    (await kubectl(["get", "--raw=/readyz", "--request-timeout=5s"], { seconds: 10 }).catch(() => "")) ===
    "ok"
  );
}

/** Names of the workers that are Ready and have told the API server so since they were launched. */
export async function readyNodes(): Promise<Set<string>> {
  const condition = ".status.conditions[?(@.type=='Ready')]";
  const columns = `custom-columns=N:.metadata.name,R:${condition}.status,T:${condition}.lastHeartbeatTime`;
  const args = ["get", "nodes", "--no-headers", "--request-timeout=5s", "-o", columns];
  const rows = (await kubectl(args, { seconds: 10 })).split("\n").map((line) => line.split(/\s+/));
  // A node that died a moment ago still counts as Ready, also while it starts again.
  const ready = rows.filter(
    ([node = "", status, told = ""]) => status === "True" && Date.parse(told) > launchTime(node),
  );
  return new Set(ready.map(([node = ""]) => node));
}

/** The status as people read it. */
export function describeStatus(status: ClusterStatus): string {
  const { state, owner } = status;
  if (state === "stopped") return `stopped${status.kept ? "; data of an earlier run is kept" : ""}`;
  if (state === "foreign") return `another cluster runs: ${owner?.checkout} (state in ${owner?.state})`;
  const from = owner && owner.checkout !== checkout ? `, started by ${owner.checkout}` : "";
  const lines = [
    `${state}${from}`,
    `API server  https://127.0.0.1:${hostPorts.api}  ${status.api ? "answers" : "does not answer"}`,
    `Traefik     https://127.0.0.1:${hostPorts.https}  http://127.0.0.1:${hostPorts.http}`,
    ...status.nodes.map(describeNode),
  ];
  return lines.join("\n");
}

function describeNode(node: NodeStatus): string {
  const words = { true: "Ready", false: "not Ready", undefined: "runs" } as const;
  const health = node.running ? words[`${node.ready}` as keyof typeof words] : "down";
  const ends = Object.entries(node.daemonEnds).map(([daemon, count]) => `${daemon} started again ${count}×`);
  return [node.name.padEnd(14), health.padEnd(10), ends.join(", ")].join("").trimEnd();
}
