import { setTimeout as sleep } from "node:timers/promises";
import { signalPod } from "./containers.ts";
import { type Finding, report, seconds } from "./findings.ts";
import { type Pod, readyPods, settled, until } from "./kube.ts";
import { failures, type LoadResult, underLoad } from "./load.ts";

/** A container of WordPress is killed while visitors come. */
export async function containerKilled(): Promise<Finding> {
  let took = 0;
  const load = await faultUnderLoad(async (pod) => {
    signalPod(pod, "SIGKILL", "first");
    await sleep(2000);
    took = 2 + (await until("the pod ready again", 90, () => ready(pod)));
  });
  return {
    claim: "WordPress container killed with SIGKILL",
    measured: `${failures(load)}; ready again after ${seconds(took)}`,
    sample: "1 pod",
    mark: "ready again within 60 s, at most 5 % failed",
    passed: took <= 60 && load.failed <= load.total * 0.05,
    requests: load,
  };
}

/** Apache stops answering without ending: readiness takes the pod out, and nothing restarts it. */
export async function apacheHung(): Promise<Finding> {
  let out = 0;
  let back = 0;
  const load = await faultUnderLoad(async (pod) => {
    signalPod(pod, "SIGSTOP", "all");
    try {
      out = await until("the pod out of the Service", 60, async () => !(await ready(pod)));
      await sleep(5000);
    } finally {
      signalPod(pod, "SIGCONT", "all");
    }
    back = await until("the pod ready again", 60, () => ready(pod));
  });
  return {
    claim: "Apache hung (SIGSTOP), no liveness probe",
    measured: `out of the Service after ${seconds(out)}, ${seconds(back)} after SIGCONT in it again; ${failures(load)}`,
    sample: "1 pod",
    mark: "out within 30 s, in again without a restart",
    passed: out > 0 && out <= 30 && back <= 30,
    requests: load,
  };
}

async function faultUnderLoad(fault: (pod: Pod) => Promise<void>): Promise<LoadResult> {
  await settled();
  const [pod] = await readyPods("frontend");
  if (!pod) throw new Error("no WordPress pod is ready");
  report(`the fault hits ${pod.metadata.name}`);
  const load = await underLoad(async () => {
    await sleep(3000);
    await fault(pod);
  });
  await settled();
  return load;
}

async function ready(pod: Pod): Promise<boolean> {
  return (await readyPods("frontend")).some(({ metadata }) => metadata.uid === pod.metadata.uid);
}
