// `npm run bench [-- NAME…]`: figures of the site and of the program on the running embedded cluster, into
// docs/measurements.md. Whatever a benchmark changes, it changes back.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "../tests/e2e/environment.ts";
import { report } from "../tests/proof/findings.ts";
import { benchmarks } from "./bench/benchmarks.ts";
import { type Tables, writeTables } from "./bench/report.ts";
import { partsOnRunningSite } from "./running-site.ts";

const parts = await partsOnRunningSite("benchmark", benchmarks);

/** What earlier runs found: a benchmark that is run again replaces its own tables only. */
const store = path.join(root, "out", "bench.json");

function earlier(): Tables {
  try {
    return JSON.parse(readFileSync(store, "utf8"));
  } catch {
    return {};
  }
}

const found = earlier();
let failed = 0;
for (const name of parts) {
  report(`── ${name}`);
  try {
    const date = new Date().toISOString().slice(0, 10);
    // biome-ignore lint/style/noNonNullAssertion: checked above
    found[name] = (await benchmarks[name]!()).map((table) => ({ ...table, date }));
    for (const { title, columns, rows, conclusions } of found[name])
      console.log(
        [title, columns.join("\t"), ...rows.map((row) => row.join("\t")), ...conclusions].join("\n"),
      );
  } catch (error) {
    failed += 1;
    console.error(`${name} stopped: ${(error as Error).message}`);
  }
}

mkdirSync(path.dirname(store), { recursive: true });
writeFileSync(store, JSON.stringify(found, null, 2));
const document = path.join(root, "docs", "measurements.md");
const tables = Object.keys(benchmarks).flatMap((name) => found[name] ?? []);
writeFileSync(document, writeTables(document, tables));
process.exit(failed === 0 ? 0 : 1);
