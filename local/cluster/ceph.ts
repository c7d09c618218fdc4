// Rook's operator and Ceph, an addition to the cluster: `npm run cluster -- start --with ceph`. A cluster that was
// started with it has it until its data is deleted.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Report } from "../toolchain/progress.ts";
import { diskFile, ourDisks } from "./disks.ts";
import { kubectl } from "./kubectl.ts";
import { controlPlane, stateDir, statePath, workers } from "./layout.ts";
import { apply, fill } from "./manifests.ts";
import { waitFor } from "./wait.ts";

/** Whether the cluster has Ceph. */
export function withCeph(): boolean {
  return existsSync(mark());
}

/** Whether a start has seen it serve. */
export function cephIsUp(): boolean {
  return withCeph() && readFileSync(mark(), "utf8") === "up";
}

/** Has the cluster started with Ceph from now on. */
export function addCeph(): void {
  mkdirSync(stateDir(), { recursive: true, mode: 0o700 });
  writeFileSync(mark(), "");
}

function mark(): string {
  return statePath("with-ceph");
}

/** Throws a sentence where this machine cannot have Ceph. */
export function requireCeph(): void {
  const count = workers().length;
  if (count < 3)
    throw new Error(
      `Ceph keeps three copies on three nodes, and WORDPRESS_KUBERNETES_NODES is "${count}": it must be at least 3.`,
    );
  const modules = { "/dev/fuse": "fuse", "/dev/loop-control": "loop" };
  const missing = Object.entries(modules).filter(([device]) => !existsSync(device));
  if (missing.length === 0) return;
  const [devices, names] = [0, 1].map((part) => missing.map((entry) => entry[part]).join(" and "));
  throw new Error(`This machine has no ${devices}, which Ceph takes here: load the kernel's ${names}.`);
}

/** One of the files of manifests/ceph. */
function manifest(name: string): string {
  return readFileSync(path.join(import.meta.dirname, "manifests", "ceph", name), "utf8");
}

/** What of Ceph is in this checkout, for whoever asks whether a cluster has it. */
export function cephManifests(): string[] {
  return ["operator.yaml", "cluster.yaml", "storage.yaml"].map(manifest);
}

/** Brings Rook and Ceph up, on nodes that are Ready, and waits until every disk serves. */
export async function startCeph(report: Report): Promise<void> {
  const disks = await ourDisks();
  const nodes = workers().map((name) => {
    const own = disks.filter(({ file }) => file === diskFile(name));
    return { name, devices: own.map((disk) => ({ name: disk.name })) };
  });
  const cluster = fill(manifest("cluster.yaml"), { DISKS: JSON.stringify(nodes) });
  await apply([manifest("operator.yaml"), cluster].join("\n---\n"));
  const options = { report, seconds: 600, nodes: [controlPlane, ...workers()] };
  await waitFor("Ceph's disks", disksServe, options);
  // Not earlier: a pod that waits for Rook's Secret is looked at again after two minutes only.
  await apply(manifest("storage.yaml"));
  await waitFor("Ceph", cephServes, options);
  writeFileSync(mark(), "up");
}

/** Whether an OSD is ready for every node's disk. */
async function disksServe(): Promise<true | string> {
  const osds = "jsonpath={.items[*].status.readyReplicas}";
  const ready = await kubectl([...inRook, "get", "deployments", "-l", "app=rook-ceph-osd", "-o", osds]);
  const count = ready.split(" ").filter(Boolean).length;
  if (count === workers().length) return true;
  const phase = "jsonpath={.status.phase}: {.status.message}";
  return `${count} of ${workers().length} disks; ${await kubectl([...inRook, "get", "cephcluster", "rook-ceph", "-o", phase])}`;
}

/** Whether Rook is done, and what Ceph keeps can be read and written; of what it warns, the site can be had all the same. */
async function cephServes(): Promise<true | string> {
  const known = "jsonpath={.status.phase} {.status.ceph.health}";
  const seen = await kubectl([...inRook, "get", "cephcluster", "rook-ceph", "-o", known]);
  if (!/^Ready HEALTH_(OK|WARN)$/.test(seen)) return `the CephCluster is ${seen}`;
  const status = ["exec", "daemonset/cephfs-mount", "--", "ceph", "status", "--format=json"];
  const answer = await kubectl([...inRook, ...status]);
  const { num_pgs: count, pgs_by_state: states } = (JSON.parse(answer) as CephStatus).pgmap;
  const clean = states.filter(({ state_name }) => state_name.startsWith("active+clean"));
  const number = clean.reduce((sum, state) => sum + state.count, 0);
  return number === count || `${number} of ${count} placement groups are active and clean`;
}

/** The part of `ceph status --format=json` that is looked at. */
interface CephStatus {
  pgmap: { num_pgs: number; pgs_by_state: { state_name: string; count: number }[] };
}

const inRook = ["--namespace", "rook-ceph"];
