// `npm stop`: takes the embedded cluster down. Its data stays for the next `npm start`, unless `--purge` is given.
import { rmSync } from "node:fs";
import { parseArgs } from "node:util";
import { stopCluster } from "./cluster/index.ts";
import { moveOldStates } from "./state.ts";
import { dataPath } from "./toolchain/cache.ts";
import { withProgress } from "./toolchain/progress.ts";

try {
  const { values } = parseArgs({ options: { purge: { type: "boolean", default: false } } });
  await withProgress("Stopping the embedded cluster", (report) =>
    stopCluster({ purge: values.purge, report }),
  );
  // The stack's state describes objects that are gone with the cluster. Those of other clusters are elsewhere.
  moveOldStates();
  if (values.purge) rmSync(dataPath("state"), { recursive: true, force: true });
  console.log(
    values.purge
      ? "The embedded cluster and its data are gone."
      : "The embedded cluster is down; its data is kept. npm start brings it back, npm stop -- --purge deletes it.",
  );
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
