import os from "node:os";
import type { Finding } from "../../tests/proof/findings.ts";
import { patience, visitorsInWords } from "../../tests/proof/load.ts";
import type { Result } from "./store.ts";

/** `75 s` as `1 min 15 s`. */
export function inWords(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** The part of the document: how it was measured, a row for every finding, the chart. */
export function proofPart(results: Result[]): string {
  const row = ({ claim, measured, sample, mark, passed }: Finding) =>
    `| ${[claim, measured, sample, mark, passed ? "kept" : "**missed**"].map(cell).join(" | ")} |`;
  const gibibytes = Math.round(os.totalmem() / 2 ** 30);
  const dates = [...new Set(results.map(({ date }) => date))].sort().join(", ");
  const took = results.reduce((sum, { seconds }) => sum + seconds, 0);
  return [
    `\`npm run proof\`, ${os.availableParallelism()} cores, ${gibibytes} GiB, ${dates}; ${results.length} scenarios, ` +
      `${inWords(took)} in all. Three nodes; requests by fortio through Traefik over https from the same machine. The ` +
      `visitors' load is ${visitorsInWords}. A failed request is one without an answer within ${patience} s or with another than 200.`,
    "",
    "| What | Figure | Samples | Wanted | |",
    "| --- | --- | --- | --- | --- |",
    ...results.flatMap(({ findings }) => findings).map(row),
    "",
    "![Failed requests, by what happened](proof.svg)",
  ].join("\n");
}

/** Text that stays in its cell: messages of programs may hold anything. */
function cell(text: string): string {
  return text
    .replaceAll("|", "\\|")
    .replaceAll("<", "&lt;")
    .replace(/\s*\n\s*/g, " ");
}
