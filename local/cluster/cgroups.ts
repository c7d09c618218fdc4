import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import path from "node:path";

/** A hierarchy of control groups of this machine. */
export interface Hierarchy {
  /** Its file system: `cgroup` is version 1, `cgroup2` version 2, of which there is one for all controllers. */
  readonly type: "cgroup" | "cgroup2";
  /** Where it is mounted, for example `/sys/fs/cgroup/cpu,cpuacct` or `/sys/fs/cgroup`. */
  readonly folder: string;
  /** Options that mount the same hierarchy again, for example `cpu,cpuacct`, `none,name=systemd` or `rw`. */
  readonly options: string;
  /** Whether groups can be made in it: in an unprivileged container they cannot. */
  readonly writable: boolean;
}

/** Group of ours in every hierarchy. */
const groupName = "wordpress-kubernetes";

/** The same where systemd gives it out. */
const scopeName = `${groupName}.scope`;

/** Group beside the nodes for what belongs to no node, those who launched them above all. */
const launchers = "launchers";

/** What a kubelet works with. */
const needed = ["cpu", "cpuset", "memory", "pids"];

const flags = new Set(["rw", "ro", "xattr", "clone_children", "noprefix"]);

/** The hierarchies in the text of `/proc/self/mountinfo`, each once. */
export function parseHierarchies(mountinfo: string): Hierarchy[] {
  const found = new Map<string, Hierarchy>();
  for (const line of mountinfo.split("\n")) {
    const [mount = "", filesystem = ""] = line.split(" - ");
    const [type, , superOptions = ""] = filesystem.split(" ");
    const [, , , , folder, mountOptions = ""] = mount.split(" ");
    if ((type !== "cgroup" && type !== "cgroup2") || !folder) continue;
    const kept = superOptions.split(",").filter((o) => !flags.has(o) && !o.startsWith("release_agent="));
    const named = kept.find((option) => option.startsWith("name="));
    const options = type === "cgroup2" ? "rw" : named ? `none,${named}` : kept.join(",");
    const writable = !mountOptions.split(",").includes("ro");
    if (!found.has(`${type} ${options}`))
      found.set(`${type} ${options}`, { type, folder, options, writable });
  }
  return [...found.values()];
}

/**
 * The hierarchies a cluster uses: those of version 1 where they have every controller, as on hybrid machines, else
 * the one of version 2.
 * @param controllers the text of a hierarchy's `cgroup.controllers`
 * @throws a sentence when the kubelet could not work with either
 */
export function chooseHierarchies(
  found: readonly Hierarchy[],
  controllers: (hierarchy: Hierarchy) => string,
): Hierarchy[] {
  const first = found.filter(({ type }) => type === "cgroup");
  const second = found.filter(({ type }) => type === "cgroup2");
  const missing = (offered: string[], wanted: string[]) => wanted.filter((name) => !offered.includes(name));
  const inFirst = missing(
    first.flatMap(({ options }) => options.split(",")),
    [...needed, "cpuacct"],
  );
  const inSecond = missing(
    second.flatMap((hierarchy) => controllers(hierarchy).trim().split(/\s+/)),
    needed,
  );
  const lacking = inFirst.length < inSecond.length ? inFirst : inSecond;
  if (lacking.length > 0)
    throw new Error(
      `The embedded cluster needs the control group controllers ${needed.join(", ")}, all of one version, and this machine lacks ${lacking.join(", ")}: ` +
        "start its kernel without cgroup_disable (some boards want cgroup_enable=memory), or use a cluster of your own with --context.",
    );
  const chosen = inFirst.length === 0 ? first : second;
  const locked = chosen.find(({ writable }) => !writable);
  if (!locked) return chosen;
  throw new Error(
    `The embedded cluster makes control groups, and ${locked.folder} is mounted read-only: ` +
      "run the container privileged (docker run --privileged), or use a cluster of your own with --context.",
  );
}

function mounted(): Hierarchy[] {
  return parseHierarchies(readFileSync("/proc/self/mountinfo", "utf8"));
}

/** The hierarchies of this machine that a cluster uses, see {@link chooseHierarchies}. */
export function hierarchies(): Hierarchy[] {
  return chooseHierarchies(mounted(), ({ folder }) =>
    readFileSync(path.join(folder, "cgroup.controllers"), "utf8"),
  );
}

/** Whether systemd gives out a hierarchy's groups, of which it wants to be the only one to write each. */
function systemdDelegates({ type }: Hierarchy): boolean {
  return type === "cgroup2" && existsSync("/run/systemd/system");
}

/**
 * What to put before the first command of a cluster: where systemd gives out the groups, the command asks for one that
 * is left to us as long as a process is in it, also when the session ends in which it was asked for.
 */
export function delegation(): string[] {
  if (!hierarchies().some(systemdDelegates)) return [];
  const options = ["--scope", "--quiet", "--collect", `--unit=${scopeName}`, "--slice=-.slice"];
  const properties = ["--property=Delegate=yes", "--property=TasksMax=infinity"];
  // A unit of that name may be about to end: it is in the way until it has.
  const first = `systemctl stop --quiet ${scopeName} 2> /dev/null; exec "$@"`;
  return ["bash", "-c", first, "bash", "systemd-run", ...options, ...properties, "--"];
}

