import { existsSync, readFileSync } from "node:fs";
import os from "node:os";

/** What one benchmark found. */
export interface Table {
  title: string;
  /** What was done, for the reader who wants to do it again. */
  setup: string;
  columns: string[];
  rows: string[][];
  /** What follows from the rows: targets kept or missed, ratios. */
  conclusions: string[];
  /** Day it ran, as 2026-11-23. */
  date: string;
}

/** Tables by the name of their benchmark. */
export type Tables = Record<string, Table[]>;

const begin = "<!-- bench -->";
const end = "<!-- /bench -->";

/** The document with what stands between the markers replaced; they are added at its end when it has none. */
export function writeTables(file: string, tables: Table[]): string {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "# Measurements\n";
  const marked = `${begin}\n\n${tables.map(markdown).join("\n\n")}\n\n${end}`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) return `${text.trimEnd()}\n\n${marked}\n`;
  return text.slice(0, from) + marked + text.slice(to + end.length);
}

function markdown({ title, setup, columns, rows, conclusions, date }: Table): string {
  const row = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    `### ${title}`,
    "",
    `${setup} ${machine()}, ${date}.`,
    "",
    row(columns),
    row(columns.map((_, index) => (index === 0 ? "---" : "---:"))),
    ...rows.map(row),
    ...conclusions.flatMap((sentence) => ["", sentence]),
  ].join("\n");
}

function machine(): string {
  return `${os.availableParallelism()} cores, ${Math.round(os.totalmem() / 2 ** 30)} GiB`;
}

/** Whether a figure meets its target, as a sentence's end. */
export function judged(kept: boolean): string {
  return kept ? "kept" : "**missed**";
}

/** The middle one of some figures. */
export function median(figures: number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] =
    sorted.length % 2 === 1 ? [sorted[half], sorted[half]] : [sorted[half - 1], sorted[half]];
  return (low + high) / 2;
}

/** Median and range: `2.31 (2.20–2.55)`. */
export function spread(figures: number[], digits: number): string {
  const [least, most] = [Math.min(...figures), Math.max(...figures)].map((figure) => figure.toFixed(digits));
  return `${median(figures).toFixed(digits)} (${least}–${most})`;
}

/** Seconds as milliseconds: `12.3 ms`. */
export function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toFixed(1)} ms`;
}
