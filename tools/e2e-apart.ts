// The end-to-end tests that need no cluster. `npm run e2e` runs them beside those that do, and they can be run alone:
// `npm run e2e:apart`. Ends with a line 'N passed, N failed'.
import { rmSync } from "node:fs";
import { cachePath, dataPath } from "../local/toolchain/cache.ts";
import { exit } from "./exit.ts";
import { runTests } from "./mocha.ts";

// What they unpack is out of the way of a cluster that is taken down meanwhile.
process.env.WORDPRESS_KUBERNETES_DATA = cachePath("e2e-apart");

const { passed, failed } = await runTests("tests/{engine,e2e/*}/**/*.test.ts", { timeout: 180_000 }).finally(
  () => rmSync(dataPath(), { recursive: true, force: true }),
);
console.log(`${passed} passed, ${failed} failed`);
await exit(failed === 0 ? 0 : 1);
