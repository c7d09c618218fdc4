// Pins what a folder's requirements.in asks for, with the checksum of each wheel: node tools/run.mjs local/toolchain/python/lock.ts scanners
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { run } from "../process.ts";

/** The Pythons of Debian and Ubuntu since 2023, the oldest first: what fits it fits the others. */
const pythons = ["3.11", "3.12", "3.13", "3.14"];
const machines = ["x86_64", "aarch64"];

/** The part of pip's installation report that is read. */
interface Report {
  install: {
    metadata: { name: string; version: string };
    download_info: { archive_info: { hashes: { sha256: string } } };
  }[];
}

const folder = path.join(import.meta.dirname, process.argv[2] ?? "scanners");
const pins = new Map<string, Set<string>>();
for (const python of pythons) {
  for (const machine of machines) {
    const platforms = ["manylinux_2_28", "manylinux_2_17", "manylinux2014"].map(
      (tag) => `--platform=${tag}_${machine}`,
    );
    const wanted = [
      ...readFileSync(path.join(folder, "requirements.in"), "utf8").trim().split("\n"),
      ...pins.keys(),
    ];
    const pip = ["-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report=-"];
    const wheels = ["--only-binary=:all:", `--python-version=${python}`, ...platforms, "--target=nowhere"];
    const report = await run("python3", [...pip, ...wheels, ...wanted], { timeout: 600_000 });
    for (const { metadata, download_info } of (JSON.parse(report) as Report).install) {
      const pin = `${metadata.name.toLowerCase().replaceAll("_", "-")}==${metadata.version}`;
      pins.set(pin, (pins.get(pin) ?? new Set()).add(download_info.archive_info.hashes.sha256));
    }
  }
}
const lines = [...pins].sort().map(([pin, sums]) => {
  const hashes = [...sums].sort().map((sum) => `    --hash=sha256:${sum}`);
  return [pin, ...hashes].join(" \\\n");
});
writeFileSync(path.join(folder, "requirements.txt"), `${lines.join("\n")}\n`);
