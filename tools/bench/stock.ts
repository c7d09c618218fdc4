import { against, alternate, cellsOf, columns, type Rounds, ratio } from "./alternate.ts";
import { withPods } from "./control-pods.ts";
import { judged, pairedRatio, type Table, times } from "./report.ts";
import { connectionPerPage, site, stock } from "./variants.ts";

const rounds = 10;
const load = { seconds: 4, connections: 4, perSecond: 0 };

const variants = [stock, connectionPerPage, site];

/** Pages WordPress makes anew: the site's settings against the image's. */
export async function againstStock(): Promise<Table[]> {
  return withPods(variants, async (addresses) => {
    const pods = variants.map(({ name }) => [name, addresses[name] ?? ""]);
    return [table(await alternate(Object.fromEntries(pods), rounds, load))];
  });
}

/** The table of what was found, by the variants' names. */
export function table(found: Record<string, Rounds>): Table {
  const of = (name: string) => found[name] as Rounds;
  const own = of(site.name);
  const gained = ratio(own, of(stock.name));
  const share = (pairedRatio(own.mysql, own.cpu) * 100).toFixed(0);
  return {
    title: "The uncached page: the site's settings against the image's",
    setup: `Pods of one image side by side, without CPU limits (MySQL keeps its own), each asked over ${load.connections} connections for ${load.seconds} s by turns, ${rounds} rounds, median and range; \`npm run bench -- stock\`,`,
    columns: [...columns, "Pages/s"],
    rows: variants.map(({ name, what }) => [
      `\`${name}\`: ${what}`,
      ...cellsOf(of(name)),
      against(stock.name, of(name), of(stock.name)),
    ]),
    conclusions: [
      `At least 1.3 × stock: ${times(gained)}, ${judged(gained >= 1.3 && own.failed === 0)}.`,
      `MySQL takes ${share} % of a page's CPU time with the site's settings: the most that its own settings could gain.`,
    ],
  };
}
