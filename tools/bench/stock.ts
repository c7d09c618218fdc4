import { alternate, columns, type Rounds, ratio, rowOf } from "./alternate.ts";
import { withPods } from "./control-pods.ts";
import { judged, type Table } from "./report.ts";
import { candidates, site, stock } from "./variants.ts";

/** Pages WordPress makes anew: the site's settings against the image's, and each further setting we thought of. */
export function againstStock(): Promise<Omit<Table, "date">[]> {
  const variants = [stock, site, ...candidates];
  const load = { seconds: 5, connections: 4, perSecond: 0 };
  const rounds = 5;
  return withPods(variants, async (addresses) => {
    const found = await alternate(addresses, rounds, load);
    const of = (name: string) => found[name] as Rounds;
    const own = ratio(of(site.name), of(stock.name));
    return [
      {
        title: "The uncached page: the site's settings against the image's",
        setup: `Pods of one image side by side, without CPU limits, each asked over ${load.connections} connections for ${load.seconds} s by turns, ${rounds} rounds, median and range; \`npm run bench -- stock\`,`,
        columns,
        rows: variants.map(({ name }) => rowOf(name, of(name), of(stock.name))),
        conclusions: [`At least 1.3 × stock: ${own.toFixed(2)} ×, ${judged(own >= 1.3)}.`],
      },
    ];
  });
}
