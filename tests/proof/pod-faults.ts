import { setTimeout as sleep } from "node:timers/promises";
import { signalPod } from "./containers.ts";
import { type Finding, report, seconds } from "./findings.ts";
import { keep, type Pod, podsOf, readyPods, restarts, settled, until } from "./kube.ts";
import { failures, type LoadResult, underLoad } from "./load.ts";

/** What a pod may be answering when it is struck: a request for each of its workers. */
export const requestsOfAPod = 6;

/** A container of WordPress is killed while visitors come. */
export async function containerKilled(): Promise<Finding> {
  let took = 0;
  const load = await faultUnderLoad(async (pod) => {
    const before = restarts(pod);
    signalPod(pod, "SIGKILL", "first");
    // Until the kubelet has noticed, the pod still counts as ready.
    took = await until("the pod ready again", 400, async () => {
      const now = (await readyPods("frontend")).find(sameAs(pod));
      return now !== undefined && restarts(now) > before;
    });
  });
  return {
    claim: "WordPress container killed with SIGKILL",
    measured: `${failures(load)}; ready again after ${seconds(took)}`,
    sample: "1 pod",
    mark: "ready again by itself, at most 1 % failed, or what the pod was answering",
    passed: load.failed <= Math.max(requestsOfAPod, load.total * 0.01),
    requests: load,
  };
}

/** Apache stops answering without ending: readiness takes the pod out, and nothing restarts it. */
export async function apacheHung(): Promise<Finding> {
  let out = 0;
  let back = 0;
  let restarted = 0;
  const load = await faultUnderLoad(async (pod) => {
    signalPod(pod, "SIGSTOP", "all");
    try {
      out = await until("the pod out of the Service", 120, async () => !(await ready(pod)));
      await sleep(5000);
    } finally {
      signalPod(pod, "SIGCONT", "all");
    }
    back = await until("the pod ready again", 400, () => ready(pod));
    const now = (await podsOf("frontend")).find(sameAs(pod));
    restarted = (now ? restarts(now) : Number.NaN) - restarts(pod);
  });
  return {
    claim: "Apache hung (SIGSTOP), no liveness probe",
    measured: `out of the Service after ${seconds(out)}, ${seconds(back)} after SIGCONT in it again, restarted ${restarted} times; ${failures(load)}`,
    sample: "1 pod",
    mark: "out of the Service, and in again without a restart",
    passed: restarted === 0,
    requests: load,
  };
}

/** Strikes a ready WordPress pod while visitors come; the site is whole again at the end. */
export async function faultUnderLoad(fault: (pod: Pod) => Promise<void>): Promise<LoadResult> {
  await settled();
  const [pod] = await readyPods("frontend");
  if (!pod) throw new Error("no WordPress pod is ready");
  report(`the fault hits ${pod.metadata.name}`);
  await keep(pod);
  const load = await underLoad(async () => {
    await sleep(3000);
    await fault(pod);
  });
  await settled();
  return load;
}

async function ready(pod: Pod): Promise<boolean> {
  return (await readyPods("frontend")).some(sameAs(pod));
}

function sameAs(pod: Pod): (other: Pod) => boolean {
  return ({ metadata }) => metadata.uid === pod.metadata.uid;
}
