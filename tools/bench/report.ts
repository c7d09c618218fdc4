import os from "node:os";
import { duration } from "../../local/toolchain/progress.ts";

/** One table of a benchmark. */
export interface Table {
  title: string;
  /** What was done, for the reader who wants to do it again. */
  setup: string;
  columns: string[];
  rows: string[][];
  /** What follows from the rows: targets kept or missed, ratios. */
  conclusions: string[];
}

/** What one run of a benchmark found. */
export interface BenchmarkRun {
  /** Day it ran, as 2026-11-23. */
  date: string;
  /** What the benchmark took, in seconds. */
  seconds: number;
  tables: Table[];
}

/** A benchmark's part of the document. */
export function benchmarkPart(name: string, { date, seconds, tables }: BenchmarkRun): string {
  const took = `\`npm run bench -- ${name}\` took ${duration(seconds * 1000)}.`;
  return [...tables.map((table) => markdown(table, date)), took].join("\n\n");
}

function markdown({ title, setup, columns, rows, conclusions }: Table, date: string): string {
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

/** Median of the ratios of figures taken side by side, pair by pair. */
export function pairedRatio(own: number[], base: number[]): number {
  return median(own.map((figure, pair) => figure / (base[pair] ?? Number.NaN)));
}

/** A ratio as the tables have it: `1.31 ×`. */
export function times(ratio: number): string {
  return `${ratio.toFixed(2)} ×`;
}

/** Seconds as milliseconds: `12.3 ms`. */
export function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toFixed(1)} ms`;
}
