import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import { installPackages } from "./debian-packages.ts";
import type { Report } from "./progress.ts";
import { freeSpace } from "./space.ts";

/** Oldest Go that downloads by itself the newer one a go.mod asks for. */
const oldestGo = [1, 21] as const;

/** Disk the running cluster itself needs, in GiB: images of several nodes, volumes and logs. */
const gibForCluster = 3;

/** Room for apt, pip and the engine in the folder for temporary files, in GiB; whatever is large lies in the cache. */
const gibForTemporary = 0.2;

/** A program or file the embedded cluster uses and the Debian package that brings it. */
interface Need {
  readonly package: string;
  /** Programs on PATH, or absolute paths of files, that show the package is there. */
  readonly provides: readonly string[];
}

const needs: readonly Need[] = [
  { package: "runc", provides: ["runc"] },
  { package: "socat", provides: ["socat"] },
  { package: "iptables", provides: ["iptables", "iptables-restore"] },
  { package: "iproute2", provides: ["ip"] },
  { package: "conntrack", provides: ["conntrack"] },
  { package: "kmod", provides: ["modprobe"] },
  { package: "procps", provides: ["pkill"] },
  { package: "util-linux", provides: ["unshare", "nsenter", "setpriv", "mount"] },
  { package: "mmdebstrap", provides: ["mmdebstrap"] },
  { package: "debian-archive-keyring", provides: ["/usr/share/keyrings/debian-archive-keyring.gpg"] },
  { package: "ca-certificates", provides: ["/etc/ssl/certs/ca-certificates.crt"] },
  { package: "tar", provides: ["tar"] },
];

/** What is asked of the machine; replaced in tests. */
export interface Machine {
  platform(): string;
  isRoot(): boolean;
  /** Whether a program is on PATH, or a file is at an absolute path. */
  has(programOrFile: string): boolean;
  /** What a program prints, or undefined when it is missing or fails. */
  output(command: string, args: readonly string[]): string | undefined;
  /** Content of a file, or an empty text. */
  read(file: string): string;
  /** GiB in the file system of a folder, the cache by default. */
  freeSpace(folder?: string): Promise<number>;
}

/**
 * Makes sure that this machine, Debian or Ubuntu with root, can run the embedded cluster: installs the Debian packages
 * that are missing and checks the rest.
 * @param toBuild disk that building what is missing fills, in GiB
 * @throws one error that names every fault with its remedy
 */
export async function ensurePrerequisites(
  report: Report,
  toBuild: number,
  machine: Machine = thisMachine,
): Promise<void> {
  const goFault = goFaultOf(machine);
  const unfit = [
    ...(goFault === undefined ? [] : [goFault]),
    ...(await spaceFaults(machine, gibForCluster + toBuild)),
  ];
  // Nothing is installed on a machine that cannot run the cluster anyway. The kernel is asked by programs of packages.
  if (unfit.length === 0) await installPackages(missingPackages(machine), report);
  const faults = [...unfit, ...kernelFaults(machine)];
  if (faults.length === 0) return;
  const head =
    "This machine cannot run the embedded cluster yet; `--context NAME` uses a cluster you have, and `--docker` makes one in Docker.";
  throw new Error([head, ...faults.map((fault) => `- ${fault}`)].join("\n"));
}

/** The Debian packages that are not there yet. */
export function missingPackages(machine: Machine): string[] {
  const missing = needs
    .filter((need) => !need.provides.every((name) => machine.has(name)))
    .map((need) => need.package);
  // Any pip does, also one that did not come from a package.
  if (machine.output("python3", ["-c", "import pip"]) === undefined) missing.push("python3-pip");
  return missing;
}

/** What is wrong with this machine's Go, with the remedy; undefined where it can build what is needed. */
export function goFaultOf(machine: Machine = thisMachine): string | undefined {
  const version = machine.output("go", ["env", "GOVERSION"]);
  const remedy = `install Go ${oldestGo.join(".")} or newer (it fetches the exact release itself) and put it on PATH.`;
  if (version === undefined) return `Go is needed to build programs and was not found: ${remedy}`;
  const [major = 0, minor = 0] = /^go(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [];
  if (major > oldestGo[0] || (major === oldestGo[0] && minor >= oldestGo[1])) return undefined;
  return `Go is too old (${version.trim()}): ${remedy}`;
}

/** Kernel features in the words of /proc, each with what it is for. */
function kernelFaults(machine: Machine): string[] {
  const faults: string[] = [];
  const hasOverlay = /\soverlay$/m.test(machine.read("/proc/filesystems"));
  if (!hasOverlay && machine.output("modprobe", ["overlay"]) === undefined) {
    faults.push(
      "The kernel has no overlay file system, which containers are made of: load or enable CONFIG_OVERLAY_FS.",
    );
  }
  // Asking for a device in a network namespace that ends at once leaves nothing behind.
  const canMake = (...device: string[]) =>
    machine.output("unshare", ["--net", "ip", "link", "add", "probe0", ...device]) !== undefined;
  if (!canMake("type", "bridge")) faults.push("No network bridge can be made: load or enable CONFIG_BRIDGE.");
  if (!canMake("type", "veth", "peer", "name", "probe1")) {
    faults.push("No virtual network cable can be made: load or enable CONFIG_VETH.");
  }
  if (machine.output("unshare", ["--net", "iptables", "--table", "nat", "--list"]) === undefined) {
    faults.push(
      "iptables does not work in a network namespace: load or enable CONFIG_NF_TABLES and its NAT support.",
    );
  }
  if (
    machine.output("unshare", ["--net", "iptables", "--append", "FORWARD", "--jump", "NFQUEUE"]) === undefined
  ) {
    faults.push(
      "No program can judge packets, which network policies need: load or enable CONFIG_NETFILTER_XT_TARGET_NFQUEUE.",
    );
  }
  return faults;
}

async function spaceFaults(machine: Machine, needed: number): Promise<string[]> {
  const [free, temporary] = [await machine.freeSpace(), await machine.freeSpace(os.tmpdir())];
  const faults: string[] = [];
  if (free < needed) {
    faults.push(
      `The cache's disk has ${free.toFixed(1)} GiB free and ${needed} are needed: free some, or set WORDPRESS_KUBERNETES_CACHE to a folder on a larger disk.`,
    );
  }
  if (temporary < gibForTemporary) {
    faults.push(
      `${os.tmpdir()} has ${temporary.toFixed(1)} GiB free and ${gibForTemporary} are needed: free some, or set TMPDIR to another folder.`,
    );
  }
  return faults;
}

/** This machine itself. */
export const thisMachine: Machine = {
  platform: () => process.platform,
  isRoot: () => process.getuid?.() === 0,
  has: (name) => {
    // Tools of the administrator are not on everyone's PATH.
    const folders = name.startsWith("/")
      ? [""]
      : [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];
    return folders.some((folder) => existsSync(`${folder}/${name}`));
  },
  output: (command, args) => {
    try {
      return execFileSync(command, args, {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
        timeout: 30_000,
      });
    } catch {
      return undefined;
    }
  },
  read: (file) => {
    try {
      return readFileSync(file, "utf8");
    } catch {
      return "";
    }
  },
  freeSpace,
};
