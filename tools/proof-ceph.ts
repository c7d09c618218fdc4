// What `npm run proof -- ceph` runs in a process of its own: a cluster with Ceph, the site on it, and both away again at
// the end. Ends with a line 'N passed, N failed'; the findings are in out/ceph.json.
import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { stopCluster } from "../local/cluster/index.ts";
import { cachePath } from "../local/toolchain/cache.ts";
import { run } from "../tests/e2e/environment.ts";
import { lastLines } from "../tests/proof/findings.ts";
import { exit } from "./exit.ts";
import { runTests, type TestResult } from "./mocha.ts";

// Cluster, volumes and state are this run's own, so that they can be deleted.
process.env.WORDPRESS_KUBERNETES_DATA = cachePath("ceph");
process.env.WORDPRESS_KUBERNETES_SCALE_DOWN_SECONDS = "60";

/** Longest time for all tests, and for one of them, in minutes. */
const [longest, longestTest] = [75, 20];

async function removeCluster(): Promise<void> {
  await stopCluster({ purge: true });
  rmSync(cachePath("ceph"), { recursive: true, force: true });
}

async function proof(): Promise<TestResult> {
  const start = ["npm", "run", "--silent", "cluster", "--", "start", "--with", "ceph"];
  const { code, output } = await run(start, 60);
  if (code !== 0) throw new Error(`The cluster with Ceph did not start:\n${lastLines(output)}`);
  const late = sleep(longest * 60_000, undefined, { ref: false }).then(() => {
    throw new Error(`The tests did not end within ${longest} minutes.`);
  });
  const options = { timeout: longestTest * 60_000, needsFirst: true };
  return Promise.race([runTests("tests/proof/ceph.test.ts", options), late]);
}

try {
  await removeCluster();
  const { passed, failed } = await proof().finally(removeCluster);
  console.log(`${passed} passed, ${failed} failed`);
  await exit(failed === 0 ? 0 : 1);
} catch (error) {
  console.error((error as Error).message);
  await exit(1);
}
