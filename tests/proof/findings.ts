import { expect } from "chai";

/** One line of the proof: what was done, what came of it, and whether that is what we promise. */
export interface Finding {
  /** The promise, in a few words. */
  claim: string;
  /** What was measured. */
  measured: string;
  /** How much it was tried: runs, requests, rows. */
  sample: string;
  /** What counts as kept. */
  mark: string;
  passed: boolean;
  /** Requests behind the figure, for the chart. */
  requests?: { failed: number; total: number };
  /** The scenario did not come to its end. */
  stopped?: boolean;
}

/** Lets a test fail for every finding that misses its mark, with the figures in the message. */
export function expectPassed(...findings: Finding[]): void {
  for (const finding of findings) report(`${finding.claim}: ${finding.measured} (${finding.sample})`);
  const missed = findings.filter(({ passed }) => !passed);
  expect(
    missed.map(({ claim, measured, mark }) => `${claim}: ${measured}, but wanted ${mark}`),
  ).to.deep.equal([]);
}

const start = Date.now();

/** Says what a scenario is doing, with the time since the start. */
export function report(line: string): void {
  console.error(`      [${((Date.now() - start) / 1000).toFixed(0)} s] ${line}`);
}

/** The last lines of what a command has printed: its error stands there, and a failing run stays readable. */
export function lastLines(text: string, most = 60): string {
  const lines = text.trimEnd().split("\n");
  const left = lines.length - most;
  return left > 0 ? [`(${left} lines before these)`, ...lines.slice(left)].join("\n") : lines.join("\n");
}

/** A figure as people read it: `24,310`. */
export function count(figure: number): string {
  return figure.toLocaleString("en-US");
}

/** Seconds with one digit: `31.4 s`. */
export function seconds(figure: number): string {
  return `${figure.toFixed(1)} s`;
}
