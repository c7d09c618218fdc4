import { leftovers } from "../../local/cluster/index.ts";
import { run } from "../e2e/environment.ts";
import { type Finding, lastLines, report, seconds } from "./findings.ts";
import { settled } from "./kube.ts";

/** The cluster is stopped and started again with its data. */
export async function stopAndStart(): Promise<Finding> {
  const begun = Date.now();
  const stopped = await run(["npm", "stop"], 3);
  const stopping = (Date.now() - begun) / 1000;
  const left = await leftovers();
  for (const line of left) report(line);
  const resumed = Date.now();
  const started = await run(["npm", "start"], 8);
  const starting = (Date.now() - resumed) / 1000;
  if (started.code !== 0) report(lastLines(started.output));
  await settled();
  return {
    claim: "`npm stop` leaves nothing, `npm start` comes back",
    measured: `${left.length} processes, mounts, namespaces, cgroups, ports or rules left; stopped in ${seconds(stopping)}, pages again ${seconds(starting)} after npm start`,
    sample: "1 stop and start",
    mark: "0 left",
    passed: stopped.code === 0 && started.code === 0 && left.length === 0,
  };
}
