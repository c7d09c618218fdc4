import { commands } from "./commands.ts";
import { contentPlaces } from "./content.ts";
import { mixes } from "./mix.ts";
import { program } from "./program.ts";
import { referenceLoads } from "./reference-load.ts";
import { replicas } from "./replicas.ts";
import type { Table } from "./report.ts";
import { sites } from "./sites.ts";
import { againstStock } from "./stock.ts";

/** Measures on the running site and says what it found. */
export type Benchmark = () => Promise<Table[]>;

/** Every benchmark, in the order of the document. The last one stops the cluster and starts it again. */
export const benchmarks: Record<string, Benchmark> = {
  "reference-load": referenceLoads,
  mix: mixes,
  stock: againstStock,
  content: contentPlaces,
  replicas,
  program,
  sites,
  commands,
};
