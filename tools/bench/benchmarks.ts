import { contentPlaces } from "./content.ts";
import { program } from "./program.ts";
import { referenceLoads } from "./reference-load.ts";
import { replicas } from "./replicas.ts";
import type { Table } from "./report.ts";
import { sites } from "./sites.ts";
import { againstStock } from "./stock.ts";

/** Every benchmark, in the order of the document. */
export const benchmarks: Record<string, () => Promise<Omit<Table, "date">[]>> = {
  "reference-load": referenceLoads,
  stock: againstStock,
  content: contentPlaces,
  replicas,
  program,
  sites,
};
