// `npm run proof:cgroup2`: boots a virtual machine that has control groups of version 2 only and runs version2.test.ts
// in it, on the programs and images of this machine's cache. Software emulation does: no hardware support is asked for.
// Ends with the tests' line 'N passed, N failed'.
import { existsSync } from "node:fs";
import { ensureClusterTools } from "../../local/cluster/tools.ts";
import { ensureImages } from "../../local/images/index.ts";
import { cachePath } from "../../local/toolchain/cache.ts";
import { installPackages } from "../../local/toolchain/debian-packages.ts";
import { ensurePrerequisites } from "../../local/toolchain/prerequisites.ts";
import { run } from "../../local/toolchain/process.ts";
import { plainReport } from "../../local/toolchain/progress.ts";
import { exit } from "../../tools/exit.ts";
import { type Disk, makeDisk } from "./disk.ts";

/** Minutes the machine may take in all; measured: see docs/measurements.md. */
const patience = 120;

const report = plainReport();

/** Boots the machine, prints what its tests print, and returns the last line of it. */
async function boot(disk: Disk): Promise<string> {
  let last = "";
  const onLine = (line: string) => {
    report(line);
    if (line.trim()) last = line.trim();
  };
  const devices = [
    ...["-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "6G"],
    ...["-display", "none", "-monitor", "none", "-nic", "none", "-no-reboot"],
    ...["-drive", `file=${disk.image},if=virtio,format=raw,cache=unsafe`],
    ...["-serial", `file:${cachePath("machine", "console.log")}`, "-serial", "stdio"],
  ];
  const kernel = "root=/dev/vda rw console=ttyS0 mitigations=off systemd.wants=proof.service";
  const files = ["-kernel", disk.kernel, "-initrd", disk.initrd, "-append", kernel];
  // Whatever else the machine does goes first.
  await run("nice", ["-n", "19", "qemu-system-x86_64", ...devices, ...files], {
    timeout: patience * 60_000,
    onLine,
  });
  return last;
}

// The disk beside the programs it takes along.
await ensurePrerequisites(report, 8);
const needs = { "qemu-system-x86": "/usr/bin/qemu-system-x86_64", e2fsprogs: "/usr/sbin/mkfs.ext4" };
const missing = Object.entries(needs).filter(([, file]) => !existsSync(file));
await installPackages(
  missing.map(([name]) => name),
  report,
);
const [tools, images] = await Promise.all([ensureClusterTools(report), ensureImages(report)]);
const disk = await makeDisk(tools, images, report);
report(`booting; its console is in ${cachePath("machine", "console.log")}`);
const last = await boot(disk);
const passed = /^[1-9]\d* passed, 0 failed$/.test(last);
if (!passed) console.error(`The machine's tests did not pass: ${last || "it printed nothing"}`);
await exit(passed ? 0 : 1);
