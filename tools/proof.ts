// `npm run proof [-- SCENARIO…]`: every promise measured on the real cluster. Writes docs/measurements.md's table and
// docs/proof.svg once this checkout has run every scenario. Ends with a line 'N kept, N missed'.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { kubectl } from "../local/cluster/kubectl.ts";
import { root } from "../tests/e2e/environment.ts";
import { type Finding, lastLines, report } from "../tests/proof/findings.ts";
import { scenarios } from "../tests/proof/scenarios.ts";
import { restore } from "../tests/proof/up.ts";
import { replacePart } from "./document.ts";
import { exit } from "./exit.ts";
import { chart } from "./proof/chart.ts";
import { readResults, writeResults } from "./proof/store.ts";
import { inWords, proofPart } from "./proof/table.ts";
import { partsOnRunningSite } from "./running-site.ts";

const parts = await partsOnRunningSite("scenario", scenarios);

// A run that was killed may have left a node drained.
await kubectl(["uncordon", "--selector=kubernetes.io/hostname"]);

/** Its findings; one that says why when it did not come to an end. */
async function findingsOf(name: string): Promise<Finding[]> {
  try {
    // biome-ignore lint/style/noNonNullAssertion: there is one for every part
    return [await scenarios[name]!()].flat();
  } catch (error) {
    const { message } = error as Error;
    report(lastLines(message));
    const [first = ""] = message.split("\n");
    return [
      {
        claim: name,
        measured: `stopped: ${first.slice(0, 300)}`,
        sample: "1 run",
        mark: "ends",
        passed: false,
        stopped: true,
      },
    ];
  }
}

/** After a scenario that stopped half-way: whether the site is as the next one needs it. */
function restored(): Promise<boolean> {
  return restore().then(
    () => true,
    (error: Error) => {
      report(lastLines(error.message));
      return false;
    },
  );
}

const results = readResults();
const notRun = [...parts];
for (const name of parts) {
  report(`── ${name}`);
  const begun = Date.now();
  const findings = await findingsOf(name);
  const seconds = Math.round((Date.now() - begun) / 1000);
  results[name] = { findings, seconds, date: new Date().toISOString().slice(0, 10) };
  for (const { claim, measured, passed } of findings)
    console.log(`${passed ? "✔" : "✘"} ${claim}: ${measured}`);
  console.log(`  ${name} took ${inWords(seconds)}`);
  writeResults(results);
  notRun.shift();
  if (findings.some(({ stopped }) => stopped) && !(await restored())) break;
}

const known = Object.keys(scenarios).flatMap((name) => results[name] ?? []);
const findings = known.flatMap((result) => result.findings);
const scenarioCount = Object.keys(scenarios).length;
if (known.length === scenarioCount) {
  const document = path.join(root, "docs", "measurements.md");
  writeFileSync(document, replacePart(readFileSync(document, "utf8"), "proof", proofPart(known)));
  writeFileSync(path.join(root, "docs", "proof.svg"), chart(findings));
} else
  console.log(
    `docs/measurements.md stays: this checkout has run ${known.length} of ${scenarioCount} scenarios so far`,
  );
const missed = findings.filter(({ passed }) => !passed).length;
const took = parts.reduce(
  (sum, name) => sum + (notRun.includes(name) ? 0 : (results[name]?.seconds ?? 0)),
  0,
);
console.log(`${parts.length - notRun.length} scenarios took ${inWords(took)}`);
if (notRun.length > 0)
  console.error(`The site could not be brought back, so these were not run: ${notRun.join(", ")}`);
console.log(`${findings.length - missed} kept, ${missed} missed`);
await exit(missed === 0 && notRun.length === 0 ? 0 : 1);
