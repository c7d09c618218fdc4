import { kubectl } from "../../local/cluster/kubectl.ts";
import { processesOf } from "./containers.ts";
import { isReady, type Pod, until } from "./kube.ts";

/** Name of the CephFilesystem the site's volume is on. */
export const filesystem = "myfs";

/** Runs kubectl in the namespace of Rook's cluster and returns its output. */
export function inRook(args: string[], options: { seconds?: number } = {}): Promise<string> {
  return kubectl(["-n", "rook-ceph", ...args], options);
}

async function rookPods(selector: string): Promise<Pod[]> {
  return JSON.parse(await inRook(["get", "pods", "-l", selector, "-o", "json"])).items;
}

/** Runs a command in a pod that has the filesystem mounted and Ceph's programs, on any node that is ready. */
export async function besideCeph(command: string[], seconds = 60): Promise<string> {
  const pod = (await rookPods("app=cephfs-mount")).find(isReady);
  if (!pod) throw new Error("no pod of cephfs-mount is ready");
  return inRook(["exec", pod.metadata.name, "--", ...command], { seconds });
}

/** Asks Ceph itself. */
export async function askCeph<T>(...words: string[]): Promise<T> {
  return JSON.parse(await besideCeph(["ceph", "--connect-timeout=20", ...words, "--format=json"]));
}

/** The part of `ceph status` that is looked at. */
export interface CephStatus {
  health: { status: string; checks: Record<string, { summary: { message: string } }> };
  osdmap: { num_osds: number; num_up_osds: number };
  pgmap: { num_pgs: number; pgs_by_state: { state_name: string; count: number }[] };
}

/**
 * Warnings that say nothing of the data: of settings, of the machine's disk and its speed, and of daemons that have
 * ended, which the scenarios see to.
 */
const benign = new Set([
  "AUTH_INSECURE_GLOBAL_ID_RECLAIM",
  "AUTH_INSECURE_GLOBAL_ID_RECLAIM_ALLOWED",
  "BLUESTORE_SLOW_OP_ALERT",
  "MON_DISK_LOW",
  "RECENT_CRASH",
  "RECENT_MGR_MODULE_CRASH",
]);

/** What is not as it should be, in Ceph's words; HEALTH_OK alone is also said of placement groups nobody can read. */
export function unwell({ health, osdmap, pgmap }: CephStatus): string[] {
  const clean = pgmap.pgs_by_state
    .filter(({ state_name }) => state_name.startsWith("active+clean"))
    .reduce((sum, { count }) => sum + count, 0);
  const checks = Object.entries(health.checks).filter(([name]) => !benign.has(name));
  return [
    ...(clean < pgmap.num_pgs || clean === 0
      ? [`${clean} of ${pgmap.num_pgs} placement groups are clean`]
      : []),
    ...(osdmap.num_up_osds < osdmap.num_osds
      ? [`${osdmap.num_up_osds} of ${osdmap.num_osds} disks are up`]
      : []),
    ...checks.map(([name, { summary }]) => `${name}: ${summary.message}`),
  ];
}

/** Waits until every copy of everything is there again and Ceph has nothing to say; returns the seconds it took. */
export function untilWell(limit: number): Promise<number> {
  const look = async () => {
    const faults = unwell(await askCeph<CephStatus>("status"));
    if (faults.length > 0) throw new Error(faults.join("; "));
    return true;
  };
  return until("Ceph whole again", limit, look, 2000);
}

/** A metadata server as the monitors know it, who answer also while a manager is away. */
export interface MetadataServer {
  /** Another one after each start. */
  gid: number;
  /** For example myfs-a. */
  name: string;
  /** For example up:active. */
  state: string;
}

export async function metadataServers(): Promise<MetadataServer[]> {
  const { mdsmap } = await askCeph<{ mdsmap: { info: Record<string, MetadataServer> } }>(
    ...["fs", "get", filesystem],
  );
  return Object.values(mdsmap.info);
}

export const isActive = ({ state }: MetadataServer) => state === "up:active";

/** Whether it is ready to take over. */
export const isStandby = ({ state }: MetadataServer) => state.startsWith("up:standby");

/** The node it runs on. */
export async function nodeOf({ name }: MetadataServer): Promise<string | undefined> {
  return (await rookPods(`app=rook-ceph-mds,ceph_daemon_id=${name}`))[0]?.spec.nodeName;
}

/** Kills the daemon as a crash would: it tells nobody. */
export async function killMetadataServer({ name }: MetadataServer): Promise<void> {
  const [pod] = await rookPods(`app=rook-ceph-mds,ceph_daemon_id=${name}`);
  const daemon = pod && processesOf(pod).find(({ program }) => program === "ceph-mds");
  if (!daemon) throw new Error(`no process of the metadata server ${name} is found`);
  process.kill(daemon.pid, "SIGKILL");
}
