import { type Ask, contextNames, saysYes } from "./contexts.ts";
import { dockerAnswers, k3sIsThere } from "./k3s.ts";
import { type Machine, thisMachine } from "./toolchain/prerequisites.ts";

const names: Record<string, string> = { darwin: "macOS", win32: "Windows" };

/** What keeps the embedded cluster from this machine for good, however much was installed; empty where nothing does. */
export function platformFaults(machine: Machine = thisMachine): string[] {
  const platform = machine.platform();
  if (platform !== "linux") return [`it needs Linux, and this is ${names[platform] ?? platform}`];
  return [
    ...(machine.has("apt-get") ? [] : ["it needs Debian's package manager apt-get, which is not here"]),
    ...(machine.isRoot() ? [] : ["it needs root for namespaces and mounts, and you are another user"]),
  ];
}

/**
 * Whether to deploy to k3s in Docker: where the embedded cluster cannot run, other than on Windows, and it was made
 * before, or Docker answers and somebody at the terminal says yes.
 * @param ask undefined where nobody is there to answer
 */
export async function chooseDocker(ask: Ask | undefined, machine: Machine = thisMachine): Promise<boolean> {
  const faults = platformFaults(machine);
  if (faults.length === 0 || machine.platform() === "win32") return false;
  if (await k3sIsThere()) return true;
  if (ask === undefined || !(await dockerAnswers())) return false;
  const why = `The embedded cluster cannot run here: ${faults.join("; ")}.`;
  return saysYes(await ask(`${why}\nMake a stock k3s in Docker instead? It has ports 80 and 443. [y/N] `));
}

/** Throws, with every way to a site that there is on this machine, where the embedded cluster cannot run. */
export async function requirePlatform(machine: Machine = thisMachine): Promise<void> {
  const faults = platformFaults(machine);
  if (faults.length > 0) throw new Error(await otherWays(faults, machine));
}

/** Why the embedded cluster cannot run, and what can be done instead. */
async function otherWays(faults: readonly string[], machine: Machine): Promise<string> {
  const platform = machine.platform();
  const docker = (await dockerAnswers()) ? "which answers here" : "once Docker is installed and runs";
  const known = contextNames();
  const contexts =
    known.length > 0 ? `your kubeconfig has ${known.join(", ")}` : "your kubeconfig has none yet";
  const ways = [
    ...(platform === "linux" && machine.has("apt-get")
      ? ['sudo env "PATH=$PATH" npm start: the embedded cluster, as root']
      : []),
    ...(platform === "win32"
      ? [
          "WSL 2 with Debian or Ubuntu in it: everything here works there, npm start as root",
          "pulumi up: Pulumi's own CLI on a cluster of yours, see README.md",
        ]
      : [
          `npm start -- --docker: stock k3s in Docker, ${docker}`,
          `npm start -- --context NAME: a cluster of yours; ${contexts}`,
          ...(machine.has("apt-get")
            ? []
            : ["a virtual machine with Debian or Ubuntu: npm start in there, as root"]),
        ]),
  ];
  const list = (items: readonly string[]) => items.map((item) => `- ${item}`).join("\n");
  return `The embedded cluster cannot run on this machine:\n${list(faults)}\nThese ways lead to a site:\n${list(ways)}`;
}
