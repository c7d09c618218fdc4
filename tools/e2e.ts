// `npm run e2e`: the real engine on the real embedded cluster, the short form of the proof among it. Ends with a line 'N passed, N failed'.
import { rmSync } from "node:fs";
import path from "node:path";
import { stopCluster } from "../local/cluster/index.ts";
import { cachePath } from "../local/toolchain/cache.ts";
import { run } from "../local/toolchain/process.ts";
import { exit } from "./exit.ts";
import { runTests, type TestResult } from "./mocha.ts";

// What is built is shared with `npm start`; cluster, volumes and state are the tests' own, so that they can be deleted.
process.env.WORDPRESS_KUBERNETES_DATA = cachePath("e2e");
// Kubernetes' own five minutes would be the longest wait of all; one leaves time for what is looked at before.
process.env.WORDPRESS_KUBERNETES_SCALE_DOWN_SECONDS = "60";

/** Deletes the tests' cluster; one that somebody else runs on this machine is an error that says whose it is. */
async function removeCluster(): Promise<void> {
  await stopCluster({ purge: true });
  rmSync(cachePath("e2e"), { recursive: true, force: true });
}

try {
  await removeCluster();
} catch (error) {
  console.error(`The tests need the embedded cluster for themselves. ${(error as Error).message}`);
  await exit(1);
}

/** Those that need no cluster, in a process of their own. What it prints is shown once it has ended. */
async function apart(): Promise<TestResult> {
  const lines: string[] = [];
  const script = path.join(import.meta.dirname, "e2e-apart.ts");
  const options = { timeout: 120 * 60_000, onLine: (line: string) => lines.push(line) };
  await run("nice", [process.execPath, ...process.execArgv, script], options).catch(String);
  const [, passed, failed] = /^(\d+) passed, (\d+) failed$/.exec(lines.pop() ?? "") ?? [];
  console.log(lines.join("\n"));
  return { passed: Number(passed ?? 0), failed: Number(failed ?? 1) };
}

/**
 * All of them. The first is `npm start`: without a site the others would only wait for one. Those on the cluster mostly
 * wait, and what needs none runs beside them; those that count visitors' failed requests have the machine to themselves.
 */
async function everything(): Promise<TestResult[]> {
  const started = await onCluster("tests/e2e/01-*.test.ts", { needsFirst: true });
  if (started.passed === 0) return [started];
  const beside = await Promise.all([onCluster("tests/e2e/0[2-7]-*.test.ts"), apart()]);
  return [started, ...beside, await onCluster("tests/{proof/short/*,e2e/0[89]-*}.test.ts")];
}

function onCluster(pattern: string, options = {}): Promise<TestResult> {
  return runTests(pattern, { timeout: 600_000, ...options });
}

const [, , pattern] = process.argv;
const results = await (pattern ? onCluster(pattern).then((result) => [result]) : everything()).finally(
  removeCluster,
);
const sum = (part: keyof TestResult) => results.reduce((total, result) => total + result[part], 0);
console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
await exit(sum("failed") === 0 ? 0 : 1);
