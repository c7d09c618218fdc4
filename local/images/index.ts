import { existsSync } from "node:fs";
import path from "node:path";
import { cacheFolder, contentKey, createAtomically, pruneOld, removeDrafts } from "../toolchain/cache.ts";
import { takeCacheLock } from "../toolchain/lock.ts";
import { type Report, step } from "../toolchain/progress.ts";
import { requireSpace } from "../toolchain/space.ts";
import { ensureTools, toolFolder } from "../toolchain/tools.ts";
import { buildDebianImage, buildFolderImage } from "./build.ts";
import { archiveName, cephImages, debianImages, imageKey, pauseImage, shortName } from "./recipes.ts";

/** Disk the builds fill at most, in GiB: unpacked root file systems, layers and archives. */
const gibToBuild = 3;
/** So much more with Ceph's: its archive has 0.6. */
const gibToBuildCeph = 2;

/** A container image as a Docker archive that containerd imports. */
export interface Image {
  /** Reference pods use, for example `localhost/wordpress:7.1`. */
  readonly name: string;
  /** Absolute path of the archive. */
  readonly archive: string;
}

/**
 * Makes sure that the embedded cluster's images are in the cache and returns them.
 * @param ceph Rook's and Ceph's as well
 */
export async function ensureImages(report: Report, ceph = false): Promise<Image[]> {
  const images = plannedImages(ceph);
  if (images.some(isMissing)) {
    const release = await takeCacheLock("images", report);
    await makeAll(images, report).finally(release);
  }
  return images;
}

/** The embedded cluster's images, whether they are in the cache or not. */
export function plannedImages(ceph = false): Image[] {
  const recipes = { ...debianImages, ...(ceph ? cephImages : {}) };
  const keys = Object.entries(recipes).map(([name, recipe]) => [name, imageKey(recipe)] as const);
  // The program's folder is named by what it is built from.
  const pauseKey = contentKey([path.basename(toolFolder("pause")), JSON.stringify(pauseImage)]);
  return [...keys, [pauseImage.name, pauseKey] as const].map(([name, key]) => {
    return { name, archive: path.join(cacheFolder("images"), archiveName(name, key)) };
  });
}

/** Disk that building what is missing of them fills at most, in GiB. */
export function imageSpace(ceph = false): number {
  return spaceFor(plannedImages(ceph).filter(isMissing));
}

function spaceFor(missing: readonly Image[]): number {
  if (missing.length === 0) return 0;
  return gibToBuild + (missing.some(({ name }) => name in cephImages) ? gibToBuildCeph : 0);
}

const isMissing = ({ archive }: Image) => !existsSync(archive);

async function makeAll(images: readonly Image[], report: Report): Promise<void> {
  const missing = images.filter(isMissing);
  await requireSpace(spaceFor(missing), "Building the container images");
  removeDrafts(cacheFolder("images"));
  const making = missing.map((image) => make(image, report));
  const results = await Promise.allSettled(making);
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
}

async function make({ name, archive }: Image, report: Report): Promise<void> {
  await createAtomically(archive, (file) => build(file, name, report));
  pruneOld(path.dirname(archive), shortName(name), path.basename(archive));
}

async function build(file: string, name: string, report: Report): Promise<void> {
  const recipe = debianImages[name] ?? cephImages[name];
  if (recipe) {
    const title = `image ${name}: building from Debian packages`;
    return step(report, title, (onLine) => buildDebianImage(file, name, recipe, onLine));
  }
  const { pause } = await ensureTools(["pause"], report);
  await buildFolderImage(file, name, pauseImage.config, path.dirname(pause));
}
