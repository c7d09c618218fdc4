import { chmodSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import tls from "node:tls";
import pRetry from "p-retry";
import { ensureImages, type Image, imageSpace } from "../images/index.ts";
import { requirePlatform } from "../platform.ts";
import { ensurePrerequisites } from "../toolchain/prerequisites.ts";
import { type Report, step } from "../toolchain/progress.ts";
import { toolSpace } from "../toolchain/tools.ts";
import { addCeph, cephIsUp, requireCeph, startCeph, withCeph } from "./ceph.ts";
import { hierarchies } from "./cgroups.ts";
import { attachDisk } from "./disks.ts";
import { hostAccessRuns, openHostAccess, requireFreePorts } from "./host-access.ts";
import { kubectl } from "./kubectl.ts";
import { controlPlane, hostPorts, nodeNumber, nodePath, stateDir, statePath, workers } from "./layout.ts";
import { requireOwnership, withLock } from "./lock.ts";
import { applyManifests } from "./manifests.ts";
import { cutFromLan, lanHolder, startLan } from "./network.ts";
import { launchNode, nodeFailure, removeNode, sharedVolumes } from "./node.ts";
import { outdatedParts, recordParts } from "./parts.ts";
import { ensurePki } from "./pki.ts";
import { nodeInit } from "./processes.ts";
import { apiAnswers, clusterStatus, readyNodes } from "./status.ts";
import { endEverything } from "./stop.ts";
import { copyTemplate, ensureTemplate } from "./template.ts";
import { type ClusterTools, clusterRecipes, ensureClusterTools, linkPrograms } from "./tools.ts";
import { waitFor } from "./wait.ts";

/** What a cluster is started with. */
export interface ClusterOptions {
  /** Rook's operator and Ceph as well. @default what it was started with before */
  readonly ceph?: boolean;
}

/**
 * Makes sure that this machine can run the cluster, before anything is downloaded or built for it, and installs the
 * Debian packages it lacks.
 * @returns false where the cluster runs already and needs nothing
 */
export async function prepareMachine(
  report: Report,
  { ceph = withCeph() }: ClusterOptions = {},
): Promise<boolean> {
  await requirePlatform();
  requireOwnership();
  if (ceph) requireCeph();
  const { state } = await clusterStatus();
  if (state !== "stopped" && ceph && !withCeph())
    throw new Error("The cluster runs without Ceph: npm stop, then npm run cluster -- start --with ceph.");
  if (state === "running" && (!ceph || cephIsUp())) return false;
  requireVisibleState();
  hierarchies();
  await requireFreePorts();
  await ensurePrerequisites(report, toolSpace(clusterRecipes(ceph)) + imageSpace(ceph));
  return true;
}

/**
 * Brings the embedded cluster up: at once when it runs, from its kept state, or from nothing. What an earlier crash
 * left is repaired or cleaned first.
 * @returns the parts it was started with of which this checkout has others now
 */
export async function startCluster(report: Report, options: ClusterOptions = {}): Promise<string[]> {
  if (!(await prepareMachine(report, options))) return outdatedParts();
  // The cluster's own share comes under a lock; builds have one of theirs and may take twenty minutes.
  const { ceph = withCeph() } = options;
  const [tools, images] = await Promise.all([ensureClusterTools(report, ceph), ensureImages(report, ceph)]);
  await withLock("start", report, async () => {
    requireOwnership();
    if (ceph) addCeph();
    if ((await clusterStatus()).state !== "running")
      await step(report, "starting the cluster", () => bringUp(tools, images, report));
    if (ceph) await step(report, "starting Ceph", () => startCeph(report));
  });
  return outdatedParts();
}

/** Throws a sentence when the cache lies where nodes put folders of their own. */
function requireVisibleState(): void {
  const replaced = ["/run/", "/var/run/", "/var/lib/", "/var/log/", "/proc/", "/sys/"];
  const folder = replaced.find((candidate) => stateDir().startsWith(candidate));
  if (!folder) return;
  throw new Error(
    `The cache may not be under ${folder}, which nodes replace by a folder of their own; ` +
      "set WORDPRESS_KUBERNETES_CACHE to another place.",
  );
}

async function bringUp(tools: ClusterTools, images: readonly Image[], report: Report): Promise<void> {
  // Without its bridge or control plane the rest of a cluster is of no use.
  const repaired = lanHolder() && nodeInit(controlPlane);
  if (!repaired) await endEverything(report);
  await requireFreePorts();
  prepareState();
  linkPrograms(tools.programs);
  if (!repaired) recordParts();
  await ensurePki(workers());
  await startLan();
  await Promise.all([startControlPlane(tools, report), startWorkers(images, report)]);
  await forgetOtherNodes();
  await waitForWorkers(workers(), report);
  await waitFor("Traefik", traefikServes, { report, seconds: 120, nodes: [controlPlane] });
}

function prepareState(): void {
  for (const folder of ["run", "nodes", "template"]) mkdirSync(statePath(folder), { recursive: true });
  // Keys, volumes and the pods' files are nobody else's.
  chmodSync(stateDir(), 0o700);
  // Pods of any user share these volumes, see manifests/storage.yaml.
  mkdirSync(sharedVolumes(), { recursive: true });
}

async function startControlPlane(tools: ClusterTools, report: Report): Promise<void> {
  await launchNode(controlPlane);
  if (!hostAccessRuns()) await openHostAccess();
  await waitForApi(report);
  // The first seconds of an API server see roles and priorities appear one after the other.
  await pRetry(() => applyManifests(tools.definitions, report), { retries: 4, minTimeout: 1000 });
}

async function waitForApi(report: Report): Promise<void> {
  const answers = async () => nodeProblem(controlPlane) ?? ((await apiAnswers()) || "no answer yet");
  await waitFor("API server", answers, { report, seconds: 180, nodes: [controlPlane] });
}

async function startWorkers(images: readonly Image[], report: Report): Promise<void> {
  const missing = workers().filter((node) => !nodeInit(node));
  if (missing.length === 0) return;
  const key = await ensureTemplate(images, report);
  await Promise.all(missing.map((node) => launchWorker(node, key)));
}

async function launchWorker(node: string, template: string): Promise<void> {
  mkdirSync(nodePath(node, "var-lib"), { recursive: true });
  await copyTemplate(node, template);
  await launchNode(node, withCeph() ? await attachDisk(node) : "");
}

/** Why a node's process tree is not there, undefined when it is. */
function nodeProblem(node: string): string | undefined {
  return nodeInit(node) ? undefined : `${node} ended: ${nodeFailure(node) || "see its init.log"}`;
}

async function waitForWorkers(nodes: readonly string[], report: Report): Promise<void> {
  const probe = async (): Promise<true | string> => {
    const problem = nodes.map(nodeProblem).find(Boolean);
    if (problem) return problem;
    const ready = await readyNodes();
    const missing = nodes.filter((node) => !ready.has(node));
    return missing.length === 0 || `${missing.join(", ")} not Ready`;
  };
  const options = { report, seconds: 240, nodes: [controlPlane, ...nodes] };
  await waitFor(`nodes ${nodes.join(", ")}`, probe, options);
}

/** Deletes node objects of an earlier run with more workers. */
async function forgetOtherNodes(): Promise<void> {
  const known = (await kubectl(["get", "nodes", "-o", "name"])).split("\n").filter(Boolean);
  const others = known.map((name) => name.replace("node/", "")).filter((name) => !workers().includes(name));
  if (others.length > 0) await kubectl(["delete", "node", ...others]);
}

/** Whether a TLS handshake through the host's port succeeds and the ACME root is published. */
async function traefikServes(): Promise<true | string> {
  if (!existsSync(statePath("acme-root.pem"))) return "the ACME server has not published its root";
  return new Promise((resolve) => {
    const socket = tls.connect({ host: "127.0.0.1", port: hostPorts.https, rejectUnauthorized: false });
    const end = (answer: true | string) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(3000, () => end("no answer to a TLS handshake"));
    socket.once("secureConnect", () => end(true));
    socket.once("error", () => end("no TLS handshake yet"));
  });
}

/** Kills a node as a power cut would: everything in it ends at once and without a word to anybody, its data stays. */
export async function killNode(node: string, report: Report = () => {}): Promise<void> {
  nodeNumber(node);
  await withLock(`kill ${node}`, report, async () => {
    requireOwnership();
    if (nodeInit(node)) await cutFromLan(node);
    await removeNode(node);
  });
}

/** Starts a node that was killed and waits until it is Ready. */
export async function startNode(node: string, report: Report = () => {}): Promise<void> {
  await withLock(`up ${node}`, report, async () => {
    requireOwnership();
    if (node !== controlPlane && !workers().includes(node))
      throw new Error(`The cluster has no ${node}; it has ${workers().join(", ")}.`);
    if (!lanHolder()) throw new Error("The cluster is not running; start it with: npm run cluster -- start");
    if (node === controlPlane) {
      await launchNode(node);
      return waitForApi(report);
    }
    const [template = ""] = readdirSync(statePath("template"));
    await launchWorker(node, template);
    await waitForWorkers([node], report);
  });
}
