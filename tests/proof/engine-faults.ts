import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { nodeExec } from "../../local/cluster/index.ts";
import { kubectl } from "../../local/cluster/kubectl.ts";
import { pulumi } from "../e2e/environment.ts";
import { type Finding, lastLines, report } from "./findings.ts";
import { inNamespace, settled, until } from "./kube.ts";
import { freeLock, mustUp, restoring, type Settings, signalGroup, startUp, upWith } from "./up.ts";

/** A new Job, a rollout and a change of another object. */
const change = (run: number): Settings => ({
  wordpress: { php: { memoryLimit: `${150 + run}Mi` }, cron: { schedule: "*/7 * * * *" } },
});

/**
 * `pulumi up` is ended at random moments, by Ctrl-C and by SIGKILL in turn. The next one, with the stack's own config,
 * has to converge.
 */
export function interruptedUpdates({ runs }: { runs: number }): Promise<Finding> {
  return restoring(async () => {
    await settled();
    const before = await objectNames();
    const unrepaired: string[] = [];
    for (let run = 1; run <= runs; run++) {
      const signal = run % 2 === 1 ? "SIGINT" : "SIGKILL";
      await interrupted(run, signal);
      const { code, output } = await upWith();
      if (code === 0) continue;
      unrepaired.push(`run ${run} (${signal})`);
      report(lastLines(output));
      await mustUp();
    }
    await settled();
    const preview = await pulumi(["preview", "--expect-no-changes"]);
    const strange = await leftOver(before);
    const faults = unrepaired.length > 0 ? ` (not ${unrepaired.join(", ")})` : "";
    return {
      claim: "`pulumi up` ended at random moments, by SIGINT and SIGKILL in turn",
      measured: `the next up converged ${runs - unrepaired.length} of ${runs} times${faults}; ${objects(strange)}; ${preview.code === 0 ? "no change left" : "changes left"}`,
      sample: `${runs} interrupted updates`,
      mark: "always, 0 objects, no change left",
      passed: unrepaired.length === 0 && strange.length === 0 && preview.code === 0,
    };
  });
}

/** Starts an `up` and ends it, with all it has started, after 2 to 20 seconds: most of its time, and some of a rollout's. */
async function interrupted(run: number, signal: "SIGINT" | "SIGKILL"): Promise<void> {
  const up = (await startUp(change(run))).process;
  const moment = randomInt(2000, 20_000);
  await sleep(moment);
  signalGroup(up.pid, signal);
  // An engine that does not heed Ctrl-C would be waited for without end.
  const kill = setTimeout(() => signalGroup(up.pid, "SIGKILL"), 120_000);
  const { exitCode, signal: by } = await up;
  clearTimeout(kill);
  if (by === "SIGKILL") await freeLock();
  report(`${signal} after ${moment / 1000} s: ${by ?? `code ${exitCode}`}`);
}

/** The API server is killed in the middle of an `up`, and comes back by itself. */
export function apiServerRestarted(): Promise<Finding> {
  return restoring(async () => {
    await settled();
    const before = await objectNames();
    const up = upWith(change(20)).catch(() => undefined);
    // Whatever happens here, the `up` is waited for before the next one begins.
    await sleep(6000)
      .then(killApiServer)
      .finally(() => up);
    const during = await up;
    if (during?.code !== 0) report(during ? lastLines(during.output) : "that up did not end by itself");
    await until("the API server", 60, async () => (await kubectl(["get", "--raw", "/readyz"])) === "ok");
    const next = await upWith();
    if (next.code !== 0) report(lastLines(next.output));
    await settled();
    const strange = await leftOver(before);
    return {
      claim: "API server killed during `pulumi up`",
      measured: `that up ended with code ${during?.code}, the next with ${next.code}; ${objects(strange)}`,
      sample: "1 update",
      mark: "the next up converges, 0 objects",
      passed: next.code === 0 && strange.length === 0,
    };
  });
}

async function killApiServer(): Promise<void> {
  await nodeExec("control-plane", ["pkill", "-KILL", "-x", "kube-apiserver"]);
}

const kinds =
  "deployments,statefulsets,services,configmaps,secrets,persistentvolumeclaims,jobs,cronjobs," +
  "horizontalpodautoscalers,poddisruptionbudgets,networkpolicies,ingressroutes,middlewares,tlsoptions,serverstransports";

/** Everything `up` has made in the namespace. */
async function objectNames(): Promise<string[]> {
  return madeByUp((await inNamespace(["get", kinds, "-o", "name"])).trim().split("\n"));
}

/** Kinds and names without the endings the engine gives some, and without the Jobs that the CronJob makes. */
export function madeByUp(names: string[]): string[] {
  return names
    .filter((name) => !name.startsWith("job.batch/wordpress-cron-"))
    .map((name) => name.replace(/^((?:configmap|job\.batch)\/.*)-[0-9a-f]{8}$/, "$1"));
}

/** What is missing or too much, once the garbage collector has had its time: it deletes Jobs after their ConfigMap. */
async function leftOver(before: string[]): Promise<string[]> {
  let strange: string[] = [];
  const collected = async () => {
    strange = difference(before, await objectNames());
    return strange.length === 0;
  };
  await until("the garbage collector", 30, collected, 1000).catch((error: Error) => report(error.message));
  return strange;
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

function objects(strange: string[]): string {
  const list = strange.length > 0 ? `: ${strange.join(", ")}` : "";
  return `${strange.length} objects missing or left over${list}`;
}

/** `up` again and again without a change. */
export async function idempotence({ runs }: { runs: number }): Promise<Finding> {
  let changed = 0;
  for (let run = 1; run <= runs; run++) {
    const { code, output } = await upWith();
    if (code === 0 && changedNothing(output)) continue;
    changed += 1;
    report(lastLines(output));
  }
  return {
    claim: "`pulumi up` without a change changes nothing",
    measured: `${changed} of ${runs} updates changed something`,
    sample: `${runs} updates`,
    mark: "0",
    passed: changed === 0,
  };
}

/** Whether the summary an `up` ends with counts nothing but unchanged resources. */
export function changedNothing(output: string): boolean {
  return /^Resources:\s+\d+ unchanged\s+(?:Duration:|$)/m.test(`${output}\n`);
}
