// `npm run proof [-- SCENARIO…]`: every promise measured on the real cluster. Writes docs/measurements.md's table and
// docs/proof.svg from what this checkout has run so far. Ends with a line 'N kept, N missed'.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { kubectl } from "../local/cluster/kubectl.ts";
import { root } from "../tests/e2e/environment.ts";
import { type Finding, report } from "../tests/proof/findings.ts";
import { scenarios } from "../tests/proof/scenarios.ts";
import { chart } from "./proof/chart.ts";
import { measurements } from "./proof/table.ts";
import { partsOnRunningSite } from "./running-site.ts";

const parts = await partsOnRunningSite("scenario", scenarios);

// A run that was killed may have left a node drained.
await kubectl(["uncordon", "--selector=kubernetes.io/hostname"]);

/** What earlier runs found, by scenario: one that is run again replaces its own findings only. */
const store = path.join(root, "out", "proof.json");

function earlier(): Record<string, Finding[]> {
  try {
    return JSON.parse(readFileSync(store, "utf8"));
  } catch {
    return {};
  }
}

const found = earlier();
for (const name of parts) {
  report(`── ${name}`);
  const failed = (error: Error): Finding => {
    report(error.message);
    const [first = ""] = error.message.split("\n");
    return { claim: name, measured: `stopped: ${first}`, sample: "1 run", mark: "ends", passed: false };
  };
  // biome-ignore lint/style/noNonNullAssertion: checked above
  found[name] = [await scenarios[name]!().catch(failed)].flat();
  for (const { claim, measured, passed } of found[name])
    console.log(`${passed ? "✔" : "✘"} ${claim}: ${measured}`);
  mkdirSync(path.dirname(store), { recursive: true });
  writeFileSync(store, JSON.stringify(found, null, 2));
}

const findings = Object.keys(scenarios).flatMap((name) => found[name] ?? []);
const document = path.join(root, "docs", "measurements.md");
writeFileSync(document, measurements(document, findings));
writeFileSync(path.join(root, "docs", "proof.svg"), chart(findings));
const missed = findings.filter(({ passed }) => !passed).length;
console.log(`${findings.length - missed} kept, ${missed} missed`);
process.exit(missed === 0 ? 0 : 1);
