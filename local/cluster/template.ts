import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Image } from "../images/index.ts";
import { contentKey } from "../toolchain/cache.ts";
import { run } from "../toolchain/process.ts";
import { type Report, step } from "../toolchain/progress.ts";
import { waitUntil } from "../toolchain/wait-until.ts";
import { nodePath, statePath } from "./layout.ts";
import { tail } from "./logs.ts";
import { type ClusterProcess, killAll, ourProcesses, startDetached } from "./processes.ts";

/** Names a set of images by their archives, whose names change with their content. */
export function templateKey(images: readonly Image[]): string {
  return contentKey(images.flatMap(({ name, archive }) => [name, path.basename(archive)]));
}

/**
 * Unpacks the images once into a containerd root that every node copies by hard links, and returns its key. Older
 * templates go: nodes that still use their files hold links of their own.
 */
export async function ensureTemplate(images: readonly Image[], report: Report): Promise<string> {
  const key = templateKey(images);
  const target = statePath("template", key);
  if (!existsSync(target)) {
    await killAll(unpacking); // of a start that was killed
    const draft = statePath("template", "draft");
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true });
    await step(report, "unpacking the images", () => unpack(images, draft));
    renameSync(draft, target);
  }
  for (const other of readdirSync(statePath("template")))
    if (other !== key) rmSync(statePath("template", other), { recursive: true, force: true });
  return key;
}

function unpacking(): ClusterProcess[] {
  return ourProcesses().filter((process) => process.part === "template");
}

/** Imports the archives with a containerd of their own, in namespaces that end with it. */
async function unpack(images: readonly Image[], root: string): Promise<void> {
  const namespaces = ["--fork", "--kill-child", "--pid", "--mount", "--net", "--ipc", "--mount-proc"];
  const script = path.join(import.meta.dirname, "unpack-images.sh");
  const archives = images.map(({ archive }) => archive);
  const log = statePath("run", "template.log");
  const pid = startDetached(["unshare", ...namespaces, "bash", script, root, ...archives], {
    part: "template",
    log,
    cwd: "/",
    binaries: statePath("bin"),
  });
  // By its id: while a program takes another's place in a process, the marks in its environment cannot be read.
  // Ten minutes: two images of 700 MB took 20 s on an idle machine.
  const ended = () => !existsSync(`/proc/${pid}`);
  await waitUntil("the unpacking of the images", 600, ended).catch(() => {});
  await killAll(unpacking);
  if (!existsSync(path.join(root, "complete")))
    throw new Error(`The images could not be unpacked:\n${tail(log, 12)}`);
  rmSync(path.join(root, "complete"));
}

/** Gives a node the template's images; one that has them already keeps its containers as well. */
export async function copyTemplate(node: string, key: string): Promise<void> {
  const target = nodePath(node, "var-lib", "containerd");
  const mark = nodePath(node, `images-${key}`);
  if (existsSync(mark)) return;
  // Sandboxes of the old root are unknown to the new one, and so are their addresses.
  for (const old of ["containerd", "cni"])
    rmSync(nodePath(node, "var-lib", old), { recursive: true, force: true });
  for (const entry of readdirSync(nodePath(node)))
    if (entry.startsWith("images-")) rmSync(nodePath(node, entry));
  await run("cp", ["-al", statePath("template", key), target], { timeout: 300_000 });
  // Databases are written in place: each node needs its own.
  const databases = await run("find", [target, "-name", "*.db"]);
  for (const file of databases.split("\n").filter(Boolean)) {
    await run("cp", ["--remove-destination", path.resolve(file), `${file}.own`]);
    renameSync(`${file}.own`, file);
  }
  writeFileSync(mark, "");
}
