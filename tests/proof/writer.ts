import { readFileSync } from "node:fs";
import { execa } from "execa";
import { kubectlEnvironment, kubectlPath } from "../../local/cluster/kubectl.ts";
import { inNamespace, namespace, type Pod, until } from "./kube.ts";

const script = readFileSync(new URL("./writer.php", import.meta.url), "utf8");

/** What became of the rows a writer was told are committed. */
export interface Rows {
  acknowledged: number;
  lost: number;
}

/**
 * Writes rows from a WordPress pod for `limit` seconds at most, a hundred a second; the function returned stops it and
 * looks every acknowledged row up, once the database answers.
 */
export async function startWriter(pod: Pod, limit: number): Promise<() => Promise<Rows>> {
  await php(pod, "drop");
  const args = [
    "-n",
    namespace,
    "exec",
    "-i",
    pod.metadata.name,
    "-c",
    "wordpress",
    "--",
    "php",
    "--",
    String(limit),
  ];
  const run = execa(kubectlPath(), args, {
    env: kubectlEnvironment(),
    input: script,
    reject: false,
    timeout: (limit + 60) * 1000,
  });
  return async () => {
    // Ending kubectl would leave the script running.
    await inNamespace(["exec", pod.metadata.name, "-c", "wordpress", "--", "touch", "/tmp/proof-stop"]);
    const acknowledged = numbers(String((await run).stdout));
    if (acknowledged.length === 0)
      throw new Error("the writer was told of no committed row: nothing was tested");
    let stored: number[] = [];
    await until("the rows", 120, async () => {
      stored = numbers(await php(pod, "check"));
      return true;
    });
    await php(pod, "drop");
    const there = new Set(stored);
    return { acknowledged: acknowledged.length, lost: acknowledged.filter((id) => !there.has(id)).length };
  };
}

function php(pod: Pod, argument: string): Promise<string> {
  return inNamespace(["exec", "-i", pod.metadata.name, "-c", "wordpress", "--", "php", "--", argument], {
    input: script,
  });
}

function numbers(text: string): number[] {
  // A last line without its end may be half a number.
  return text.split("\n").slice(0, -1).map(Number);
}
