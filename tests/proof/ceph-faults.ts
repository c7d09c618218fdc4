import { setTimeout as sleep } from "node:timers/promises";
import { killNode, startNode } from "../../local/cluster/index.ts";
import {
  isActive,
  isStandby,
  killMetadataServer,
  metadataServers,
  nodeOf,
  untilWell,
} from "./ceph-cluster.ts";
import { intact } from "./ceph-site.ts";
import { type Files, whileWritingFiles } from "./files.ts";
import { count, type Finding, report, seconds } from "./findings.ts";
import { frontendOffNode, inNamespace, mysqlPod, readyPods, settled, until } from "./kube.ts";
import { type Outage, underPulse } from "./pulse.ts";
import type { Upload } from "./uploads.ts";

/** Longest time without a write that counts as kept: Ceph itself gives a silent daemon up to half of it. */
const longestPause = 60;

/** The active metadata server is killed while files are written and pages are asked for. */
export async function metadataServerKilled(uploads: Upload[]): Promise<Finding> {
  await settled();
  const active = (await metadataServers()).find(isActive);
  if (!active) throw new Error("no metadata server is active");
  let back = 0;
  const takenOver = async () => {
    const servers = await metadataServers();
    return servers.some((one) => isActive(one) && one.gid !== active.gid) && servers.some(isStandby);
  };
  const { files, outage } = await writingUnderPulse(undefined, 400, async () => {
    await sleep(5000);
    report(`killing the metadata server ${active.name}`);
    await killMetadataServer(active);
    back = await until("an active metadata server and a standby", 180, takenOver, 1000);
    await sleep(5000);
  });
  await untilWell(180);
  const { intact: whole, words } = await intact(uploads);
  return {
    claim: "The active metadata server killed with SIGKILL",
    measured: `${inWords(files, outage)}; another one active, with a standby, after ${seconds(back)}; ${words}`,
    sample: `1 server, ${sampleOf(files, outage)}`,
    mark: "0 files lost, a pause of at most 60 s, pages fail in it and 15 s more at most",
    passed: whole && kept(files) && outage.seconds <= files.pause + 15,
  };
}

/**
 * A node with a disk and a monitor, and neither MySQL nor the active metadata server: a new server waits 45 seconds for
 * the clients of the node that is gone (Ceph's mds_reconnect_timeout).
 */
async function nodeWithDiskOnly(): Promise<string> {
  const active = (await metadataServers()).find(isActive);
  const taken = [(await mysqlPod()).spec.nodeName, active && (await nodeOf(active))];
  const nodes = (await readyPods("frontend")).map(({ spec }) => spec.nodeName);
  const node = nodes.find((name) => !taken.includes(name));
  if (!node) throw new Error("no WordPress pod is on a node without MySQL and the active metadata server");
  return node;
}

/** A node with a disk of Ceph's is gone at once, as in a power cut, and comes back. */
export async function diskNodeLost(uploads: Upload[]): Promise<Finding> {
  await settled();
  const node = await nodeWithDiskOnly();
  let well = 0;
  const { files, outage } = await writingUnderPulse(node, 900, async () => {
    await sleep(5000);
    report(`killing ${node}`);
    let started = 0;
    try {
      await killNode(node);
      // Until Ceph has given its disk up.
      await sleep(45_000);
    } finally {
      started = Date.now();
      await startNode(node, report);
    }
    await untilWell(420);
    well = (Date.now() - started) / 1000;
  });
  // New pods, of which some are on the node that was away.
  await inNamespace(["delete", "pods", "-l", "tier=frontend", "--wait=false"]);
  await settled();
  const nodes = new Set((await readyPods("frontend")).map(({ spec }) => spec.nodeName));
  const { intact: whole, words } = await intact(uploads);
  return {
    claim: "A node with a disk of Ceph's killed, and started again after 45 s",
    measured: `${inWords(files, outage)}; all placement groups clean, and Ceph well, ${seconds(well)} after its start; ${words}, read from ${nodes.size} nodes, ${nodes.has(node) ? "" : "not "}from that one, too`,
    sample: `1 node of 3, without MySQL and the active metadata server, ${sampleOf(files, outage)}`,
    mark: "0 files lost, a pause of at most 60 s on the other nodes, well again by itself",
    passed: whole && kept(files) && nodes.has(node),
  };
}

/** Files written from a pod that is not on the node given, and pages asked for. */
async function writingUnderPulse(node: string | undefined, limit: number, work: () => Promise<unknown>) {
  let outage: Outage | undefined;
  const files = await whileWritingFiles(await frontendOffNode(node), limit, async () => {
    outage = await underPulse(work);
  });
  // Given by now, since else the work has failed.
  return { files, outage: outage as Outage };
}

function kept({ lost, pause }: Files): boolean {
  return lost === 0 && pause <= longestPause;
}

function inWords({ acknowledged, lost, pause }: Files, { failed, seconds: away }: Outage): string {
  return `${lost} of ${count(acknowledged)} files lost, no write for ${seconds(pause)} at most; ${failed} pages failed, none was got for ${seconds(away)}`;
}

function sampleOf({ acknowledged }: Files, { asked }: Outage): string {
  return `${count(acknowledged)} files written, ten a second, ${asked} pages asked for`;
}
