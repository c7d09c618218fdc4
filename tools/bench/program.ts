import path from "node:path";
import { execa } from "execa";
import { kubectl } from "../../local/cluster/kubectl.ts";
import { stackArgs, stackOn } from "../../local/stack.ts";
import { ensureEngine } from "../../local/toolchain/engine.ts";
import { root } from "../../tests/e2e/environment.ts";
import { report } from "../../tests/proof/findings.ts";
import { settled } from "../../tests/proof/kube.ts";
import { mustUp } from "../../tests/proof/up.ts";
import { BenchStack, engineDriver } from "./engine.ts";
import { type Cost, costOf } from "./process-cost.ts";
import { judged, pairedRatio, spread, type Table, times } from "./report.ts";

const rounds = 7;

/** At most this many times the smallest program's. */
const target = 1.3;

/**
 * A `preview` and an `up` that change nothing: the whole site next to the smallest program, and next to one that has as
 * many objects and nothing to reckon, by turns.
 */
export async function program(): Promise<Table[]> {
  await mustUp();
  await settled();
  const site = await siteStack();
  const others = {
    smallest: await BenchStack.make("smallest"),
    plain: await BenchStack.make("plain", site.counts),
  };
  const stacks = Object.values(others);
  try {
    // A run that was killed may have left some, and an object that is there cannot be made.
    await kubectl(["delete", "configmap", "--namespace=default", "-l", "bench.wordpress-kubernetes/program"]);
    for (const stack of stacks) await stack.run("up", "--yes", "--skip-preview");
    const tables = [];
    for (const args of [["preview"], ["up", "--yes", "--skip-preview"]]) {
      const found = await alternate({
        site: () => site.run(args),
        smallest: () => others.smallest.run(...args),
        plain: () => others.plain.run(...args),
      });
      tables.push(table(args[0] ?? "", found));
    }
    return tables;
  } finally {
    for (const stack of stacks) await stack.remove();
  }
}

/** The site's own stack: a way to run engine commands on it, and how many objects it has. */
async function siteStack() {
  const stack = stackOn(undefined, "local", await ensureEngine(report));
  const { engine, env } = stack;
  const command = (args: string[]) => stackArgs(stack, args);
  const driven = [process.execPath, engineDriver, path.join(root, "index.ts"), engine.command];
  const { stdout } = await execa(engine.command, command(["stack", "export"]), {
    cwd: root,
    env,
    timeout: 60_000,
  });
  const { resources } = (JSON.parse(stdout) as { deployment: { resources: { type: string }[] } }).deployment;
  const count = (prefix: string) => String(resources.filter(({ type }) => type.startsWith(prefix)).length);
  return {
    run: (args: string[]) =>
      costOf([...driven, ...command(args), "--non-interactive"], { cwd: root, env, minutes: 5 }),
    counts: { BENCH_OBJECTS: count("kubernetes:"), BENCH_PASSWORDS: count("random:") },
  };
}

type Side = "site" | "smallest" | "plain";

async function alternate(runs: Record<Side, () => Promise<Cost>>): Promise<Record<Side, Cost[]>> {
  const found: Record<Side, Cost[]> = { site: [], smallest: [], plain: [] };
  const order: Side[] = ["site", "smallest", "plain"];
  // The first of each fills caches.
  for (let round = -1; round < rounds; round++) {
    for (const side of round % 2 === 0 ? order : order.toReversed()) {
      const cost = await runs[side]();
      if (round >= 0) found[side].push(cost);
    }
  }
  return found;
}

/** The table of one command's costs. */
export function table(command: string, found: Record<Side, Cost[]>): Table {
  const figures = [
    { what: "Wall time", unit: "s", key: "wall", digits: 2 },
    { what: "CPU time", unit: "s", key: "cpu", digits: 2 },
    { what: "Memory", unit: "MiB", key: "memory", digits: 0 },
  ] as const;
  const measured = figures.map(({ key, ...figure }) => {
    const of = (side: Side) => found[side].map((cost) => cost[key]);
    const [site, smallest, plain] = [of("site"), of("smallest"), of("plain")];
    return {
      ...figure,
      costs: [site, smallest, plain],
      ratio: pairedRatio(site, smallest),
      toPlain: pairedRatio(site, plain),
    };
  });
  const verdicts = measured.map(
    ({ what, ratio }) => `${what.toLowerCase()} ${times(ratio)}, ${judged(ratio <= target)}`,
  );
  return {
    title: `A \`pulumi ${command}\` that changes nothing`,
    setup: `The local stack, a program with one ConfigMap, and one with as many ConfigMaps and passwords as the site has objects and passwords; same engine, plugins and cluster, ${found.site.length} runs each by turns, median and range; memory is the most that engine, program and plugins hold together; \`npm run bench -- program\`,`,
    columns: [
      "",
      "the whole site",
      "the smallest program",
      "as many plain objects",
      "site to smallest",
      "site to plain",
    ],
    rows: measured.map(({ what, unit, digits, costs, ratio, toPlain }) => [
      `${what}, ${unit}`,
      ...costs.map((cost) => spread(cost, digits)),
      times(ratio),
      times(toPlain),
    ]),
    conclusions: [`At most ${target} × the smallest: ${verdicts.join("; ").replaceAll("cpu", "CPU")}.`],
  };
}
