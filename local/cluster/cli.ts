import { spawnSync } from "node:child_process";
import { plainReport } from "../toolchain/progress.ts";
import {
  clusterStatus,
  describeStatus,
  killNode,
  leftovers,
  restartAdvice,
  startCluster,
  startNode,
  stopCluster,
} from "./index.ts";
import { kubectlEnvironment, kubectlPath } from "./kubectl.ts";
import { contextName, controlPlane, nodeNumber, nodePath, workers } from "./layout.ts";
import { daemonLogs, tail } from "./logs.ts";

const usage = `npm run cluster -- COMMAND
  start [--with ceph]    bring the embedded Kubernetes up, at once when it runs already; with Rook's operator and Ceph
                         from then on, until stop --purge
  stop [--purge]         take it down; --purge deletes its data as well
  status                 what runs, and how well
  kubectl ARGUMENTS      kubectl on this cluster
  logs NODE [DAEMON]     the last lines of a node's daemons (${controlPlane}, node1, …)
  kill NODE              end a node at once, as a power cut would
  up NODE                start a killed node again
  leftovers              what a cluster has on this machine beside its files`;

const report = plainReport();

/** The commands by name; each gives the exit code. */
const commands: Record<string, (args: string[]) => Promise<number>> = {
  async start(args) {
    const ceph = ["--with ceph", "--with=ceph"].includes(args.join(" "));
    if (args.length > 0 && !ceph) throw new Error(`start knows --with ceph only, not ${args.join(" ")}.`);
    const outdated = await startCluster(report, ceph ? { ceph } : {});
    if (outdated.length > 0) console.log(restartAdvice(outdated));
    console.log(`running; KUBECONFIG=${kubectlEnvironment().KUBECONFIG}, context ${contextName}`);
    return 0;
  },
  async stop(args) {
    const unknown = args.find((arg) => arg !== "--purge");
    if (unknown) throw new Error(`stop knows --purge only, not ${unknown}.`);
    await stopCluster({ purge: args.includes("--purge"), report });
    return 0;
  },
  async status() {
    const status = await clusterStatus();
    console.log(describeStatus(status));
    return status.state === "running" ? 0 : 1;
  },
  async kubectl(args) {
    const env = { ...process.env, ...kubectlEnvironment() };
    const { status, error } = spawnSync(kubectlPath(), args, { stdio: "inherit", env });
    if (error) throw new Error("There is no cluster to talk to; start it with: npm run cluster -- start");
    return status ?? 1;
  },
  async logs([node = controlPlane, daemon]) {
    nodeNumber(node);
    const names = daemon ? [daemon] : daemonLogs(node);
    if (names.length === 0)
      throw new Error(`${node} has no logs; the nodes are ${[controlPlane, ...workers()].join(", ")}.`);
    for (const name of names) {
      const file = nodePath(node, "log", `${name}.log`);
      console.log(`==> ${file}\n${tail(file, daemon ? 200 : 10)}\n`);
    }
    return 0;
  },
  async kill([node = ""]) {
    await killNode(node, report);
    return 0;
  },
  async up([node = ""]) {
    await startNode(node, report);
    return 0;
  },
  async leftovers() {
    const found = await leftovers();
    console.log(found.length === 0 ? "nothing" : found.join("\n"));
    return found.length === 0 ? 0 : 1;
  },
};

const [name = "", ...args] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (!command) {
  console.log(usage);
  process.exitCode = name === "" || name === "help" || name === "--help" ? 0 : 2;
} else {
  try {
    process.exitCode = await command(args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
