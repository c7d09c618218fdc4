import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "../../tests/e2e/environment.ts";
import type { Finding } from "../../tests/proof/findings.ts";

/** What one run of a scenario came to. */
export interface Result {
  findings: Finding[];
  /** How long it took, in seconds, all that restores the site included. */
  seconds: number;
  /** Day of the run, such as 2026-11-23. */
  date: string;
}

const file = path.join(root, "out", "proof.json");

/** What this checkout has found so far, by scenario: one that is run again replaces its own result only. */
export function readResults(): Record<string, Result> {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return {};
  }
}

export function writeResults(results: Record<string, Result>): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(results, null, 2));
}
