import { readFileSync } from "node:fs";
import { alternate } from "../../tools/bench/alternate.ts";
import { withPods } from "../../tools/bench/control-pods.ts";
import { spread } from "../../tools/bench/report.ts";
import type { Claim } from "./ceph-site.ts";
import { count, type Finding, seconds } from "./findings.ts";
import { filledAndRelieved, lastLine } from "./full-uploads.ts";
import { inNamespace, keep, type Pod, read, readyPods, settled, until } from "./kube.ts";
import { mustUp, type Settings } from "./up.ts";

const uploadsFolder = "/var/www/html/wp-content/uploads";

/** The site's own volume is full: its size is the quota of its folder. */
export async function volumeFull(): Promise<Finding> {
  await settled();
  const [pod] = await readyPods("frontend");
  if (!pod) throw new Error("no WordPress pod is ready");
  await keep(pod);
  const ballast = `${uploadsFolder}/proof-ballast`;
  const shell = (script: string, limit = 60) =>
    inNamespace(["exec", pod.metadata.name, "-c", "wordpress", "--", "sh", "-c", script], { seconds: limit });
  const relieve = async () => {
    await shell(`rm -f ${ballast}-*`);
    // Ceph counts what was deleted a moment later.
    const room = `dd if=/dev/zero of=${ballast}-room bs=1M count=32 conv=fsync status=none && rm ${ballast}-room`;
    await until("space on the volume", 60, async () => shell(room).then(() => true), 1000);
  };
  const { spec } = await read<Claim>("pvc", "wordpress-pvc");
  try {
    return await filledAndRelieved(pod.metadata.name, {
      claim: "The volume on CephFS full",
      sample: `the site's own volume of ${spec.resources.requests.storage}, filled from one of its pods`,
      // In steps, since what many writes have added reaches the quota a moment later; 4 GiB at most.
      fill: async () => {
        const step = `dd if=/dev/zero of=${ballast}-$step bs=1M count=64 conv=fsync status=none || exit 0; sleep 1`;
        await shell(
          `for step in $(seq 64); do ${step}; done; echo "the quota does not hold" >&2; exit 1`,
          540,
        );
      },
      relieve,
    });
  } finally {
    await shell(`rm -f ${ballast}-*`);
  }
}

/** A larger volume is asked for. */
export async function claimGrows(grown: Settings, size: string): Promise<Finding> {
  const begun = Date.now();
  await mustUp(grown);
  const took = (Date.now() - begun) / 1000;
  const { spec, status } = await read<Claim>("pvc", "wordpress-pvc");
  const asked = spec.resources.requests.storage;
  return {
    claim: "A larger `wordpress.storage.size` by `pulumi up`",
    measured: `the claim asks for ${asked} after ${seconds(took)}, and its volume has ${status.capacity.storage}: to make it larger takes the resizer of Ceph-CSI, which this cluster does not have`,
    sample: "1 update",
    mark: `the API accepts it, and the claim asks for ${size}`,
    passed: asked === size && status.phase === "Bound",
  };
}

const script = readFileSync(new URL("./small-files.php", import.meta.url), "utf8");

/** Files, and the seconds that took. */
interface Timed {
  files: number;
  seconds: number;
}

async function timed(pod: string, ...args: string[]): Promise<Timed> {
  const php = ["exec", "-i", pod, "-c", "wordpress", "--", "php", "--", ...args];
  return JSON.parse(lastLine(await inNamespace(php, { input: script, seconds: 400 })));
}

/** What files on CephFS cost, beside those on a pod's own disk: figures to choose `wordpress.content` by. */
export async function smallFiles(): Promise<Finding[]> {
  await settled();
  const tree = `${uploadsFolder}/proof-tree`;
  return withPods([{ name: "shared" }, { name: "image", codeOnNode: true }], async (addresses) => {
    const writer = await otherNodes("bench-shared");
    try {
      await timed(writer, "copy", tree);
      const read = {
        shared: await timed("bench-shared", "read", tree),
        image: await timed("bench-image", "read"),
      };
      const made = { shared: await timed("bench-shared", "make"), image: await timed("bench-image", "make") };
      const load = { seconds: 4, connections: 1, perSecond: 0 };
      const { shared, image } = await alternate(addresses, 5, load);
      return [
        figure({
          claim: "Small files on CephFS, and on a pod's own disk",
          measured: `${count(made.shared.files)} files of 4 KiB made in ${took(made.shared)}, on the own disk in ${took(made.image)}; ${count(read.shared.files)} files of WordPress' code read in ${took(read.shared)}, on the own disk in ${took(read.image)}`,
          sample:
            "once each; what is read from CephFS was written on another node and never read on this one",
        }),
        figure({
          claim: "A page with the code on CephFS, and on a pod's own disk as with `content: image`",
          measured: `p50 ${spread(shared?.p50 ?? [], 1)} ms on CephFS, ${spread(image?.p50 ?? [], 1)} ms on the own disk (median and range)`,
          sample: `two pods by turns, past the page cache, 5 rounds of ${load.seconds} s over one connection each`,
        }),
      ];
    } finally {
      await timed(writer, "drop", tree);
    }
  });
}

function took({ seconds: figure }: Timed): string {
  return `${figure.toFixed(2)} s`;
}

/** What was measured without a promise. */
function figure(found: Pick<Finding, "claim" | "measured" | "sample">): Finding {
  return { ...found, mark: "nothing: a figure to choose by", passed: true };
}

/** A pod of the site on another node than this pod's. */
async function otherNodes(name: string): Promise<string> {
  const { nodeName } = (await read<Pod>("pod", name)).spec;
  const pod = (await readyPods("frontend")).find(({ spec }) => spec.nodeName !== nodeName);
  if (!pod) throw new Error(`all WordPress pods run on ${nodeName}`);
  await keep(pod);
  return pod.metadata.name;
}
