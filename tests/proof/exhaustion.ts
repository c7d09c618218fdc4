import { readFileSync } from "node:fs";
import { page } from "../e2e/environment.ts";
import { type Finding, seconds } from "./findings.ts";
import { inNamespace, readyPods, settled, until } from "./kube.ts";
import { startPulse } from "./pulse.ts";

/** Seconds for which all connections are held. */
const held = 30;

/** Every connection of MySQL is taken for half a minute. */
export async function connectionsExhausted(): Promise<Finding> {
  await settled();
  const [pod] = await readyPods("frontend");
  const endPulse = startPulse();
  const script = readFileSync(new URL("./exhaustion.php", import.meta.url), "utf8");
  const args = ["exec", "-i", String(pod?.metadata.name), "-c", "wordpress", "--", "php", "--", String(held)];
  const [connections = "", refusal = ""] = (
    await inNamespace(args, { input: script, seconds: held + 60 })
  ).split("\n");
  const logs = await inNamespace([
    "logs",
    "-l",
    "tier=frontend",
    "-c",
    "wordpress",
    "--since=60s",
    "--tail=500",
  ]);
  const back = await until("a page again", 120, async () => (await page("/")).status === 200);
  await settled();
  const outage = await endPulse();
  const told = /not ready: .*Too many connections/.test(logs);
  return {
    claim: "MySQL's connections exhausted",
    measured: `MySQL refused after ${connections} ("${refusal}"), the pods' log ${told ? "says" : "does not say"} so; ${outage.failed} of ${outage.asked} pages failed, pages ${seconds(back)} after relief`,
    sample: `all connections held for ${held} s`,
    mark: "a clear signal, pages within 30 s of relief",
    passed: /Too many connections/.test(refusal) && told && back <= 30,
  };
}
