import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { nodeExec, startCluster, stopCluster } from "../../local/cluster/index.ts";
import { workers } from "../../local/cluster/layout.ts";
import { freshPage, pulumi, root } from "../e2e/environment.ts";
import { WordPressSession } from "../e2e/wordpress-session.ts";
import {
  askCeph,
  type CephStatus,
  filesystem,
  inRook,
  isActive,
  isStandby,
  metadataServers,
  unwell,
} from "./ceph-cluster.ts";
import { type Finding, lastLines, report, seconds } from "./findings.ts";
import { inNamespace, type Pod, read, readyPods, settled, until } from "./kube.ts";
import { merged, mustUp, type Settings } from "./up.ts";
import { identical, type Upload, upload } from "./uploads.ts";

/** Parts of the config with an image. */
const parts = ["wordpress", "mysql", "pageCache"];

/** The embedded cluster's images. */
function images(): string[] {
  const embedded = configOf("local");
  return parts.map((part) => String((embedded[part] as Settings).image));
}

/** Protected data takes images whose tags are of one version; the embedded ones have such names only here. */
const ofOneVersion = (image: string) => `${image}.0`;

/** Production's config, with what the embedded cluster has otherwise; its storage is production's own. */
export function productionEmbedded(): Settings {
  const { storage: _, ...embedded } = configOf("local");
  const named = images().map((image, at) => [parts[at], { image: ofOneVersion(image) }]);
  return [embedded, Object.fromEntries(named)].reduce(merged, configOf("prod"));
}

/** Gives every node's images the names that {@link productionEmbedded} has for them. */
async function nameImages(): Promise<void> {
  const tag = ["ctr", "-n", "k8s.io", "images", "tag", "--force"];
  for (const node of workers())
    for (const image of images()) await nodeExec(node, [...tag, image, ofOneVersion(image)]);
}

/** What the stack's own file says; the project's defaults, laid over production's config, would take that back. */
function configOf(stack: string): Settings {
  const { config } = parse(readFileSync(path.join(root, `Pulumi.${stack}.yaml`), "utf8"));
  const entries = Object.entries(config as Settings);
  return Object.fromEntries(entries.map(([key, value]) => [key.replace("wordpress-kubernetes:", ""), value]));
}

/** Runs a command of the engine that must succeed. */
export async function mustPulumi(args: string[], minutes = 5): Promise<void> {
  const { code, output } = await pulumi(args, minutes);
  if (code !== 0) throw new Error(`pulumi ${args.join(" ")} failed:\n${lastLines(output)}`);
}

/** Makes the stack, with the salt that its config file takes. */
export function makeStack(): Promise<void> {
  return mustPulumi(["stack"]);
}

/** A claim of the site. */
export interface Claim {
  spec: { storageClassName: string; volumeName: string; resources: { requests: { storage: string } } };
  status: { phase: string; capacity: { storage: string } };
}

/** `pulumi up` of a new stack, from no filesystem to pages. */
export async function comesUp(site: Settings): Promise<Finding> {
  await nameImages();
  await makeStack();
  const begun = Date.now();
  await mustUp(site, 20);
  const took = (Date.now() - begun) / 1000;
  // What the engine has waited for is there when it ends, and not some time later.
  const phase = await inRook(["get", "cephfilesystem", filesystem, "-o", "jsonpath={.status.phase}"]);
  const { status } = await freshPage("/");
  await settled();
  const claim = await read<Claim>("pvc", "wordpress-pvc");
  const servers = await metadataServers();
  const [active, standby] = [servers.filter(isActive).length, servers.filter(isStandby).length];
  const health = await askCeph<CephStatus>("status");
  const faults = unwell(health);
  const pods = await readyPods("frontend");
  const nodes = new Set(pods.map(({ spec }) => spec.nodeName)).size;
  const types = await Promise.all(pods.map(typeOfVolume));
  const { storageClassName } = claim.spec;
  return {
    claim:
      "Production's storage from nothing by `pulumi up`: Rook's CephFilesystem, pool and classes, and the site",
    measured: `${seconds(took)}; CephFilesystem ${phase}, metadata servers: ${active} active, ${standby} standby; ${faults.join("; ") || `all ${health.pgmap.num_pgs} placement groups clean`}; claim ${claim.status.phase} by ${storageClassName}; ${pods.length} pods on ${nodes} nodes, all on CephFS: ${types.every(isFuse) ? "yes" : "no"}; a page got ${status}`,
    sample: "1 stack, 3 nodes with a disk each",
    mark: "all of it as production wants it",
    passed:
      phase === "Ready" &&
      status === 200 &&
      active === 1 &&
      standby >= 1 &&
      faults.length === 0 &&
      claim.status.phase === "Bound" &&
      storageClassName === "csi-cephfs" &&
      pods.length >= 3 &&
      nodes === 3 &&
      types.every(isFuse),
  };
}

/** The whole cluster stopped and started: pods are there before CephFS is, and have to wait for it. */
export async function stoppedAndStarted(uploads: Upload[]): Promise<Finding> {
  await stopCluster({ report });
  const begun = Date.now();
  await startCluster(report);
  await until("a page", 300, async () => (await freshPage("/")).status === 200, 1000);
  const took = (Date.now() - begun) / 1000;
  await settled();
  const types = await Promise.all((await readyPods("frontend")).map(typeOfVolume));
  const { intact: whole, words } = await intact(uploads);
  return {
    claim: "The cluster with Ceph stopped and started",
    measured: `pages ${seconds(took)} after the start began, ${types.filter(isFuse).length} of ${types.length} pods on CephFS; ${words}`,
    sample: "1 stop and start",
    mark: "every pod on CephFS, every upload intact",
    passed: whole && types.length > 0 && types.every(isFuse),
  };
}

/** What kind of filesystem a pod has WordPress on. */
function typeOfVolume({ metadata }: Pod): Promise<string> {
  const look = ["stat", "-f", "-c", "%T", "/var/www/html"];
  return inNamespace(["exec", metadata.name, "-c", "wordpress", "--", ...look]);
}

/** As the kernel calls what ceph-fuse has mounted. */
const isFuse = (type: string) => type.startsWith("fuse");

/** Uploads that stay through everything that is done to the storage. */
export async function lastingUploads(): Promise<Upload[]> {
  const session = await WordPressSession.login();
  const files: Upload[] = [];
  for (const name of ["lasting-one", "lasting-two", "lasting-three"])
    files.push(await upload(session, name, 3));
  return files;
}

/** The uploads read back from every replica. */
export interface Intact {
  intact: boolean;
  /** `9 of 9 copies of 3 uploads identical`. */
  words: string;
}

export async function intact(uploads: Upload[]): Promise<Intact> {
  const { same, of } = await identical(uploads);
  return {
    intact: of > 0 && same === of,
    words: `${same} of ${of} copies of ${uploads.length} uploads identical`,
  };
}
