import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { orphans } from "../toolchain/orphans.ts";
import { pids, readProc } from "../toolchain/proc.ts";
import { run } from "../toolchain/process.ts";
import { ourCgroups } from "./cgroups.ts";
import { ourDisks } from "./disks.ts";
import { hostPorts, statePath } from "./layout.ts";
import { clusterProcesses, contained } from "./processes.ts";

/** What embedded clusters have on this machine beside files in the cache, one line each; empty after a stop. */
export async function leftovers(): Promise<string[]> {
  const here = [processes(), mounts(), namespaces(), cgroups(), sockets()];
  const disks = (await ourDisks().catch(() => [])).map(({ name, file }) => `disk ${name} on ${file}`);
  return [...here.flat(), ...disks, ...(await ports()), ...(await network())];
}

function processes(): string[] {
  const found = new Map(
    contained().map(({ pid }) => [pid, `process ${pid} in a control group of the cluster`]),
  );
  for (const { pid, part, program } of clusterProcesses())
    found.set(pid, `process ${pid} ${program} of ${part}`);
  for (const { pid, program } of orphans()) found.set(pid, `process ${pid} ${program} of a killed engine`);
  return [...found.values()];
}

function mounts(): string[] {
  const lines = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  return lines.filter((line) => line.includes(statePath())).map((line) => `mount ${line}`);
}

/** Namespaces other than ours in which a process works whose mounts include the state folder. */
function namespaces(): string[] {
  const own = readlinkSync("/proc/self/ns/mnt");
  const seen = new Map<string, string>();
  for (const pid of pids().filter((pid) => readProc(pid, "mountinfo").includes(statePath()))) {
    try {
      const namespace = readlinkSync(`/proc/${pid}/ns/mnt`);
      if (namespace !== own) seen.set(namespace, `namespace ${namespace} of process ${pid}`);
    } catch {
      // the process ended meanwhile
    }
  }
  return [...seen.values()];
}

function cgroups(): string[] {
  return ourCgroups().map((folder) => `control group ${folder}`);
}

function sockets(): string[] {
  const folder = statePath("run");
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".sock")) : [];
  return files.map((file) => `socket ${folder}/${file}`);
}

async function ports(): Promise<string[]> {
  const lines = (await run("ss", ["-Hltn"])).split("\n");
  const ours = Object.values(hostPorts).map((port) => `127.0.0.1:${port} `);
  return lines.filter((line) => ours.some((port) => line.includes(port))).map((line) => `listening ${line}`);
}

/** Packet filter rules, links and routes; a machine without one of these programs has none of that kind. */
async function network(): Promise<string[]> {
  const foreign = /KUBE-|CNI-|NFQUEUE|\b10\.(89|244|96)\.|\bto-(node|control)|\bbr0\b/;
  const commands = ["iptables-save", "ip6tables-save", "ip -o link", "ip route show table all", "ip rule"];
  const found: string[] = [];
  for (const command of commands) {
    const [program = "", ...args] = command.split(" ");
    const lines = (await run(program, args).catch(() => "")).split("\n");
    found.push(...lines.filter((line) => foreign.test(line)).map((line) => `${program}: ${line.trim()}`));
  }
  return found;
}
