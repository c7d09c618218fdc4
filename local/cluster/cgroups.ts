import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import path from "node:path";

/** One cgroup hierarchy (version 1) of this machine. */
export interface Hierarchy {
  /** Where it is mounted, for example `/sys/fs/cgroup/cpu,cpuacct`. */
  readonly folder: string;
  /** Options that mount the same hierarchy again, for example `cpu,cpuacct` or `none,name=systemd`. */
  readonly options: string;
}

/** Folder of ours in every hierarchy. */
const groupName = "wordpress-kubernetes";

const flags = new Set(["rw", "ro", "xattr", "clone_children", "noprefix"]);

/** The version 1 hierarchies in the text of `/proc/self/mountinfo`. */
export function parseHierarchies(mountinfo: string): Hierarchy[] {
  const found: Hierarchy[] = [];
  for (const line of mountinfo.split("\n")) {
    const [mount = "", filesystem = ""] = line.split(" - ");
    const [type, , superOptions = ""] = filesystem.split(" ");
    const folder = mount.split(" ")[4];
    if (type !== "cgroup" || !folder) continue;
    const kept = superOptions.split(",").filter((o) => !flags.has(o) && !o.startsWith("release_agent="));
    const named = kept.find((option) => option.startsWith("name="));
    found.push({ folder, options: named ? `none,${named}` : kept.join(",") });
  }
  return found;
}

/** The hierarchies of this machine; a sentence when the kubelet could not work with them. */
export function hierarchies(): Hierarchy[] {
  const found = parseHierarchies(readFileSync("/proc/self/mountinfo", "utf8"));
  const has = (name: string) => found.some((h) => h.options.split(",").includes(name));
  const missing = ["cpu", "cpuacct", "cpuset", "memory", "pids"].filter((name) => !has(name));
  if (missing.length === 0) return found;
  throw new Error(
    `The embedded cluster needs the cgroup (version 1) controllers ${missing.join(", ")}, which this machine does not offer; ` +
      "use a cluster of your own with --context, or boot with systemd.unified_cgroup_hierarchy=0.",
  );
}

/** Makes a node's folder in every hierarchy and returns the files that take a process in. */
export function createNodeCgroups(node: string): string[] {
  return hierarchies().map(({ folder, options }) => {
    const group = path.join(folder, groupName, node);
    mkdirSync(group, { recursive: true });
    if (options.split(",").includes("cpuset")) {
      // A cpuset takes no process before it has processors and memory, and inherits neither.
      for (const level of [path.dirname(group), group])
        for (const file of ["cpuset.cpus", "cpuset.mems"])
          writeFileSync(path.join(level, file), readFileSync(path.join(folder, file)));
    }
    return path.join(group, "cgroup.procs");
  });
}

/** Our folders that exist now. */
export function ourCgroups(): string[] {
  return parseHierarchies(readFileSync("/proc/self/mountinfo", "utf8"))
    .map(({ folder }) => path.join(folder, groupName))
    .filter((folder) => existsSync(folder));
}

/** Removes our folders, or only one node's; a folder with a process still in it stays. */
export function removeCgroups(node?: string): void {
  for (const group of ourCgroups()) removeTree(node ? path.join(group, node) : group);
}

function removeTree(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeTree(path.join(folder, entry.name));
  try {
    rmdirSync(folder);
  } catch {
    // Busy: a process is just dying. Whoever needs it gone asks again and looks at ourCgroups().
  }
}

/** Whether the text of `/proc/PID/cgroup` says that the process is in one of our groups. */
export function inOurCgroup(text: string): boolean {
  return text.includes(`:/${groupName}/`);
}
