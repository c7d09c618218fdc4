// `npm stop`: takes the cluster down that npm start made, the embedded one or k3s in Docker. Its data stays for the next `npm start`, unless `--purge` is given.
import { rmSync } from "node:fs";
import { parseArgs } from "node:util";
import { stopCluster } from "./cluster/index.ts";
import { stopK3s } from "./k3s.ts";
import { platformFaults } from "./platform.ts";
import { moveOldStates } from "./state.ts";
import { dataPath } from "./toolchain/cache.ts";
import { withProgress } from "./toolchain/progress.ts";
import { removeUnfinished } from "./toolchain/unfinished.ts";

try {
  const { values } = parseArgs({ options: { purge: { type: "boolean", default: false } } });
  await withProgress("Stopping the cluster", async (report) => {
    const options = { purge: values.purge, report };
    let ours = false;
    try {
      ours = await stopK3s(options);
    } finally {
      // Who has a k3s because the embedded cluster cannot run is not told that somebody else's runs.
      if (process.platform === "linux" && !(ours && platformFaults().length > 0)) await stopCluster(options);
    }
    if (values.purge) await removeUnfinished(report);
  });
  // The stack's state describes objects that are gone with the cluster. Those of other clusters are elsewhere.
  await moveOldStates();
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
