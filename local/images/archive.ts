import { createHash } from "node:crypto";
import { createReadStream, writeFileSync } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { run } from "../toolchain/process.ts";
import type { ImageConfig } from "./recipes.ts";

/**
 * Writes a Docker archive with one layer, as `ctr images import` reads it.
 * @param reference the image's name with its tag
 * @param folder has the root file system as `layer.tar`, and takes what describes it
 */
export async function writeArchive(
  file: string,
  reference: string,
  config: ImageConfig,
  folder: string,
): Promise<void> {
  const layer = createHash("sha256");
  await pipeline(createReadStream(path.join(folder, "layer.tar")), layer);
  const image = JSON.stringify({
    architecture: process.arch === "x64" ? "amd64" : process.arch,
    os: "linux",
    config,
    rootfs: { type: "layers", diff_ids: [`sha256:${layer.digest("hex")}`] },
    history: [{ created_by: "local/images" }],
  });
  const name = `${createHash("sha256").update(image).digest("hex")}.json`;
  const manifest = [{ Config: name, RepoTags: [reference], Layers: ["layer.tar"] }];
  writeFileSync(path.join(folder, name), image);
  writeFileSync(path.join(folder, "manifest.json"), JSON.stringify(manifest));
  const options = { timeout: 10 * 60_000 };
  const members = ["layer.tar", name, "manifest.json"];
  await run("tar", ["--create", "--file", file, "--directory", folder, ...members], options);
  await run("sync", [file], options);
}
