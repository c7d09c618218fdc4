import type { Finding } from "./findings.ts";
import { inNamespace, settled } from "./kube.ts";
import { failures, underLoad } from "./load.ts";
import { restoring, type Settings, upWith } from "./up.ts";

/** An update that cannot work, and the words by which the engine has to name the reason. */
interface BadUpdate {
  name: string;
  settings: Settings;
  reason: RegExp;
}

/** Updates that fail early, in the Job that prepares a rollout, come first. */
export const badUpdates = {
  config: {
    name: "a wp-config.php line that throws",
    settings: { wordpress: { extraConfig: ["throw new Exception('bad line of the proof');"] } },
    reason: /bad line of the proof/,
  },
  image: {
    name: "an image that does not exist",
    // A rollout may stand still for five minutes otherwise.
    settings: {
      wordpress: {
        image: "localhost/wordpress:does-not-exist",
        progressDeadlineSeconds: 60,
        provisionDeadlineSeconds: 60,
      },
    },
    reason: /ImagePullBackOff|ErrImagePull/,
  },
} satisfies Record<string, BadUpdate>;

/** A bad `up` under load has to fail by itself with the pod's own error, and the site to go on; the next good one repairs. */
export async function badUpdate(which: keyof typeof badUpdates): Promise<Finding> {
  const { name, settings, reason } = badUpdates[which];
  await settled();
  let code = 0;
  let named = false;
  const begun = Date.now();
  const load = await restoring(() =>
    underLoad(async () => {
      const ended = await upWith(settings, 12);
      code = ended.code;
      named = reason.test(ended.output);
    }),
  );
  const whole = (await inNamespace(["get", "pods", "-l", "tier=frontend", "-o", "name"])).trim() !== "";
  return {
    claim: `Bad update: ${name}`,
    measured: `up ended with code ${code} after ${((Date.now() - begun) / 1000).toFixed(0)} s in all, reason ${named ? "named" : "not named"}; ${failures(load)}; the next up repaired it`,
    sample: "1 update",
    mark: "fails, names the pod's error, 0 failed",
    passed: code !== 0 && named && load.failed === 0 && whole,
    requests: load,
  };
}
