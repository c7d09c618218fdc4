import { globSync } from "node:fs";
import path from "node:path";
import Mocha from "mocha";

/** How a test run ended. */
export interface TestResult {
  passed: number;
  failed: number;
}

/** How tests are run. */
export interface TestOptions {
  /** Longest time for one test, in milliseconds. */
  timeout: number;
  /** The first test makes what the others need: when it fails, the run ends there. @default false */
  needsFirst?: boolean;
}

/** Lines shown of a failure's message, the last ones: it may be all a command has printed. */
const linesShown = 60;

/** Runs the test files a pattern matches, one after the other, in the order of their names, whatever their folders. */
export async function runTests(pattern: string, options: TestOptions): Promise<TestResult> {
  const { timeout, needsFirst = false } = options;
  const mocha = new Mocha({ timeout, reporter: "spec", forbidOnly: Boolean(process.env.CI) });
  const files = globSync(pattern).sort(byName);
  if (files.length === 0) throw new Error(`No test file matches ${pattern}.`);
  for (const file of files) mocha.addFile(file);
  await mocha.loadFilesAsync();
  return new Promise((resolve) => {
    let cut = false;
    const runner = mocha.run(() => {
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
      // A test that did not run proved nothing; what needs Linux cannot run elsewhere.
      const missed = process.platform === "linux" ? pending : 0;
      if (missed > 0) console.error(`${missed} tests were skipped, which counts as failed`);
      if (cut) console.error("The first test failed, and the others need what it makes: they were not run.");
      resolve({ passed: passes, failed: failures + missed });
    });
    runner.on("fail", (_test, error: Error) => {
      shorten(error);
      if (!needsFirst || runner.stats?.passes !== 0) return;
      cut = true;
      runner.abort();
    });
  });
}

function byName(one: string, other: string): number {
  return path.basename(one).localeCompare(path.basename(other)) || one.localeCompare(other);
}

/** Cuts a failure's message down to its last lines. */
function shorten(error: Error): void {
  const { message, stack } = error;
  const lines = message.split("\n");
  if (lines.length <= linesShown) return;
  const left = lines.slice(-linesShown).join("\n");
  error.message = `(${lines.length - linesShown} lines before these)\n${left}`;
  // Mocha shows the message out of the stack.
  if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
}
