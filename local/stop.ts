// `npm stop`: takes the cluster down that npm start made, the embedded one or k3s in Docker. Its data stays for the next `npm start`, unless `--purge` is given.
import { rmSync } from "node:fs";
import { parseArgs } from "node:util";
import { stopCluster } from "./cluster/index.ts";
import { stopK3s } from "./k3s.ts";
import { moveOldStates } from "./state.ts";
import { dataPath } from "./toolchain/cache.ts";
import { withProgress } from "./toolchain/progress.ts";
import { removeUnfinished } from "./toolchain/unfinished.ts";

try {
  const { values } = parseArgs({ options: { purge: { type: "boolean", default: false } } });
  await withProgress("Stopping the cluster", async (report) => {
    if (process.platform === "linux") await stopCluster({ purge: values.purge, report });
    await stopK3s({ purge: values.purge, report });
    if (values.purge) await removeUnfinished(report);
  });
  // The stack's state describes objects that are gone with the cluster. Those of other clusters are elsewhere.
  moveOldStates();
  if (values.purge) rmSync(dataPath("state"), { recursive: true, force: true });
  console.log(
    values.purge
      ? "The cluster and its data are gone."
      : "The cluster is down; its data is kept. npm start brings it back, npm stop -- --purge deletes it.",
  );
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
