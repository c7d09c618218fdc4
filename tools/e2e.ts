// `npm run e2e`: the real engine on the real embedded cluster, the short form of the proof among it. Ends with a line 'N passed, N failed'.
import { rmSync } from "node:fs";
import { stopCluster } from "../local/cluster/index.ts";
import { cachePath } from "../local/toolchain/cache.ts";
import { exit } from "./exit.ts";
import { runTests } from "./mocha.ts";

// What is built is shared with `npm start`; cluster, volumes and state are the tests' own, so that they can be deleted.
process.env.WORDPRESS_KUBERNETES_DATA = cachePath("e2e");
// Kubernetes' own five minutes would be the longest wait of all; two leave time for what is looked at before.
process.env.WORDPRESS_KUBERNETES_SCALE_DOWN_SECONDS = "120";

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
const [, , pattern] = process.argv;
// The first of all is `npm start`: without a site the others would only wait for one.
const options = { timeout: 120_000, needsFirst: pattern === undefined };
const everything = "tests/{e2e,engine,proof/short}/**/*.test.ts";
const { passed, failed } = await runTests(pattern ?? everything, options).finally(removeCluster);
console.log(`${passed} passed, ${failed} failed`);
await exit(failed === 0 ? 0 : 1);
