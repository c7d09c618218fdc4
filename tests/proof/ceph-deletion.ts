import { setTimeout as sleep } from "node:timers/promises";
import { kubectl } from "../../local/cluster/kubectl.ts";
import { freshPage } from "../e2e/environment.ts";
import { WordPressSession } from "../e2e/wordpress-session.ts";
import { askCeph, besideCeph, type CephStatus, inRook, unwell } from "./ceph-cluster.ts";
import { intact, makeStack, mustPulumi } from "./ceph-site.ts";
import { type Finding, seconds } from "./findings.ts";
import { read, settled, until } from "./kube.ts";
import { merged, mustUp, type Settings } from "./up.ts";
import { type Upload, upload } from "./uploads.ts";

/** Secrets without which nobody comes back to the data. */
const secrets = ["wordpress-mysql", "wordpress-admin", "wordpress-salts"];

/** How a new stack is told of them, by docs/operations.md, "Taking down without losing data". */
export const existingSecrets: Settings = {
  existingSecrets: { database: "wordpress-mysql", admin: "wordpress-admin", salts: "wordpress-salts" },
};

/** Everything that holds data, by kind, name and uid. */
async function data(): Promise<string[]> {
  const each = '{range .items[*]}{.kind} {.metadata.name} {.metadata.uid}{"\\n"}{end}';
  const list = (...words: string[]) => kubectl(["get", ...words, "-o", `jsonpath=${each}`]);
  const lists = await Promise.all([
    list("pvc", "-n", "kube-example"),
    list("secrets", ...secrets, "-n", "kube-example"),
    list("cephfilesystems,cephblockpools", "-n", "rook-ceph"),
    list("storageclasses", "csi-cephfs", "rook-ceph-block"),
    list("pv"),
  ]);
  return lists.flatMap((text) => text.split("\n").filter(Boolean)).sort();
}

/** The stack is given up and its data kept, and a new one comes back to it, as the document says. */
export async function givenUpAndTakenUp(site: Settings, uploads: Upload[]): Promise<Finding> {
  const before = await data();
  await mustPulumi(["state", "unprotect", "--all", "--yes"]);
  await mustPulumi(["destroy", "--yes"], 10);
  const after = await data();
  const left = (await read<{ items: object[] }>("deployments,statefulsets,services")).items.length;
  await mustPulumi(["stack", "rm", "local", "--yes", "--preserve-config"]);
  await makeStack();
  const begun = Date.now();
  await mustUp(merged(site, existingSecrets), 15);
  const took = (Date.now() - begun) / 1000;
  await settled();
  const { intact: whole, words } = await intact(uploads);
  const same = before.filter((object) => after.includes(object)).length;
  return {
    claim: "The stack given up by `pulumi destroy`, and its data taken up by a new stack",
    measured: `${same} of ${before.length} claims, volumes, Secrets, classes, the CephFilesystem and the pool stayed, ${left} workloads and Services did; up again after ${seconds(took)}; ${words}`,
    sample: "1 stack, by docs/operations.md",
    mark: "all data stays, nothing else does, every upload intact",
    passed: same === before.length && left === 0 && whole,
  };
}

/** What Rook says of a deletion it does not carry out. */
interface Deleted {
  status: { conditions?: { type: string; status: string; message: string }[] };
}

/**
 * Somebody deletes an object of Rook's while data depends on it. It waits from then on: nobody can take a deletion back.
 * @param object as kubectl knows it
 * @param dependent what depends on it
 */
export async function deletionRefused(
  object: [kind: string, name: string],
  dependent: string,
  site: Settings,
  uploads: Upload[],
): Promise<Finding> {
  await inRook(["delete", ...object, "--wait=false"]);
  const refusal = async () => {
    const { status } = JSON.parse(await inRook(["get", ...object, "-o", "json"])) as Deleted;
    const blocked = status.conditions?.find(({ type }) => type === "DeletionIsBlocked");
    return blocked?.status === "True" ? blocked.message : "";
  };
  await until("Rook's refusal", 120, async () => (await refusal()) !== "", 1000);
  // What was to go would be on its way by now.
  await sleep(30_000);
  const reason = await refusal();
  const faults = unwell(await askCeph<CephStatus>("status"));
  // An update of the site does not mind either.
  await mustUp(site);
  const { status } = await freshPage("/");
  const session = await WordPressSession.login();
  const another = await upload(session, "after-deletion", 3);
  const { intact: whole, words } = await intact([...uploads, another]);
  await session.rest("DELETE", `/media/${another.id}?force=true`);
  return {
    claim: `The ${object[0]} deleted with ${dependent}`,
    measured: `Rook refused: "${reason}"; ${faults.join("; ") || "all disks up, all placement groups clean"}; \`pulumi up\` succeeded, a page got ${status}, an upload was taken; ${words}`,
    sample: "1 deletion, looked at for 30 s",
    mark: "refused, everything serves on, every upload intact",
    passed: reason !== "" && faults.length === 0 && status === 200 && whole,
  };
}

interface Volume {
  metadata: { name: string };
  spec: { storageClassName: string; hostPath?: { path: string }; local?: { path: string } };
  status: { phase: string };
}

/** Site and data deleted as docs/own-cluster.md says, "Deleting it": what stays is Rook's, and the volumes. */
export async function siteDeleted(site: Settings, uploads: Upload[]): Promise<Finding> {
  const isPath = /^\/var\/www\/(html\/.*)$/;
  await mustUp(merged(site, { protectData: false }));
  await mustPulumi(["destroy", "--yes"], 10);
  await mustPulumi(["stack", "rm", "local", "--yes", "--preserve-config"]);
  const namespaces = await kubectl(["get", "namespaces", "-o", "name"]);
  const look = async (): Promise<Volume[]> => JSON.parse(await kubectl(["get", "pv", "-o", "json"])).items;
  const isReleased = ({ status }: Volume) => status.phase === "Released";
  await until("released volumes", 30, async () => (await look()).every(isReleased)).catch(() => {});
  const volumes = await look();
  const released = volumes.filter(isReleased);
  const shared = released.find(({ spec }) => spec.storageClassName === "csi-cephfs");
  const folder = shared?.spec.hostPath?.path ?? shared?.spec.local?.path;
  const sums = await Promise.all(
    uploads.map(async ({ file, expected }) => {
      const [, inVolume] = isPath.exec(file) ?? [];
      return (await besideCeph(["sha256sum", `${folder}/${inVolume}`])).startsWith(expected);
    }),
  );
  const rook = await inRook(["get", "cephfilesystems,cephblockpools", "-o", "name"]);
  const objects = rook.split("\n").filter(Boolean).length;
  const gone = !namespaces.split("\n").includes("namespace/kube-example");
  const whole = sums.filter(Boolean).length;
  return {
    claim: "Site and data deleted by the document",
    measured: `the namespace is ${gone ? "gone" : "there"}; ${released.length} of ${volumes.length} volumes are Released, with ${whole} of ${uploads.length} uploads whole on CephFS; ${objects} of 2 objects of Rook's, the CephFilesystem and the pool, are there`,
    sample: "1 stack, by docs/own-cluster.md",
    mark: "the namespace goes, volumes of classes with Retain and Rook's objects stay",
    passed: gone && released.length === 2 && whole === uploads.length && objects === 2,
  };
}
