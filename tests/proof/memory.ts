import { readFileSync } from "node:fs";
import path from "node:path";
import { count, type Finding, seconds } from "./findings.ts";
import { inNamespace, mysqlPod, type Pod, podsOf, readyPods, restarts, until } from "./kube.ts";
import { failures } from "./load.ts";
import { faultUnderLoad, requestsOfAPod } from "./pod-faults.ts";
import { damagedTables } from "./sql.ts";

const page = "/var/www/html/proof-greedy.php";

/** With 240 MiB each they ask for more than the 1 GiB of a pod, whatever Apache takes, and leave one of its six workers to visitors. */
const greedy = 5;

/** Asks the pod's own Apache for the page several times at once; prints the first line of each answer there is. */
export const ask = `for request in $(seq ${greedy}); do
  (exec 3<>/dev/tcp/127.0.0.1/80
   printf 'GET /${path.basename(page)}?seconds=20 HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3
   head -n 1 <&3) &
done
wait`;

/**
 * Pages of a greedy plugin take more memory than a pod may have, each within what PHP allows it. With control groups of
 * version 2 the kernel ends the whole container, whose status then says so, and it starts again. With version 1 it ends
 * the largest process and leaves the rest alone: Apache says nothing of a worker killed so, what tells is the kernel's
 * count.
 */
export async function memoryLimitReached(): Promise<Finding> {
  let killed = 0;
  let answers = "";
  let restarted = 0;
  let told: string | undefined;
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
      // What asks is in the container, too, and may end with it.
      answers = await exec(pod, ["timeout", "90", "bash", "-c", ask]).catch(() => "");
    } finally {
      // By any pod: this one may have ended.
      await until("the page gone", 60, async () => {
        await inNamespace(["exec", "deploy/wordpress", "-c", "wordpress", "--", "rm", "-f", page]);
        return true;
      });
    }
    back = await until("the pod ready", 400, async () =>
      (await readyPods("frontend")).some(({ metadata }) => metadata.uid === uid),
    );
    const now = (await podsOf("frontend")).find(({ metadata }) => metadata.uid === uid);
    restarted = (now ? restarts(now) : Number.NaN) - restarts(pod);
    if (restarted === 0) killed = (await oomKills(pod)) - before;
    else
      told = now?.status.containerStatuses
        ?.map(({ lastState }) => lastState?.terminated?.reason)
        .find(Boolean);
  });
  const served = answers.split("\n").filter((line) => line.includes(" 200 ")).length;
  const faults = await damagedTables((await mysqlPod()).metadata.name);
  return {
    claim: "A WordPress pod's memory limit reached",
    measured: `${told ? `the pod's status says ${told}` : `oom_kill of the pod's control group rose by ${killed}`}, ${served} of ${greedy} greedy requests were answered; restarted ${restarted} times, ready ${seconds(back)} after; ${failures(load)}; ${faults.length} faults in the database`,
    sample: `${greedy} requests of 240 MiB at once in 1 pod of 1 GiB, ${count(load.total)} others`,
    mark: "a clear signal, ready again, at most 1 % of the others failed, or what the pod was answering, no fault in the database",
    passed:
      (killed > 0 || told === "OOMKilled") &&
      served < greedy &&
      load.failed <= Math.max(requestsOfAPod, load.total * 0.01) &&
      faults.length === 0,
    requests: load,
  };
}

function exec(pod: Pod, command: string[], input?: string): Promise<string> {
  const args = ["exec", ...(input === undefined ? [] : ["-i"]), pod.metadata.name, "-c", "wordpress", "--"];
  return inNamespace([...args, ...command], { input, seconds: 120 });
}

/** Processes of the container the kernel has ended for want of memory, as the container itself can read it. */
async function oomKills(pod: Pod): Promise<number> {
  const [first, second] = ["/sys/fs/cgroup/memory/memory.oom_control", "/sys/fs/cgroup/memory.events"];
  return killsIn(await exec(pod, ["sh", "-c", `cat ${first} 2> /dev/null || cat ${second}`]));
}

/** The count in the text of `memory.oom_control`, in version 2 `memory.events`. */
export function killsIn(text: string): number {
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
}
