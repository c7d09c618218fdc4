import { stackArgs } from "../../local/stack.ts";
import { cachePath } from "../../local/toolchain/cache.ts";
import { ensureEngine } from "../../local/toolchain/engine.ts";
import { root } from "../../tests/e2e/environment.ts";
import { report } from "../../tests/proof/findings.ts";
import { mustUp } from "../../tests/proof/up.ts";
import { BenchStack } from "./engine.ts";
import { type Cost, costOf } from "./process-cost.ts";
import { judged, median, spread, type Table } from "./report.ts";

const pairs = 7;

/** A `preview` and an `up` that change nothing: the whole site next to the smallest program, by turns. */
export async function program(): Promise<Omit<Table, "date">[]> {
  await mustUp();
  const engine = await ensureEngine(report);
  const env = { ...engine.env, KUBECONFIG: cachePath("cluster", "kubeconfig") };
  const site = (args: string[]) =>
    costOf([engine.command, ...stackArgs({ name: "local", engine, env }, args), "--non-interactive"], {
      cwd: root,
      env,
      minutes: 5,
    });
  const smallest = await BenchStack.make("smallest");
  try {
    await smallest.run("up", "--yes", "--skip-preview");
    const tables = [];
    for (const args of [["preview"], ["up", "--yes", "--skip-preview"]]) {
      tables.push(
        await compare(args[0] ?? "", { site: () => site(args), smallest: () => smallest.run(...args) }),
      );
    }
    return tables;
  } finally {
    await smallest.remove();
  }
}

type Run = () => Promise<Cost>;

async function compare(command: string, runs: { site: Run; smallest: Run }): Promise<Omit<Table, "date">> {
  const found: Record<keyof typeof runs, Cost[]> = { site: [], smallest: [] };
  // The first of each fills caches.
  for (let pair = -1; pair < pairs; pair++) {
    const order = ["site", "smallest"] as const;
    for (const name of pair % 2 === 0 ? order : order.toReversed()) {
      const cost = await runs[name]();
      if (pair >= 0) found[name].push(cost);
    }
  }
  const figure = (key: "wall" | "cpu" | "memory", digits: number) => {
    const [site, smallest] = [found.site, found.smallest].map((list) => list.map((cost) => cost[key]));
    const ratio = median((site ?? []).map((own, pair) => own / (smallest?.[pair] ?? Number.NaN)));
    return {
      cells: [spread(site ?? [], digits), spread(smallest ?? [], digits), `${ratio.toFixed(2)} ×`],
      ratio,
    };
  };
  const wall = figure("wall", 2);
  const cpu = figure("cpu", 2);
  const memory = figure("memory", 0);
  const kept = [wall, cpu, memory].every(({ ratio }) => ratio <= 1.3);
  return {
    title: `A \`pulumi ${command}\` that changes nothing`,
    setup: `The local stack and a program with one ConfigMap, same engine, plugins and cluster, ${pairs} runs each by turns, median and range; memory is the most that engine, program and plugins hold together; \`npm run bench -- program\`,`,
    columns: ["", "the whole site", "the smallest program", "ratio"],
    rows: [
      ["Wall time, s", ...wall.cells],
      ["CPU time, s", ...cpu.cells],
      ["Memory, MiB", ...memory.cells],
    ],
    conclusions: [`At most 1.3 ×: ${judged(kept)}.`],
  };
}
