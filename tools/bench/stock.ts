import {
  against,
  alternate,
  beyondNoise,
  type Contestant,
  cellsOf,
  columns,
  compare,
  type Rounds,
  ratio,
} from "./alternate.ts";
import { withPods } from "./control-pods.ts";
import { withSetting } from "./mysql.ts";
import { judged, pairedRatio, type Table, times } from "./report.ts";
import { candidates, serverSettings, site, stock } from "./variants.ts";

const rounds = 5;
const load = { seconds: 4, connections: 4, perSecond: 0 };

/** A row of the table: what it is measured against comes before it. */
interface Entry {
  name: string;
  what: string;
  base?: string;
}

const entries: Entry[] = [stock, site, ...candidates, ...serverSettings];

/** Pages WordPress makes anew: the site's settings against the image's, and each further setting we thought of. */
export async function againstStock(): Promise<Table[]> {
  // Tried first: a setting this server does not know is not to cost the minutes that all else takes.
  for (const setting of serverSettings) await withSetting(setting, async () => {});
  const variants = [stock, site, ...candidates];
  return withPods(variants, async (addresses) => {
    const pods = variants.map(({ name }) => [name, { address: addresses[name] ?? "" }]);
    const settings = serverSettings.map((setting): [string, Contestant] => [
      setting.name,
      { address: addresses[site.name] ?? "", changed: (measure) => withSetting(setting, measure) },
    ]);
    return [table(await alternate(Object.fromEntries([...pods, ...settings]), rounds, load))];
  });
}

/** The table of what was found, by the entries' names. */
export function table(found: Record<string, Rounds>): Table {
  const of = (name: string) => found[name] as Rounds;
  const own = of(site.name);
  const gained = ratio(own, of(stock.name));
  return {
    title: "The uncached page: the site's settings against the image's, and what else might pay",
    setup: `Pods of one image side by side, without CPU limits (MySQL keeps its own), each asked over ${load.connections} connections for ${load.seconds} s by turns, ${rounds} rounds, median and range. Each setting but \`stock\` is on top of the site's; \`npm run bench -- stock\`,`,
    columns: [...columns, "Against stock", "Against what it is added to"],
    rows: entries.map(({ name, what, base = site.name }) => [
      `\`${name}\`: ${what}`,
      ...cellsOf(of(name)),
      times(ratio(of(name), of(stock.name))),
      name === stock.name || name === site.name ? "" : against(base, of(name), of(base)),
    ]),
    conclusions: [
      `At least 1.3 × stock: ${times(gained)}, ${judged(gained >= 1.3 && own.failed === 0)}.`,
      ...comparisons(of),
      `With \`together\` it would be ${times(ratio(of("together"), of(stock.name)))} stock.`,
      mysqlShare(own),
      "Not measured: an object cache, see [ADR 9](adr/0009-persistent-connections.md).",
    ],
  };
}

/** Which settings are better or worse than what they are added to, beyond the noise. */
function comparisons(of: (name: string) => Rounds): string[] {
  const added = [...candidates, ...serverSettings].map(({ name, base = site.name }: Entry) => ({
    text: `\`${name}\` (${against(base, of(name), of(base))})`,
    result: compare(of(name), of(base)),
  }));
  const list = (wanted: string) =>
    added
      .filter(({ result }) => result === wanted)
      .map(({ text }) => text)
      .join(", ");
  const [more, fewer] = [list("more"), list("fewer")];
  return [
    more
      ? `More pages beyond the noise (${beyondNoise}), and not among the site's settings: ${more}.`
      : `No further setting gives more pages beyond the noise (${beyondNoise}).`,
    ...(fewer ? [`Fewer pages beyond the noise: ${fewer}.`] : []),
  ];
}

function mysqlShare({ mysql, cpu }: Rounds): string {
  const share = (pairedRatio(mysql, cpu) * 100).toFixed(0);
  return `MySQL takes ${share} % of a page's CPU time with the site's settings: the most that its own settings could gain.`;
}
