import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { nodeExec } from "../../local/cluster/index.ts";
import { workers } from "../../local/cluster/layout.ts";
import { run } from "../../local/toolchain/process.ts";
import { imageArchive, unpackImage } from "./image-root.ts";
import { makeNextVersion } from "./next-version.ts";

const first = "localhost/wordpress:7.1";
const source = "usr/src/wordpress";

/** Gives the cluster's nodes an image of the next version of WordPress: the first one's and a layer on top; its reference. */
export async function deployNextImage(version: string): Promise<string> {
  const reference = `localhost/wordpress:${version}`;
  const root = await unpackImage(first, "next-image");
  try {
    const { changed, removed } = makeNextVersion(path.join(root, source), version);
    // A file of this name stands for one that a layer takes away.
    const taken = removed.map((file) => path.join(path.dirname(file), `.wh.${path.basename(file)}`));
    for (const file of taken) writeFileSync(path.join(root, source, file), "");
    const files = [...changed, ...taken].map((file) => path.join(source, file));
    const layer = path.join(root, "layer.tar");
    await run("tar", [
      "--create",
      "--file",
      layer,
      "--owner=33",
      "--group=33",
      "--directory",
      root,
      ...files,
    ]);
    const archive = await imageLayout(path.join(root, "next"), reference, layer);
    for (const node of workers()) await nodeExec(node, ["ctr", "-n", "k8s.io", "images", "import", archive]);
    return reference;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** An archive in the OCI image layout. It leaves out the first image's own layer, which the nodes have. */
async function imageLayout(folder: string, reference: string, layer: string): Promise<string> {
  const member = async (name: string) => run("tar", ["-xOf", await imageArchive(first), name]);
  const [{ Config }] = JSON.parse(await member("manifest.json"));
  const config = JSON.parse(await member(Config));
  const [below] = config.rootfs.diff_ids;
  const listed = await run("tar", ["-tvf", await imageArchive(first), "layer.tar"]);
  const blobs = path.join(folder, "blobs/sha256");
  mkdirSync(blobs, { recursive: true });
  const blob = (mediaType: string, content: Buffer | string) => {
    const hash = createHash("sha256").update(content).digest("hex");
    writeFileSync(path.join(blobs, hash), content);
    return { mediaType, digest: `sha256:${hash}`, size: statSync(path.join(blobs, hash)).size };
  };
  const type = (what: string) => `application/vnd.oci.image.${what}`;
  const top = blob(type("layer.v1.tar"), readFileSync(layer));
  config.rootfs.diff_ids.push(top.digest);
  config.history.push({ created_by: "tests/e2e" });
  const layers = [
    { mediaType: type("layer.v1.tar"), digest: below, size: Number(listed.split(/\s+/)[2]) },
    top,
  ];
  const manifest = {
    schemaVersion: 2,
    mediaType: type("manifest.v1+json"),
    config: blob(type("config.v1+json"), JSON.stringify(config)),
    layers,
  };
  const annotations = { "io.containerd.image.name": reference };
  const manifests = [{ ...blob(type("manifest.v1+json"), JSON.stringify(manifest)), annotations }];
  writeFileSync(path.join(folder, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
  writeFileSync(path.join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  await run("tar", [
    "--create",
    "--file",
    `${folder}.tar`,
    "--directory",
    folder,
    "oci-layout",
    "index.json",
    "blobs",
  ]);
  return `${folder}.tar`;
}
