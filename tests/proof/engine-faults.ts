import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { nodeExec } from "../../local/cluster/index.ts";
import { pulumi } from "../e2e/environment.ts";
import { type Finding, report } from "./findings.ts";
import { inNamespace, settled } from "./kube.ts";
import { mustUp, restoring, type Settings, startUp, upWith } from "./up.ts";

const change = (run: number): Settings => ({
  wordpress: { php: { memoryLimit: `${150 + run}Mi` }, cron: { schedule: "*/7 * * * *" } },
});

/** `pulumi up` is ended at random moments, by Ctrl-C and by SIGKILL in turn; the next one has to converge. */
export function interruptedUpdates({ runs }: { runs: number }): Promise<Finding> {
  return restoring(async () => {
    const before = await objectNames();
    const unrepaired: string[] = [];
    for (let run = 1; run <= runs; run++) {
      const signal = run % 2 === 1 ? "SIGINT" : "SIGKILL";
      await interrupted(run, signal);
      if (signal === "SIGKILL") await freeLock();
      const { code, output } = await upWith(change(run));
      if (code !== 0) unrepaired.push(`run ${run} (${signal}): ${output.slice(-2000)}`);
    }
    for (const fault of unrepaired) report(fault);
    await mustUp();
    await settled();
    const preview = await pulumi(["preview", "--expect-no-changes"]);
    const strange = difference(before, await objectNames());
    return {
      claim: "`pulumi up` ended at random moments, by SIGINT and SIGKILL in turn",
      measured: `the next up converged ${runs - unrepaired.length} of ${runs} times; ${strange.length} objects missing or left over${strange.length > 0 ? `: ${strange.join(", ")}` : ""}`,
      sample: `${runs} interrupted updates`,
      mark: "always, 0 objects, no change left",
      passed: unrepaired.length === 0 && strange.length === 0 && preview.code === 0,
    };
  });
}

/** Starts an `up` and ends it, with all it has started, after 2 to 15 seconds. */
async function interrupted(run: number, signal: "SIGINT" | "SIGKILL"): Promise<void> {
  const up = (await startUp(change(run))).process;
  const moment = randomInt(2000, 15_000);
  await sleep(moment);
  try {
    // The whole group, as on a terminal where Ctrl-C reaches every process.
    process.kill(-(up.pid ?? Number.NaN), signal);
  } catch (error) {
    // It was done already.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
  const { exitCode } = await up;
  report(`${signal} after ${moment / 1000} s: code ${exitCode}`);
}

/** A killed engine leaves its lock on the stack; this is the documented way to take it away. */
async function freeLock(): Promise<void> {
  const { code, output } = await pulumi(["cancel", "--yes"], 1);
  if (code !== 0) report(`pulumi cancel: ${output}`);
}

/** The API server is killed in the middle of an `up`, and comes back by itself. */
export function apiServerRestarted(): Promise<Finding> {
  return restoring(async () => {
    const before = await objectNames();
    const up = upWith(change(20));
    await sleep(6000);
    await nodeExec("control-plane", ["pkill", "-KILL", "-x", "kube-apiserver"]);
    const during = await up;
    if (during.code !== 0) report(during.output.slice(-2000));
    const next = await upWith(change(20));
    await mustUp();
    await settled();
    const strange = difference(before, await objectNames());
    return {
      claim: "API server killed during `pulumi up`",
      measured: `that up ended with code ${during.code}, the next with ${next.code}; ${strange.length} objects missing or left over`,
      sample: "1 update",
      mark: "the next up converges, 0 objects",
      passed: next.code === 0 && strange.length === 0,
    };
  });
}

const kinds =
  "deployments,statefulsets,services,configmaps,secrets,persistentvolumeclaims,cronjobs,horizontalpodautoscalers," +
  "poddisruptionbudgets,networkpolicies,ingressroutes,middlewares,tlsoptions";

/** Everything `up` has made in the namespace, by kind and name; without the endings the engine gives ConfigMaps. */
async function objectNames(): Promise<string[]> {
  const names = (await inNamespace(["get", kinds, "-o", "name"])).trim().split("\n");
  return names.map((name) => name.replace(/^(configmap\/.*)-[0-9a-f]{8}$/, "$1"));
}

/** What is in one list and not in the other; a name that is there twice has to be there twice in both. */
export function difference(one: string[], other: string[]): string[] {
  const left = [...other];
  const missing = one.filter((name) => {
    const at = left.indexOf(name);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return [...missing, ...left];
}

/** `up` again and again without a change. */
export async function idempotence({ runs }: { runs: number }): Promise<Finding> {
  let changed = 0;
  for (let run = 1; run <= runs; run++) {
    const { code, output } = await upWith();
    if (
      code !== 0 ||
      !/\d+ unchanged/.test(output) ||
      /[1-9]\d* (created|updated|replaced|deleted)|^\s*[+~-]+ /m.test(resources(output))
    )
      changed += 1;
  }
  return {
    claim: "`pulumi up` without a change changes nothing",
    measured: `${changed} of ${runs} updates changed something`,
    sample: `${runs} updates`,
    mark: "0",
    passed: changed === 0,
  };
}

/** The summary the engine ends with. */
function resources(output: string): string {
  return output.slice(output.lastIndexOf("Resources:"));
}
