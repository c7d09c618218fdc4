import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { stopCluster } from "../../local/cluster/index.ts";
import { root, run } from "../e2e/environment.ts";
import { type Finding, lastLines, report } from "./findings.ts";
import { settled } from "./kube.ts";

/** Where the process that has the other cluster writes what it finds. */
export const findingsFile = path.join(root, "out", "ceph.json");

/**
 * Production's storage on Rook and Ceph, in a cluster and a stack of its own: a site's class is fixed. The cluster that
 * runs is stopped for it, and started again.
 */
export async function productionsStorage(): Promise<Finding[]> {
  rmSync(findingsFile, { force: true });
  await stopCluster({ report });
  try {
    const script = path.join(root, "tools", "proof-ceph.ts");
    // Programs and images are built where they are missing; what comes after has a bound of its own.
    const { output } = await run([process.execPath, ...process.execArgv, script], 150);
    return foundIn(output);
  } finally {
    const { code, output } = await run(["npm", "start"], 10);
    if (code !== 0) report(lastLines(output));
    await settled();
  }
}

function foundIn(output: string): Finding[] {
  try {
    return JSON.parse(readFileSync(findingsFile, "utf8"));
  } catch {
    throw new Error(`the cluster with Ceph came to no finding:\n${lastLines(output)}`);
  }
}
