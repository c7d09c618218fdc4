import { setTimeout as sleep } from "node:timers/promises";
import { addresses, checkout, maxWorkers, nodeAddress, podSubnet, statePath } from "./layout.ts";
import { ourProcesses, startDetached } from "./processes.ts";
import { run } from "./run.ts";

/** Process that holds the network namespace with the bridge. */
export function lanHolder(): number | undefined {
  return ourProcesses().find((process) => process.part === "lan")?.pid;
}

/** Makes the namespace with the bridge that joins the nodes, unless it is there. */
export async function startLan(): Promise<void> {
  if (lanHolder()) return;
  const script = [
    "set -e",
    "ip link set lo up",
    "ip link add br0 type bridge",
    `ip address add ${addresses.gateway}/${addresses.lanPrefix} dev br0`,
    "ip link set br0 up",
    "exec sleep infinity",
  ].join("\n");
  const log = statePath("run", "lan.log");
  const pid = startDetached(["unshare", "--net", "bash", "-c", script], { part: "lan", log, cwd: checkout });
  for (let tries = 0; tries < 100; tries++) {
    const up = await run("nsenter", ["-t", `${pid}`, "-n", "ip", "-o", "link", "show", "br0", "up"]).catch(
      () => "",
    );
    if (up.includes("br0")) return;
    await sleep(50);
  }
  throw new Error(`The bridge between the nodes does not come up; see ${log}`);
}

/** Gives the node whose process 1 is `init` its network card on the bridge. */
export async function attachToLan(node: string, init: number): Promise<void> {
  const port = `to-${node}`.slice(0, 15);
  const script = [
    // The port of a node that died a moment ago may still be going away.
    `ip link delete ${port} 2> /dev/null || true`,
    `ip link add ${port} type veth peer name eth0 netns ${init}`,
    `ip link set ${port} master br0 up`,
  ].join("\n");
  await run("nsenter", ["-t", `${lanHolder()}`, "-n", "bash", "-ec", script]);
}

/** Routes a node needs to the pods of all others, as `subnet=address`; nodes that do not exist yet are included. */
export function podRoutes(node: string): string[] {
  return Array.from({ length: maxWorkers }, (_, index) => `node${index + 1}`)
    .filter((other) => other !== node)
    .map((other) => `${podSubnet(other)}=${nodeAddress(other)}`);
}
