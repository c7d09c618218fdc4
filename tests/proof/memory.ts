import { readFileSync } from "node:fs";
import path from "node:path";
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
 * largest process, which under control groups of version 1 leaves the rest of the container alone. Apache says nothing
 * of a worker killed so: what tells is the kernel's count.
 */
export async function memoryLimitReached(): Promise<Finding> {
  let killed = 0;
  let answers = "";
  let restarted = 0;
  let back = 0;
  const load = await faultUnderLoad(async (pod) => {
    const { uid } = pod.metadata;
    const before = await oomKills(pod);
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
    killed = (await oomKills(pod)) - before;
    back = await until("the pod ready", 60, async () =>
      (await readyPods("frontend")).some(({ metadata }) => metadata.uid === uid),
    );
    const now = (await podsOf("frontend")).find(({ metadata }) => metadata.uid === uid);
    restarted = (now ? restarts(now) : Number.NaN) - restarts(pod);
  });
  const served = answers.split("\n").filter((line) => line.includes(" 200 ")).length;
  const faults = await damagedTables((await mysqlPod()).metadata.name);
  return {
    claim: "A WordPress pod's memory limit reached",
    measured: `oom_kill of the pod's control group rose by ${killed}, ${served} of ${greedy} greedy requests were answered; restarted ${restarted} times, ready ${seconds(back)} after; ${failures(load)}; ${faults.length} faults in the database`,
    sample: `${greedy} requests of 120 MiB at once in 1 pod of 512 MiB, ${count(load.total)} others`,
    mark: "a clear signal, ready within 30 s, at most 1 % of the others failed, no fault in the database",
    passed:
      killed > 0 && served < greedy && back <= 30 && load.failed <= load.total * 0.01 && faults.length === 0,
    requests: load,
  };
}

function exec(pod: Pod, command: string[], input?: string): Promise<string> {
  const args = ["exec", ...(input === undefined ? [] : ["-i"]), pod.metadata.name, "-c", "wordpress", "--"];
  return inNamespace([...args, ...command], { input, seconds: 120 });
}

/** Processes of the container the kernel has ended for want of memory, as the container itself can read it. */
async function oomKills(pod: Pod): Promise<number> {
  return killsIn(await exec(pod, ["cat", "/sys/fs/cgroup/memory/memory.oom_control"]));
}

/** The count in the text of `memory.oom_control`. */
export function killsIn(text: string): number {
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
}
