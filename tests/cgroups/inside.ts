// What the virtual machine of run.ts runs.
import { stopCluster } from "../../local/cluster/index.ts";
import { exit } from "../../tools/exit.ts";
import { runTests } from "../../tools/mocha.ts";

const { passed, failed } = await runTests("tests/cgroups/version2.test.ts", { timeout: 60 * 60_000 });
// What a test that failed has left running.
await stopCluster().catch((error: Error) => console.error(error.message));
console.log(`${passed} passed, ${failed} failed`);
await exit(failed === 0 ? 0 : 1);
