// `npm run e2e`: the real engine on the real embedded cluster, the short form of the proof among it. Ends with a line 'N passed, N failed'.
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { clusterStatus, stopCluster } from "../local/cluster/index.ts";
import { cacheFolder, cachePath } from "../local/toolchain/cache.ts";
import { exit } from "./exit.ts";
import { runTests } from "./mocha.ts";

/** Marks a cluster the tests made, so that the next run may delete what a killed one left. */
const mark = () => cachePath("cluster", "made-by-e2e");

if (existsSync(cachePath("cluster", "nodes")) && !existsSync(mark())) {
  console.error(
    `The tests need the embedded cluster for themselves, and it holds data (${(await clusterStatus()).state}).\n` +
      "Delete it with `npm stop -- --purge`, or set WORDPRESS_KUBERNETES_CACHE to another folder.",
  );
  await exit(1);
}

async function removeCluster(): Promise<void> {
  await stopCluster({ purge: true });
  rmSync(cachePath("state"), { recursive: true, force: true });
}

await removeCluster();
cacheFolder("cluster");
writeFileSync(mark(), "");
const [, , pattern] = process.argv;
// The first of all is `npm start`: without a site the others would only wait for one.
const options = { timeout: 120_000, needsFirst: pattern === undefined };
const everything = "tests/{e2e,engine,proof/short}/**/*.test.ts";
const { passed, failed } = await runTests(pattern ?? everything, options).finally(removeCluster);
console.log(`${passed} passed, ${failed} failed`);
await exit(failed === 0 ? 0 : 1);
