import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { root } from "../../tests/e2e/environment.ts";
import { BenchStack } from "./engine.ts";
import type { Cost } from "./process-cost.ts";
import { spread, type Table, times } from "./report.ts";

const counts = [1, 10, 50];
const runs = 2;

/** How a preview grows with the number of sites in one program; none of them is made. */
export async function sites(): Promise<Table[]> {
  const found: Record<number, Cost[]> = Object.fromEntries(counts.map((count) => [count, []]));
  for (let run = 0; run < runs; run++) {
    for (const count of counts) found[count]?.push(await preview(count));
  }
  return [table(found)];
}

/** The table of the costs by number of sites. */
export function table(found: Record<number, Cost[]>): Table {
  const costs = (count: number) => found[count] ?? [];
  return {
    title: "Many sites in one program",
    setup: `\`pulumi preview\` of sites none of which is there, so that every object is a dry-run creation, ${costs(1).length} runs each, median and range; \`npm run bench -- sites\`,`,
    columns: ["Sites", "Resources", "Wall time, s", "CPU time, s", "Memory, MiB"],
    rows: counts.map((count) => row(count, costs(count))),
    conclusions: [growth(costs)],
  };
}

/** Linear is when a site more costs much the same, whether there are few or many. */
function growth(costs: (count: number) => Cost[]): string {
  const wall = (count: number) => Math.min(...costs(count).map((cost) => cost.wall));
  const slope = (from: number, to: number) => (wall(to) - wall(from)) / (to - from);
  const [few, many] = [slope(1, 10), slope(10, 50)];
  const slopes = `A site more takes ${few.toFixed(2)} s from 1 to 10 sites and ${many.toFixed(2)} s from 10 to 50, of the fastest run each`;
  if (many / few > 1.25) return `${slopes}: ${times(many / few)}, **more than linear**.`;
  return `${slopes}: ${times(many / few)}, so it grows ${many / few < 0.8 ? "less than linearly" : "linearly"}.`;
}

async function preview(count: number): Promise<Cost> {
  const stack = await BenchStack.make("sites", { BENCH_SITES: `${count}`, BENCH_CONFIG: localConfig() });
  try {
    return await stack.run("preview");
  } finally {
    await stack.remove();
  }
}

/** The local stack's config, without the prefix of its keys. */
function localConfig(): string {
  const { config } = parse(readFileSync(path.join(root, "Pulumi.local.yaml"), "utf8"));
  const prefix = "wordpress-kubernetes:";
  const own = Object.entries(config).filter(([key]) => key.startsWith(prefix));
  return JSON.stringify(Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value])));
}

function row(count: number, costs: Cost[]): string[] {
  const resources = / \+ (\d+) to create/.exec(costs[0]?.output ?? "")?.[1] ?? "?";
  const figures = (key: "wall" | "cpu" | "memory", digits: number) =>
    spread(
      costs.map((cost) => cost[key]),
      digits,
    );
  return [`${count}`, resources, figures("wall", 2), figures("cpu", 2), figures("memory", 0)];
}
