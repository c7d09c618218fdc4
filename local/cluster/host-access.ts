import { existsSync } from "node:fs";
import net from "node:net";
import { run } from "../toolchain/process.ts";
import { waitUntil } from "../toolchain/wait-until.ts";
import { relay } from "./daemons.ts";
import { hostPorts, statePath } from "./layout.ts";
import { ourProcesses, startDetached } from "./processes.ts";

type PortName = keyof typeof hostPorts;

const portNames = Object.keys(hostPorts) as PortName[];

function running(name: PortName): boolean {
  return ourProcesses().some((process) => process.part === `host-${name}`);
}

/** Whether the host reaches the cluster under all its ports. */
export function hostAccessRuns(): boolean {
  return portNames.every(running);
}

/** Throws, with the program that has it, when a port that we need belongs to somebody else. */
export async function requireFreePorts(): Promise<void> {
  for (const name of portNames) {
    if (running(name) || (await isFree(hostPorts[name]))) continue;
    const port = hostPorts[name];
    throw new Error(
      `Port ${port} of 127.0.0.1 is in use${await userOf(port)}; end that program, then start again.`,
    );
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

async function userOf(port: number): Promise<string> {
  const line = await run("ss", ["-Hltnp", `sport = :${port}`]).catch(() => "");
  const match = /"([^"]+)",pid=(\d+)/.exec(line);
  return match ? ` by ${match[1]} (process ${match[2]})` : "";
}

/** Opens the host's ports, each leading to a Unix socket of the control plane. */
export async function openHostAccess(): Promise<void> {
  const socket = (name: PortName) => statePath("run", `${name}.sock`);
  const sockets = () => portNames.every((name) => existsSync(socket(name)));
  await waitUntil("the sockets of the control plane", 10, sockets).catch(() => {});
  for (const name of portNames) {
    if (running(name)) continue;
    const listen = `TCP-LISTEN:${hostPorts[name]},bind=127.0.0.1,fork,reuseaddr,nodelay,backlog=512`;
    const log = statePath("run", `host-${name}.log`);
    const options = { part: `host-${name}`, log, cwd: statePath("run") };
    startDetached([relay.program, ...relay.args, listen, `UNIX-CONNECT:${name}.sock`], options);
  }
}
