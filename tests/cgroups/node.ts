// Starts a node without any daemon to run, looks at its control groups, and ends it. Prints what is not as it should be,
// one line each, and the version: usable on every machine the cluster runs on, as root, while no cluster runs.
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { hierarchies, ourCgroups } from "../../local/cluster/cgroups.ts";
import { statePath, workers } from "../../local/cluster/layout.ts";
import { leftovers } from "../../local/cluster/leftovers.ts";
import { requireOwnership } from "../../local/cluster/lock.ts";
import { startLan } from "../../local/cluster/network.ts";
import { launchNode, nodeExec, removeNode } from "../../local/cluster/node.ts";
import { ensurePki } from "../../local/cluster/pki.ts";
import { contained, nodeInit } from "../../local/cluster/processes.ts";
import { endEverything } from "../../local/cluster/stop.ts";
import { quote, run } from "../../local/toolchain/process.ts";
import { waitUntil } from "../../local/toolchain/wait-until.ts";

const node = "node1";
const faults: string[] = [];
const expect = (what: string, holds: boolean) => holds || faults.push(what);

/** Groups and the processes in them, of every hierarchy; those of systemd come and go. */
function groupsNow(): string {
  const folders = hierarchies().flatMap(({ folder }) => [folder, ...groupsIn(folder)]);
  return folders.filter((folder) => !folder.includes(".s")).join("\n");
}

function groupsIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => `${folder}/${name}`);
}

/** What a kubelet and a container do: a group below the node's, with a limit, and a process in it as process 1. */
const container = `cd /sys/fs/cgroup; [ -e cgroup.controllers ] || cd memory
mkdir -p kubepods/pod; [ ! -e cgroup.controllers ] || echo "+memory +cpu +pids" > kubepods/cgroup.subtree_control
limit=memory.max; [ -e kubepods/pod/$limit ] || limit=memory.limit_in_bytes
echo 64M > kubepods/pod/$limit; cat kubepods/pod/$limit
echo $$ > kubepods/pod/cgroup.procs
unshare --pid --fork sleep 60 > /dev/null 2>&1 &`;

/** Runs it among the node's daemons: version 2 lets nothing into a node's groups that is outside of them. */
function runContainer(): Promise<string> {
  const daemons = hierarchies()[0]?.type === "cgroup2" ? `${node}/daemons` : node;
  const enter = ourCgroups().map((group) => `echo $$ > ${group}/${daemons}/cgroup.procs`);
  const namespaces = "--mount --uts --ipc --net --pid --cgroup";
  const script = [
    ...enter,
    `exec nsenter -t ${nodeInit(node)} ${namespaces} -- bash -ec ${quote(container)}`,
  ];
  return run("bash", ["-ec", script.join("\n")]);
}

/** Starts the node and waits until it has made its view of the machine, half a minute at most. */
async function nodeStarts(): Promise<void> {
  await launchNode(node);
  const made = () => nodeExec(node, ["ls", "-d", "/run/private"]);
  await waitUntil("the node's view of the machine", 30, made).catch(() => {});
}

requireOwnership();
const before = groupsNow();
for (const folder of ["run", "nodes", "bin", "volumes/shared"])
  mkdirSync(statePath(folder), { recursive: true });
await ensurePki(workers());
try {
  await startLan();
  await nodeStarts();
  expect("process 1 of the node runs", nodeInit(node) !== undefined);
  if (hierarchies()[0]?.type === "cgroup2") {
    const [controllers = "", own = "", first = ""] = (
      await nodeExec(node, [
        "bash",
        "-c",
        "cd /sys/fs/cgroup; cat cgroup.subtree_control; xargs < cgroup.procs; cat /proc/1/cgroup",
      ])
    ).split("\n");
    for (const name of ["cpu", "cpuset", "memory", "pids"])
      expect(`the node shares out ${name} (${controllers})`, controllers.split(" ").includes(name));
    expect(`the node's own group is empty (${own})`, own === "");
    expect(`daemons are in a leaf (${first})`, first === "0::/daemons");
  }
  const limit = await runContainer();
  expect(`a limit holds (${limit})`, limit === String(64 << 20));
  await sleep(1000);
  expect(
    "its container is found",
    contained().some(({ containerInit }) => containerInit),
  );
  await removeNode(node);
  expect("nothing of a killed node is left", !contained().some(({ containerInit }) => containerInit));
  await nodeStarts();
  expect("the node starts again", nodeInit(node) !== undefined);
} finally {
  await endEverything(() => {});
}
expect(`our groups are gone (${ourCgroups().join(", ")})`, ourCgroups().length === 0);
for (const left of await leftovers()) faults.push(`left: ${left}`);
expect(`the groups are as before:\n${before}\nand now:\n${groupsNow()}`, groupsNow() === before);
for (const fault of faults) console.log(`✘ ${fault}`);
const own = readFileSync("/proc/self/cgroup", "utf8").trim().split("\n").at(-1);
console.log(`${hierarchies()[0]?.type}, own group ${own}: ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
