import { readFileSync } from "node:fs";
import { siteUrl } from "../e2e/environment.ts";
import type { Finding } from "./findings.ts";
import { inNamespace, isReady, type Pod, read } from "./kube.ts";
import { type Sibling, withSibling } from "./siblings.ts";

const script = readFileSync(new URL("./rest-media.php", import.meta.url), "utf8");
const mebibyte = 2 ** 20;

/** What WordPress answered to an upload. */
interface Upload {
  status: number;
  message: string;
  id: number | null;
  /** Path in the pod. */
  file: string | null;
  sum: string;
}

const sibling: Sibling = {
  name: "proof-full-uploads",
  workload: ["deployment", "wordpress"],
  volume: { name: "small", size: "32Mi", mountPath: "/var/www/html/wp-content/uploads" },
};

/** WordPress' volume is full, shown on a small one. */
export function uploadsVolumeFull(): Promise<Finding> {
  return withSibling(sibling, (pod, volume) =>
    filledAndRelieved(pod, {
      claim: "WordPress' volume full",
      sample:
        "a sibling of the site's pods with a volume of 32 MiB for uploads, since the embedded cluster's have no limit",
      fill: () => volume.fillUpTo(4 * mebibyte),
      relieve: () => volume.relieve(),
    }),
  );
}

/** A volume for uploads, and how there is no space on it. */
export interface Filling {
  claim: string;
  sample: string;
  /** Leaves less than 8 MiB. */
  fill(): Promise<void>;
  /** Gives the space back. */
  relieve(): Promise<void>;
}

/** An upload is refused, pages are served, and there are uploads again once there is space. */
export async function filledAndRelieved(
  pod: string,
  { claim, sample, fill, relieve }: Filling,
): Promise<Finding> {
  const uploads: Upload[] = [];
  const upload = async (name: string, mebibytes: number) => {
    const made: Upload = JSON.parse(lastLine(await php(pod, "upload", name, String(mebibytes))));
    uploads.push(made);
    return made;
  };
  try {
    const before = await upload("proof-before", 4);
    await fill();
    const refused = await upload("proof-refused", 8);
    const page = await pageOf(pod);
    const ready = isReady(await read<Pod>("pod", pod));
    await relieve();
    const again = await upload("proof-again", 8);
    const whole = [await isWhole(pod, before), await isWhole(pod, again)];
    return {
      claim,
      measured: `an upload got ${refused.status} "${refused.message}" and ${refused.id === null ? "no" : "an"} entry in the library; meanwhile the pod was ${ready ? "ready" : "not ready"} and its front page ${page}; after relief an upload got ${again.status}; ${whole.filter(Boolean).length} of 2 files taken are whole`,
      sample,
      mark: "a clear refusal, pages meanwhile, files whole, uploads after relief",
      passed:
        before.status === 201 &&
        refused.status >= 400 &&
        refused.message !== "" &&
        refused.id === null &&
        page === "200" &&
        ready &&
        again.status === 201 &&
        whole.every(Boolean),
    };
  } finally {
    // The library is the site's own.
    const ids = uploads.flatMap(({ id }) => (id === null ? [] : [String(id)]));
    if (ids.length > 0) await php(pod, "delete", ...ids);
  }
}

function php(pod: string, ...args: string[]): Promise<string> {
  return inNamespace(["exec", "-i", pod, "-c", "wordpress", "--", "php", "--", ...args], { input: script });
}

/** WordPress or PHP may have printed a notice before. */
export function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}

/** Status of the front page as the pod itself serves it, asked for as Traefik would. */
async function pageOf(pod: string): Promise<string> {
  const header = `Host: ${new URL(siteUrl).host}\\r\\nX-Forwarded-Proto: https`;
  const code = `$c = stream_context_create(["http" => ["header" => "${header}", "timeout" => 10]]);
    echo explode(" ", get_headers("http://127.0.0.1/", false, $c)[0])[1];`;
  return lastLine(await inNamespace(["exec", pod, "-c", "wordpress", "--", "php", "-r", code]));
}

async function isWhole(pod: string, { file, sum }: Upload): Promise<boolean> {
  if (file === null) return false;
  return (await inNamespace(["exec", pod, "-c", "wordpress", "--", "sha256sum", file])).startsWith(sum);
}
