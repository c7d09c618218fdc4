import { run } from "../e2e/environment.ts";
import { type Finding, lastLines, report } from "./findings.ts";

/** The documents for a cluster of somebody's own, followed in a process of its own: nothing of the running site is used. */
export async function documentsFollowed(): Promise<Finding> {
  const command = ["npm", "run", "--silent", "e2e:apart", "--", "tests/proof/own-cluster.test.ts"];
  const { output } = await run(command, 60);
  const [, passed = "0", failed = "1"] = /^(\d+) passed, (\d+) failed$/m.exec(output) ?? [];
  if (failed !== "0") report(lastLines(output));
  return {
    claim: "The documents followed by a stranger, on a control plane whose nodes are played",
    measured: `${passed} steps as they say, ${failed} not`,
    sample: "1 run, from `npm ci` to the last `destroy`",
    mark: "every step as the documents say",
    passed: Number(passed) > 0 && failed === "0",
  };
}
