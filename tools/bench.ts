// `npm run bench [-- NAME…]`: figures of the site and of the program on the running embedded cluster, into
// docs/measurements.md. Whatever a benchmark changes, it changes back; after a run that was killed, `npm start` and
// the next run do.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { duration } from "../local/toolchain/progress.ts";
import { root } from "../tests/e2e/environment.ts";
import { report } from "../tests/proof/findings.ts";
import { type Benchmark, benchmarks } from "./bench/benchmarks.ts";
import { type BenchmarkRun, benchmarkPart } from "./bench/report.ts";
import { replacePart } from "./document.ts";
import { exit } from "./exit.ts";
import { partsOnRunningSite } from "./running-site.ts";

const document = path.join(root, "docs", "measurements.md");

/** Written after each benchmark, so that a run that is killed loses the one under way only. */
function save(name: string, run: BenchmarkRun): void {
  const text = readFileSync(document, "utf8");
  writeFileSync(document, replacePart(text, `bench ${name}`, benchmarkPart(name, run)));
}

async function runOf(benchmark: Benchmark): Promise<BenchmarkRun> {
  const begun = Date.now();
  const tables = await benchmark();
  return { date: new Date().toISOString().slice(0, 10), seconds: (Date.now() - begun) / 1000, tables };
}

function show({ tables }: BenchmarkRun): void {
  for (const { title, columns, rows, conclusions } of tables)
    console.log([title, columns.join("\t"), ...rows.map((row) => row.join("\t")), ...conclusions].join("\n"));
}

const parts = await partsOnRunningSite("benchmark", benchmarks);
let failed = 0;
for (const name of parts) {
  report(`── ${name}`);
  try {
    const run = await runOf(benchmarks[name] as Benchmark);
    save(name, run);
    show(run);
    report(`${name} took ${duration(run.seconds * 1000)}`);
  } catch (error) {
    failed += 1;
    console.error(`${name} stopped: ${(error as Error).message}`);
  }
}
await exit(failed === 0 ? 0 : 1);
