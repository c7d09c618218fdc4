// `npm test`: types, format, lint and unit tests. Ends with a line 'N passed, N failed'.
import { availableParallelism } from "node:os";
import { execa } from "execa";
import { exit } from "./exit.ts";
import { runTests } from "./mocha.ts";

const started = Date.now();

/** A check that is a program of its own; says what it found only when it fails. */
async function check(title: string, command: string[]): Promise<boolean> {
  const [file = "", ...args] = command;
  const { exitCode, all } = await execa(file, args, {
    all: true,
    reject: false,
    timeout: 300_000,
    preferLocal: true,
  });
  console.log(exitCode === 0 ? `✔ ${title}` : `✘ ${title}\n${all}`);
  return exitCode === 0;
}

const checks = Promise.all([
  check("types (tsc)", [process.execPath, "node_modules/typescript/bin/tsc", "--noEmit"]),
  check("format and lint (biome)", [process.execPath, "node_modules/@biomejs/biome/bin/biome", "ci", "."]),
]);
// On one core the checks would only slow the tests' timers down.
if (availableParallelism() === 1) await checks;
const tests = await runTests("tests/unit/**/*.test.ts", { timeout: 20_000 });
const done = await checks;
const passed = tests.passed + done.filter(Boolean).length;
const failed = tests.failed + done.filter((ok) => !ok).length;
console.log(`Took ${((Date.now() - started) / 1000).toFixed(0)} s`);
console.log(`${passed} passed, ${failed} failed`);
await exit(failed === 0 ? 0 : 1);
