import { kubectl } from "../../local/cluster/kubectl.ts";
import { stackArgs } from "../../local/stack.ts";
import { cachePath } from "../../local/toolchain/cache.ts";
import { ensureEngine } from "../../local/toolchain/engine.ts";
import { root } from "../../tests/e2e/environment.ts";
import { report } from "../../tests/proof/findings.ts";
import { settled } from "../../tests/proof/kube.ts";
import { mustUp } from "../../tests/proof/up.ts";
import { BenchStack } from "./engine.ts";
import { type Cost, costOf } from "./process-cost.ts";
import { judged, pairedRatio, spread, type Table, times } from "./report.ts";

const pairs = 7;

/** At most this many times the smallest program's. */
const target = 1.3;

/** A `preview` and an `up` that change nothing: the whole site next to the smallest program, by turns. */
export async function program(): Promise<Table[]> {
  await mustUp();
  await settled();
  const site = await siteRunner();
  // A run that was killed may have left it, and an object that is there cannot be made.
  await kubectl(["delete", "configmap", "bench-smallest", "--namespace=default", "--ignore-not-found"]);
  const smallest = await BenchStack.make("smallest");
  try {
    await smallest.run("up", "--yes", "--skip-preview");
    const tables = [];
    for (const args of [["preview"], ["up", "--yes", "--skip-preview"]]) {
      const found = await alternate({ site: () => site(args), smallest: () => smallest.run(...args) });
      tables.push(table(args[0] ?? "", found));
    }
    return tables;
  } finally {
    await smallest.remove();
  }
}

/** Runs engine commands on the site's own stack. */
async function siteRunner(): Promise<(args: string[]) => Promise<Cost>> {
  const engine = await ensureEngine(report);
  const env = { ...engine.env, KUBECONFIG: cachePath("cluster", "kubeconfig") };
  return (args) =>
    costOf([engine.command, ...stackArgs({ name: "local", engine, env }, args), "--non-interactive"], {
      cwd: root,
      env,
      minutes: 5,
    });
}

type Side = "site" | "smallest";

async function alternate(runs: Record<Side, () => Promise<Cost>>): Promise<Record<Side, Cost[]>> {
  const found: Record<Side, Cost[]> = { site: [], smallest: [] };
  const order: Side[] = ["site", "smallest"];
  // The first of each fills caches.
  for (let pair = -1; pair < pairs; pair++) {
    for (const side of pair % 2 === 0 ? order : order.toReversed()) {
      const cost = await runs[side]();
      if (pair >= 0) found[side].push(cost);
    }
  }
  return found;
}

/** The table of one command's costs, pair by pair. */
export function table(command: string, { site, smallest }: Record<Side, Cost[]>): Table {
  const figures = [
    { what: "Wall time", unit: "s", key: "wall", digits: 2 },
    { what: "CPU time", unit: "s", key: "cpu", digits: 2 },
    { what: "Memory", unit: "MiB", key: "memory", digits: 0 },
  ] as const;
  const measured = figures.map(({ key, ...figure }) => {
    const [own, base] = [site, smallest].map((costs) => costs.map((cost) => cost[key])) as [
      number[],
      number[],
    ];
    return { ...figure, own, base, ratio: pairedRatio(own, base) };
  });
  const verdicts = measured.map(
    ({ what, ratio }) => `${what.toLowerCase()} ${times(ratio)}, ${judged(ratio <= target)}`,
  );
  return {
    title: `A \`pulumi ${command}\` that changes nothing`,
    setup: `The local stack and a program with one ConfigMap, same engine, plugins and cluster, ${site.length} runs each by turns, median and range; memory is the most that engine, program and plugins hold together; \`npm run bench -- program\`,`,
    columns: ["", "the whole site", "the smallest program", "ratio"],
    rows: measured.map(({ what, unit, own, base, ratio, digits }) => [
      `${what}, ${unit}`,
      spread(own, digits),
      spread(base, digits),
      times(ratio),
    ]),
    conclusions: [`At most ${target} ×: ${verdicts.join("; ").replaceAll("cpu", "CPU")}.`],
  };
}
