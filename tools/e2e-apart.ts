// The end-to-end tests that need no cluster. `npm run e2e` runs them beside those that do, and they can be run alone,
// all or a pattern's: `npm run e2e:apart -- tests/engine/random.test.ts`. Ends with a line 'N passed, N failed'.
import { rmSync } from "node:fs";
import { cachePath, dataPath } from "../local/toolchain/cache.ts";
import { exit } from "./exit.ts";
import { runTests } from "./mocha.ts";

// What they unpack is out of the way of a cluster that is taken down meanwhile.
process.env.WORDPRESS_KUBERNETES_DATA = cachePath("e2e-apart");
// Beside those on the cluster everything takes several times as long.
process.env.WORDPRESS_KUBERNETES_PATIENCE ||= "4";

const [, , pattern = "tests/{engine,e2e/*}/**/*.test.ts"] = process.argv;
// For what hangs: all that can take long has a bound of its own, which says what it was.
const { passed, failed } = await runTests(pattern, { timeout: 20 * 60_000 }).finally(() =>
  rmSync(dataPath(), { recursive: true, force: true }),
);
console.log(`${passed} passed, ${failed} failed`);
await exit(failed === 0 ? 0 : 1);
