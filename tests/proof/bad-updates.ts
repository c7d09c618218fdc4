import type { Ended } from "../e2e/environment.ts";
import { type Finding, lastLines, report } from "./findings.ts";
import { inNamespace, readyPods, settled } from "./kube.ts";
import { failures, underLoad } from "./load.ts";
import { restore, type Settings, upWith } from "./up.ts";

/** An update that cannot work, and the words by which the engine has to name the reason. */
export interface BadUpdate {
  name: string;
  settings: Settings;
  reason: RegExp;
  /** How long it may take to fail. */
  minutes: number;
}

/** A rollout may stand still for five minutes otherwise, and the Job before it run for fifteen. */
const soon = { progressDeadlineSeconds: 60, provisionDeadlineSeconds: 60 };

/** Updates that fail early, in the Job that prepares a rollout. */
export const badUpdates = {
  config: {
    name: "a wp-config.php line that throws",
    settings: { wordpress: { extraConfig: ["throw new Exception('bad line of the proof');"], ...soon } },
    reason: /bad line of the proof/,
    minutes: 4,
  },
  image: {
    name: "an image that does not exist",
    settings: { wordpress: { image: "localhost/wordpress:does-not-exist", ...soon } },
    reason: /ImagePullBackOff|ErrImagePull/,
    minutes: 4,
  },
} satisfies Record<string, BadUpdate>;

/** A bad `up` under load has to fail by itself with the pod's own error, and the site to go on; the next good one repairs. */
export async function badUpdate({ name, settings, reason, minutes }: BadUpdate): Promise<Finding> {
  await settled();
  let ended: Ended | undefined;
  let took = 0;
  const load = await underLoad(async () => {
    const begun = Date.now();
    ended = await inTime(settings, minutes);
    took = (Date.now() - begun) / 1000;
  });
  const repaired = await repairs();
  const named = reason.test(ended?.output ?? "");
  if (ended && !named) report(`not ${reason}: ${lastLines(ended.output)}`);
  return {
    claim: `Bad update: ${name}`,
    measured: `up ${ended ? `ended with code ${ended.code}` : "did not end by itself"} after ${took.toFixed(0)} s, reason ${named ? "named" : "not named"}; ${failures(load)}; the next up ${repaired ? "repaired it" : "did not repair it"}`,
    sample: "1 update",
    mark: `fails within ${minutes} minutes, names the pod's error, 0 failed, the next up repairs it`,
    passed: ended !== undefined && ended.code !== 0 && named && load.failed === 0 && repaired,
    requests: load,
  };
}

/** How the `up` ended; undefined when that took too long. */
function inTime(settings: Settings, minutes: number): Promise<Ended | undefined> {
  return upWith(settings, minutes).catch((error: Error) => {
    report(error.message);
    return undefined;
  });
}

/** Whether the next good `up` alone brings the site back; it is brought back in any case. */
async function repairs(): Promise<boolean> {
  const repaired = (await inTime({}, 3))?.code === 0 && (await isWhole());
  if (repaired) return true;
  // A pod that never became ready would be in the way of what puts the stack right.
  if ((await readyPods("mysql")).length === 0)
    await inNamespace(["delete", "pod", "wordpress-mysql-0", "--wait=false", "--ignore-not-found"]);
  await restore();
  return false;
}

function isWhole(): Promise<boolean> {
  return settled(120).then(
    () => true,
    () => false,
  );
}
