import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { hierarchies } from "../../local/cluster/cgroups.ts";
import { processesOf } from "./containers.ts";
import { count, type Finding, seconds } from "./findings.ts";
import { inNamespace, mysqlPod, type Pod, podsOf, readyPods, restarts, until } from "./kube.ts";
import { failures } from "./load.ts";
import { faultUnderLoad } from "./pod-faults.ts";
import { damagedTables } from "./sql.ts";

const page = "/var/www/html/proof-greedy.php";

/** With 120 MiB each they ask for more than the 512 MiB of a pod, and leave two of its eight workers to visitors. */
const greedy = 6;

/** Asks the pod's own Apache for the page several times at once; prints the first line of each answer there is. */
const ask = `for request in $(seq ${greedy}); do
  (exec 3<>/dev/tcp/127.0.0.1/80
   printf 'GET /${path.basename(page)}?seconds=8 HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3
   head -n 1 <&3) &
done
wait`;

/**
 * Pages of a greedy plugin take more memory than a pod may have, each within what PHP allows it. The kernel ends the
 * largest process, which under control groups of version 1 leaves the rest of the container alone.
 */
export async function memoryLimitReached(): Promise<Finding> {
  let killed = 0;
  let answers = "";
  let told = "";
  let restarted = 0;
  let back = 0;
  const load = await faultUnderLoad(async (pod) => {
    const { name, uid } = pod.metadata;
    const group = memoryGroup(pod);
    const before = oomKills(group);
    const begun = new Date().toISOString();
    try {
      await exec(
        pod,
        ["sh", "-c", `cat > ${page}`],
        readFileSync(new URL("./greedy.php", import.meta.url), "utf8"),
      );
      answers = await exec(pod, ["timeout", "90", "bash", "-c", ask]);
    } finally {
      // By any pod: this one may have ended.
      await inNamespace(["exec", "deploy/wordpress", "-c", "wordpress", "--", "rm", "-f", page]);
    }
    killed = oomKills(group) - before;
    back = await until("the pod ready", 60, async () =>
      (await readyPods("frontend")).some(({ metadata }) => metadata.uid === uid),
    );
    told = await inNamespace(["logs", name, "-c", "wordpress", `--since-time=${begun}`]);
    const now = (await podsOf("frontend")).find(({ metadata }) => metadata.uid === uid);
    restarted = (now ? restarts(now) : Number.NaN) - restarts(pod);
  });
  const served = answers.split("\n").filter((line) => line.includes(" 200 ")).length;
  const [signal] = /child pid \d+ exit signal Killed \(9\)/.exec(told) ?? [];
  const faults = await damagedTables((await mysqlPod()).metadata.name);
  return {
    claim: "A WordPress pod's memory limit reached",
    measured: `the kernel ended ${killed} processes, ${served} of ${greedy} greedy requests were answered, the pod's log ${signal ? `says "${signal}"` : "does not say so"}; restarted ${restarted} times, ready ${seconds(back)} after; ${failures(load)}; ${faults.length} faults in the database`,
    sample: `${greedy} requests of 120 MiB at once in 1 pod of 512 MiB, ${count(load.total)} others`,
    mark: "a clear signal, ready within 30 s, at most 1 % of the others failed, no fault in the database",
    passed:
      killed > 0 &&
      signal !== undefined &&
      back <= 30 &&
      load.failed <= load.total * 0.01 &&
      faults.length === 0,
    requests: load,
  };
}

function exec(pod: Pod, command: string[], input?: string): Promise<string> {
  const args = ["exec", ...(input === undefined ? [] : ["-i"]), pod.metadata.name, "-c", "wordpress", "--"];
  return inNamespace([...args, ...command], { input, seconds: 120 });
}

/** Folder of the memory control group of the pod's container, as this machine has it. */
function memoryGroup(pod: Pod): string {
  const first = processesOf(pod).find(({ init }) => init);
  const memory = hierarchies().find(({ options }) => options.split(",").includes("memory"));
  const group = groupIn(readFileSync(`/proc/${first?.pid}/cgroup`, "utf8"));
  if (!memory || !group) throw new Error(`${pod.metadata.name} has no memory control group`);
  return path.join(memory.folder, group);
}

/** The memory control group in the text of `/proc/PID/cgroup`. */
export function groupIn(text: string): string | undefined {
  return /^\d+:(?:[^:\n]*,)?memory(?:,[^:\n]*)?:(.*)$/m.exec(text)?.[1];
}

/** Processes of the group the kernel has ended for want of memory; NaN when the group went with its container. */
function oomKills(group: string): number {
  const file = path.join(group, "memory.oom_control");
  return existsSync(file) ? killsIn(readFileSync(file, "utf8")) : Number.NaN;
}

/** The count in the text of `memory.oom_control`. */
export function killsIn(text: string): number {
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
}
