import { existsSync, readdirSync, readFileSync } from "node:fs";
import { nodePath } from "./layout.ts";

/** Ends after which a daemon counts as crashing: several start before their peers and try again twice or so. */
const tooManyEnds = 8;

/** Daemons of a node by name, with how often each has ended since the node started. */
export function daemonEnds(node: string): Record<string, number> {
  const ends: Record<string, number> = {};
  const folder = nodePath(node, "exits");
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    ends[name] = readFileSync(`${folder}/${name}`, "utf8").split("\n").length - 1;
  return ends;
}

/** Names of a node's daemons that have a log. */
export function daemonLogs(node: string): string[] {
  const folder = nodePath(node, "log");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".log"))
    .map((file) => file.slice(0, -".log".length));
}

/** The last lines of a file, "" when there is none. */
export function tail(file: string, lines: number): string {
  if (!existsSync(file)) return "";
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
}

/**
 * Looks at how often the nodes' daemons have ended by now, and returns a check that throws once one of them has ended
 * too often since, with what it said last.
 */
export function watchForCrashes(nodes: readonly string[]): () => void {
  const before = new Map(nodes.map((node) => [node, daemonEnds(node)]));
  return () => {
    for (const node of nodes) {
      for (const [daemon, count] of Object.entries(daemonEnds(node))) {
        const ends = count - (before.get(node)?.[daemon] ?? 0);
        if (ends < tooManyEnds) continue;
        const log = nodePath(node, "log", `${daemon}.log`);
        throw new Error(
          `${daemon} on ${node} has ended ${ends} times. Its last lines:\n${tail(log, 12)}\nAll of it: ${log}`,
        );
      }
    }
  };
}
