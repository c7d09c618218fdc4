import { readlinkSync } from "node:fs";
import path from "node:path";
import { run } from "../toolchain/process.ts";
import { waitUntil } from "../toolchain/wait-until.ts";
import { delegation } from "./cgroups.ts";
import { addresses, checkout, maxWorkers, nodeAddress, podSubnet, statePath } from "./layout.ts";
import { tail } from "./logs.ts";
import { ourProcesses, startDetached } from "./processes.ts";

/** Process that holds the network namespace with the bridge. */
export function lanHolder(): number | undefined {
  return ourProcesses().find((process) => process.part === "lan")?.pid;
}

/** Makes the namespace with the bridge that joins the nodes, unless it is there. */
export async function startLan(): Promise<void> {
  if (lanHolder()) return;
  const script = path.join(import.meta.dirname, "lan.sh");
  const address = `${addresses.gateway}/${addresses.lanPrefix}`;
  const log = statePath("run", "lan.log");
  const command = [...delegation(), "unshare", "--net", "bash", script, address];
  startDetached(command, { part: "lan", log, cwd: checkout });
  const up = async () => (await inLan(["-o", "link", "show", "br0", "up"])).includes("br0");
  const hint = () => `\n${tail(log, 12)}`;
  await waitUntil("the bridge between the nodes", 30, up, { pause: 50, hint });
}

/** The node's end on the bridge. */
const portOf = (node: string) => `to-${node}`.slice(0, 15);

/** Gives the node whose process 1 is `init` its network card on the bridge. */
export async function attachToLan(node: string, init: number): Promise<void> {
  const port = portOf(node);
  // The port of a node that died a moment ago may still be going away.
  await inLan(["link", "delete", port]).catch(() => {});
  await inLan(["link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", `${init}`]);
  await inLan(["link", "set", port, "master", "br0", "up"]);
}

/** Cuts the node off: what ends in it after that closes no connection in the eyes of the others. */
export async function cutFromLan(node: string): Promise<void> {
  await inLan(["link", "set", portOf(node), "down"]);
}

/** Runs `ip` where the bridge is. */
async function inLan(args: readonly string[]): Promise<string> {
  const holder = lanHolder();
  const network = (process: number | string) => readlinkSync(`/proc/${process}/ns/net`);
  // Until it has a namespace of its own, it is in the machine's, which may have a bridge of that name.
  if (!holder || network(holder) === network("self")) throw new Error("the bridge's namespace is not there");
  return run("nsenter", ["-t", `${holder}`, "-n", "ip", ...args]);
}

/** Routes a node needs to the pods of all others, as `subnet=address`; nodes that do not exist yet are included. */
export function podRoutes(node: string): string[] {
  return Array.from({ length: maxWorkers }, (_, index) => `node${index + 1}`)
    .filter((other) => other !== node)
    .map((other) => `${podSubnet(other)}=${nodeAddress(other)}`);
}
