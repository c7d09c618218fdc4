import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import type { Finding } from "../../tests/proof/findings.ts";

const begin = "<!-- proof -->";
const end = "<!-- /proof -->";

/** The document with the proof's part replaced, or added at its end. */
export function measurements(file: string, findings: Finding[]): string {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "# Measurements\n";
  return replacePart(text, proofPart(findings));
}

/** `text` with what stands between the markers replaced by `part`. */
export function replacePart(text: string, part: string): string {
  const marked = `${begin}\n${part}\n${end}`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) return `${text.trimEnd()}\n\n${marked}\n`;
  return text.slice(0, from) + marked + text.slice(to + end.length);
}

function proofPart(findings: Finding[]): string {
  const row = ({ claim, measured, sample, mark, passed }: Finding) =>
    `| ${[claim, measured, sample, mark, passed ? "kept" : "**missed**"].map(cell).join(" | ")} |`;
  const gibibytes = Math.round(os.totalmem() / 2 ** 30);
  return [
    `\`npm run proof\`, ${os.availableParallelism()} cores, ${gibibytes} GiB, ${new Date().toISOString().slice(0, 10)}. Three nodes; ` +
      "requests by fortio through Traefik over https from the same machine. The visitors' load is 3 pages a second asked " +
      "for with POST, which Traefik never repeats, and 60 files a second. A failed request is one without an answer " +
      "within 10 s or with another than 200.",
    "",
    "| What | Figure | Samples | Wanted | |",
    "| --- | --- | --- | --- | --- |",
    ...findings.map(row),
    "",
    "![Failed requests, by what happened](proof.svg)",
  ].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
