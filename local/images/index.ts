import { existsSync } from "node:fs";
import path from "node:path";
import { cacheFolder, contentKey, createAtomically, pruneOld, removeDrafts } from "../toolchain/cache.ts";
import { takeLock } from "../toolchain/lock.ts";
import { type Report, step } from "../toolchain/progress.ts";
import { requireSpace } from "../toolchain/space.ts";
import { ensureTools, toolFolder } from "../toolchain/tools.ts";
import { buildDebianImage, buildFolderImage } from "./build.ts";
import { archiveName, type DebianRecipe, debianImages, imageKey, pauseImage, shortName } from "./recipes.ts";

/** Disk the builds fill at most, in GiB: unpacked root file systems and archives. */
const gibToBuild = 2;

/** A container image as a Docker archive that containerd imports. */
export interface Image {
  /** Reference pods use, for example `localhost/wordpress:7.1`. */
  readonly name: string;
  /** Absolute path of the archive. */
  readonly archive: string;
}

/** An image and how it is made. */
interface Plan extends Image {
  readonly build: (file: string) => Promise<void>;
}

/** Makes sure that the embedded cluster's images are in the cache and returns them. */
export async function ensureImages(report: Report): Promise<Image[]> {
  const plans = [
    ...Object.entries(debianImages).map(([name, recipe]) => planDebian(name, recipe, report)),
    planPause(report),
  ];
  if (plans.some(isMissing)) {
    const release = await takeLock("images", report);
    await makeAll(plans).finally(release);
  }
  return plans.map(({ name, archive }) => ({ name, archive }));
}

async function makeAll(plans: readonly Plan[]): Promise<void> {
  await requireSpace(gibToBuild, "Building the container images");
  removeDrafts(cacheFolder("images"));
  const results = await Promise.allSettled(plans.filter(isMissing).map(make));
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
}

async function make({ name, archive, build }: Plan): Promise<void> {
  await createAtomically(archive, build);
  pruneOld(path.dirname(archive), shortName(name), path.basename(archive));
}

const isMissing = ({ archive }: Plan) => !existsSync(archive);

function planDebian(name: string, recipe: DebianRecipe, report: Report): Plan {
  const build = async (file: string) => {
    let latest = "";
    const onLine = (line: string) => {
      latest = line;
    };
    const title = `image ${name}: building from Debian packages`;
    await step(
      report,
      title,
      () => buildDebianImage(file, name, recipe, onLine),
      () => latest,
    );
  };
  return { name, archive: archivePath(name, imageKey(recipe)), build };
}

function planPause(report: Report): Plan {
  const { name, config } = pauseImage;
  // The program's folder is named by what it is built from.
  const key = contentKey([path.basename(toolFolder("pause")), JSON.stringify(pauseImage)]);
  const build = async (file: string) => {
    const { pause } = await ensureTools(["pause"], report);
    await buildFolderImage(file, name, config, path.dirname(pause));
  };
  return { name, archive: archivePath(name, key), build };
}

function archivePath(name: string, key: string): string {
  return path.join(cacheFolder("images"), archiveName(name, key));
}