function ourGroup(hierarchy: Hierarchy): string {
  return path.join(hierarchy.folder, systemdDelegates(hierarchy) ? scopeName : groupName);
}

/** Makes a node's group in every hierarchy, and one for who launches it; returns the files that take a process in. */
export function createNodeGroups(node: string): string[] {
  createGroup(launchers);
  return createGroup(node);
}

/** The files that take in a process that belongs to the cluster and to no node, once there are groups. */
export function launcherFiles(): string[] {
  return ourCgroups()
    .map((group) => path.join(group, launchers, "cgroup.procs"))
    .filter((file) => existsSync(file));
}

function createGroup(name: string): string[] {
  return hierarchies().map((hierarchy) => {
    const ours = ourGroup(hierarchy);
    const group = path.join(ours, name);
    mkdirSync(group, { recursive: true });
    if (hierarchy.type === "cgroup2") {
      if (!systemdDelegates(hierarchy)) shareControllers(hierarchy.folder, asideOf(hierarchy));
      shareControllers(ours, path.join(ours, launchers));
    } else if (hierarchy.options.split(",").includes("cpuset")) {
      // A cpuset takes no process before it has processors and memory, and inherits neither.
      for (const level of [ours, group])
        for (const file of ["cpuset.cpus", "cpuset.mems"])
          writeFileSync(path.join(level, file), readFileSync(path.join(hierarchy.folder, file)));
    }
    return path.join(group, "cgroup.procs");
  });
}

/** Where a container's own processes go while its outermost group has controllers to share out. */
function asideOf({ folder }: Hierarchy): string {
  return path.join(folder, `${groupName}-others`);
}

function words(file: string): string[] {
  return readFileSync(file, "utf8").split(/\s+/).filter(Boolean);
}

/**
 * Has the groups below a group of version 2 obey limits. Only the machine's outermost group may do so and hold
 * processes; those of any other move to `leaf` first.
 */
function shareControllers(group: string, leaf: string): void {
  const control = path.join(group, "cgroup.subtree_control");
  const shared = words(control);
  const offered = words(path.join(group, "cgroup.controllers"));
  const wanted = [...needed, "io"].filter((name) => offered.includes(name) && !shared.includes(name));
  if (wanted.length === 0) return;
  if (existsSync(path.join(group, "cgroup.type"))) moveProcesses(group, leaf);
  writeFileSync(control, wanted.map((name) => `+${name}`).join(" "));
}

/** Moves the processes that are in a group itself, and not in one below it. */
function moveProcesses(from: string, to: string): void {
  for (let tries = 0; tries < 100; tries++) {
    const found = pidsIn(from);
    if (found.length === 0) return;
    mkdirSync(to, { recursive: true });
    for (const pid of found) {
      try {
        writeFileSync(path.join(to, "cgroup.procs"), `${pid}`);
      } catch {
        // It ended meanwhile, or cannot be moved: then it is found again.
      }
    }
  }
  throw new Error(
    `The control group ${from} cannot be shared out, because these processes stay in it: ${pidsIn(from).join(", ")}.`,
  );
}

function pidsIn(group: string): number[] {
  try {
    return words(path.join(group, "cgroup.procs")).map(Number);
  } catch {
    return []; // the group is gone
  }
}

function groupsBelow(group: string): string[] {
  try {
    const entries = readdirSync(group, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => path.join(group, name));
  } catch {
    return []; // the group is gone
  }
}

/** Our groups that exist now. */
export function ourCgroups(): string[] {
  return mounted()
    .map(ourGroup)
    .filter((folder) => existsSync(folder));
}

/** Ids of the processes in our groups and those below them, as the caller's own `/proc` numbers them. */
export function processesInOurCgroups(): number[] {
  const inTree = (group: string): number[] => [...pidsIn(group), ...groupsBelow(group).flatMap(inTree)];
  return [...new Set(ourCgroups().flatMap(inTree))];
}

/** Ends what is still in our groups and removes them, or only one node's; a group with a process still in it stays. */
export function removeCgroups(node?: string): void {
  for (const group of ourCgroups()) {
    const tree = node ? path.join(group, node) : group;
    killTree(tree);
    removeTree(tree);
  }
  if (!node) for (const hierarchy of mounted()) moveBack(hierarchy);
}

/** From Linux 5.14 on the kernel ends a whole tree of version 2 at once. */
function killTree(group: string): void {
  const kill = path.join(group, "cgroup.kill");
  try {
    if (existsSync(kill)) writeFileSync(kill, "1");
  } catch {
    // the group is gone
  }
}

function removeTree(folder: string): void {
  for (const group of groupsBelow(folder)) removeTree(group);
  try {
    rmdirSync(folder);
  } catch {
    // Gone already, or busy: a process is just dying. Whoever needs it gone asks again and looks at ourCgroups().
  }
}

/** Puts the processes of a container back where they were, unless others have made groups there since. */
function moveBack(hierarchy: Hierarchy): void {
  const aside = asideOf(hierarchy);
  if (!existsSync(aside) || groupsBelow(hierarchy.folder).length > 1) return;
  const control = path.join(hierarchy.folder, "cgroup.subtree_control");
  const shared = words(control).map((name) => `-${name}`);
  writeFileSync(control, shared.join(" "));
  moveProcesses(aside, hierarchy.folder);
  removeTree(aside);
}
