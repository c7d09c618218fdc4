import { globSync } from "node:fs";
import Mocha from "mocha";

/** How a test run ended. */
export interface TestResult {
  passed: number;
  failed: number;
}

/** Runs the test files a pattern matches, one after the other. `timeout` is for one test, in milliseconds. */
export async function runTests(pattern: string, timeout: number, bail = false): Promise<TestResult> {
  const mocha = new Mocha({ timeout, bail, reporter: "spec", forbidOnly: Boolean(process.env.CI) });
  for (const file of globSync(pattern).sort()) mocha.addFile(file);
  await mocha.loadFilesAsync();
  return new Promise((resolve) => {
    const runner = mocha.run(() => {
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
      // A test that did not run proved nothing.
      if (pending > 0) console.error(`${pending} tests were skipped, which counts as failed`);
      resolve({ passed: passes, failed: failures + pending });
    });
  });
}
