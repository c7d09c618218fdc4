import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { patienceFactor } from "../toolchain/patience-factor.ts";
import { quote, run } from "../toolchain/process.ts";
import { waitUntil } from "../toolchain/wait-until.ts";
import { createNodeGroups, hierarchies, ourCgroups, removeCgroups } from "./cgroups.ts";
import { controlPlaneDaemons, controlPlaneFiles } from "./control-plane.ts";
import { daemonScript, nodeFile } from "./daemons.ts";
import { addresses, controlPlane, nodeAddress, nodePath, statePath, workers } from "./layout.ts";
import { tail } from "./logs.ts";
import { attachToLan, podRoutes } from "./network.ts";
import { killAll, nodeInit, ourProcesses, startDetached } from "./processes.ts";
import { workerDaemons, workerFiles } from "./worker.ts";

/**
 * Starts a node's process tree in namespaces of its own; one that runs is left alone.
 * @param disk the only disk it is to see. @default it sees the machine's devices
 */
export async function launchNode(node: string, disk = ""): Promise<void> {
  if (nodeInit(node)) return;
  await removeNode(node);
  writeNodeFolder(node, disk);
  // Process 1 enters the node's group by itself: of a group of version 2 it is to be the only one.
  writeFileSync(nodePath(node, "groups"), createNodeGroups(node).join("\n").concat("\n"));
  const namespaces = ["--pid", "--mount", "--uts", "--ipc", "--net", "--mount-proc"];
  const script = ["bash", path.join(import.meta.dirname, "node-init.sh"), nodePath(node)];
  const log = nodePath(node, "init.log");
  const options = { part: node, log, cwd: "/", binaries: statePath("bin") };
  startDetached(["unshare", "--fork", "--kill-child", ...namespaces, ...script], options);
  const waiting = { pause: 25, hint: () => `\n${tail(log, 12)}` };
  const init = await waitUntil(`process 1 of ${node}`, 30, () => nodeInit(node) ?? false, waiting);
  await attachToLan(node, init);
}

function writeNodeFolder(node: string, disk: string): void {
  const isControlPlane = node === controlPlane;
  const daemons = isControlPlane ? controlPlaneDaemons() : workerDaemons(node);
  const files = isControlPlane ? controlPlaneFiles() : workerFiles(node);
  for (const folder of ["daemons", "etc"]) rmSync(nodePath(node, folder), { recursive: true, force: true });
  for (const folder of ["daemons", "etc/cni", "var-lib/local-volumes", "log"])
    mkdirSync(nodePath(node, folder), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(nodeFile(node, name), text);
  for (const [index, daemon] of daemons.entries()) {
    const order = String(index).padStart(2, "0");
    writeFileSync(nodePath(node, "daemons", `${order}-${daemon.name}`), daemonScript(daemon));
  }
  const mounts = hierarchies().map(({ type, folder, options }) => {
    const mountPoint = type === "cgroup2" ? "." : path.basename(folder);
    return `${type} ${mountPoint} ${options}\n`;
  });
  writeFileSync(nodePath(node, "cgroups"), mounts.join(""));
  writeFileSync(nodePath(node, "node.env"), nodeEnvironment(node, os.totalmem(), disk));
}

/** When a node was launched last, in milliseconds since 1970; Infinity for one that never was. */
export function launchTime(node: string): number {
  return statSync(nodePath(node, "node.env"), { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
}

/** What process 1 needs to know. The workers share out the machine's memory, less one part for everything else. */
export function nodeEnvironment(node: string, machineBytes: number, disk = ""): string {
  const memory = Math.floor(machineBytes / 1024 / (workers().length + 1));
  const values = {
    NODE: node,
    ADDRESS: `${nodeAddress(node)}/${addresses.lanPrefix}`,
    GATEWAY: addresses.gateway,
    ROUTES: podRoutes(node).join(" "),
    SERVICES: addresses.services,
    MEMORY_KIB: `${memory}`,
    SHARED: sharedVolumes(),
    PATIENCE: `${patienceFactor()}`,
    DISK: disk,
  };
  return Object.entries(values)
    .map(([name, value]) => `${name}=${quote(value)}\n`)
    .join("");
}

/** Folder behind the class local-shared, seen by every node. */
export function sharedVolumes(): string {
  return statePath("volumes", "shared");
}

/** Kills a node with everything in it, as a power cut would, and removes its cgroups. */
export async function removeNode(node: string): Promise<void> {
  await killAll(() => ourProcesses().filter((process) => process.part === node));
  const removed = () => {
    removeCgroups(node);
    return ourCgroups().every((group) => !existsSync(path.join(group, node)));
  };
  const hint = () => "; npm run cluster -- stop tries again";
  await waitUntil(`the end of the control groups of ${node}`, 30, removed, { pause: 50, hint });
}

/** Runs a command inside a node's namespaces and returns its output. */
export async function nodeExec(node: string, command: readonly string[], seconds = 60): Promise<string> {
  const init = nodeInit(node);
  if (!init) throw new Error(`${node} is not running; start it with: npm run cluster -- up ${node}`);
  const namespaces = ["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"];
  const searchPath = { PATH: `${statePath("bin")}:${process.env.PATH ?? ""}` };
  return run("nsenter", ["-t", `${init}`, ...namespaces, "--", ...command], {
    timeout: seconds * 1000,
    env: searchPath,
  });
}

/** A node's message when its process 1 ended by itself. */
export function nodeFailure(node: string): string {
  const log = nodePath(node, "init.log");
  return existsSync(log) ? readFileSync(log, "utf8").trim() : "";
}
