import { readFileSync } from "node:fs";
import { type Finding, seconds } from "./findings.ts";
import { inNamespace, readyPods } from "./kube.ts";

/** The dashboard in the closed network, whose policies drop what goes out, by turns with and without WordPress knowing. */
export async function dashboardInClosedNetwork({ runs }: { runs: number }): Promise<Finding> {
  const [pod] = await readyPods("frontend");
  const script = readFileSync(new URL("./dashboard.php", import.meta.url), "utf8");
  const php = ["exec", "-i", String(pod?.metadata.name), "-c", "wordpress", "--", "php", "--"];
  const took = async (network: string) =>
    Number(await inNamespace([...php, network], { input: script, seconds: 200 }));
  const blocked: number[] = [];
  const unblocked: number[] = [];
  for (let run = 0; run < runs; run++) {
    blocked.push(await took("blocked"));
    unblocked.push(await took("unblocked"));
  }
  return {
    claim: "The dashboard in a closed network",
    measured: `after ${blocked.map(seconds).join(", ")}; ${unblocked.map(seconds).join(", ")} when WordPress is not told that nothing can be asked`,
    sample: `${runs} times each, by PHP in a pod, everything WordPress asks WordPress.org to be asked anew`,
    mark: "no call out is waited for: sooner than when WordPress is not told",
    passed: Math.max(...blocked) < Math.min(...unblocked),
  };
}
