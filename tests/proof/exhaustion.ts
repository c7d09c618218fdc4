import { readFileSync } from "node:fs";
import { freshPage } from "../e2e/environment.ts";
import { type Finding, seconds } from "./findings.ts";
import { inNamespace, keep, mysqlPod, readyPods, settled, until, wordpressLogs } from "./kube.ts";
import { underPulse } from "./pulse.ts";
import { damagedTables } from "./sql.ts";

/** Seconds for which all connections are held. */
const held = 30;

/** Every connection of MySQL is taken for half a minute. */
export async function connectionsExhausted(): Promise<Finding> {
  await settled();
  const [pod] = await readyPods("frontend");
  if (!pod) throw new Error("no WordPress pod is ready");
  await keep(pod);
  const script = readFileSync(new URL("./exhaustion.php", import.meta.url), "utf8");
  const args = ["exec", "-i", pod.metadata.name, "-c", "wordpress", "--", "php", "--", String(held)];
  let [connections, refusal, logs] = ["", "", ""];
  let back = 0;
  const outage = await underPulse(async () => {
    const begun = new Date();
    const said = await inNamespace(args, { input: script, seconds: held + 60 });
    [connections = "", refusal = ""] = said.split("\n");
    back = await until("a page again", 120, async () => (await freshPage("/")).status === 200);
    logs = (await wordpressLogs(begun)).join("\n");
    await settled();
  });
  const told = /busy: .*Too many connections/.test(logs);
  const faults = await damagedTables((await mysqlPod()).metadata.name);
  return {
    claim: "MySQL's connections exhausted",
    measured: `MySQL refused after ${connections} ("${refusal}"), the pods' log ${told ? "says" : "does not say"} so; ${outage.failed} of ${outage.asked} pages failed, pages ${seconds(back)} after relief; ${faults.length} faults in the database`,
    sample: `all connections held for ${held} s`,
    mark: "a clear signal, pages again after relief, no fault in the database",
    passed: /Too many connections/.test(refusal) && told && faults.length === 0,
  };
}
