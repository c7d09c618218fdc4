// `node tools/run.mjs tools/bench/start-up.ts`: CPU of the program of stack prod under mocks, with the SDK's hook for
// source maps and without (stacks/start-up.ts), one after the other.
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { runtime } from "@pulumi/pulumi";
import { execa } from "execa";
import { recordResources } from "../mocks.ts";
import { readStackConfig } from "../stack-config.ts";
import { median } from "./report.ts";

const root = path.join(import.meta.dirname, "..", "..");
const runs = 7;

/** Builds the site once, as the engine's language host would begin; prints CPU milliseconds. */
async function measure(hook: string): Promise<void> {
  createRequire(import.meta.url)("source-map-support").install();
  if (hook === "without") await import("../../stacks/start-up.ts");
  const { parseConfig } = await import("../../stacks/config.ts");
  const config = parseConfig(readStackConfig("prod"));
  recordResources();
  const begun = process.cpuUsage();
  const { Site } = await import("../../stacks/site.ts");
  new Site("wordpress", config);
  await runtime.disconnect();
  const { user, system } = process.cpuUsage(begun);
  console.log((user + system) / 1000);
}

const [, , hook] = process.argv;
if (hook !== undefined) await measure(hook);
else {
  const figures: Record<string, number[]> = { with: [], without: [] };
  for (let run = 0; run < runs; run++) {
    for (const [each, list] of Object.entries(figures)) {
      const { stdout } = await execa(process.execPath, [fileURLToPath(import.meta.url), each], {
        cwd: root,
        timeout: 60_000,
      });
      list.push(Number(stdout));
    }
  }
  for (const [each, list] of Object.entries(figures)) {
    const sorted = list.map(Math.round).sort((a, b) => a - b);
    console.log(
      `${each} the hook: ${Math.round(median(list))} ms of CPU (${sorted[0]}–${sorted.at(-1)}, n=${runs})`,
    );
  }
}
