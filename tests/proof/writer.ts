import { readFileSync } from "node:fs";
import { execa } from "execa";
import { kubectlEnvironment, kubectlPath } from "../../local/cluster/kubectl.ts";
import { inNamespace, keep, namespace, type Pod, until } from "./kube.ts";

const script = readFileSync(new URL("./writer.php", import.meta.url), "utf8");

/** What became of the rows a writer was told are committed. */
export interface Rows {
  acknowledged: number;
  lost: number;
}

/**
 * Writes rows from a WordPress pod while `work` runs, for `limit` seconds at most, a hundred a second; then looks every
 * acknowledged row up, once the database answers.
 */
export async function whileWriting(pod: Pod, limit: number, work: () => Promise<unknown>): Promise<Rows> {
  const end = await startWriter(pod, limit);
  await work().catch(async (error) => {
    await end().catch(() => {});
    throw error;
  });
  return end();
}

async function startWriter(pod: Pod, limit: number): Promise<() => Promise<Rows>> {
  const end = await startPhp(pod, script, limit);
  return async () => {
    const acknowledged = numbers(await end());
    if (acknowledged.length === 0)
      throw new Error("the writer was told of no committed row: nothing was tested");
    let stored: number[] = [];
    await until("the rows", 120, async () => {
      stored = numbers(`${await runPhp(pod, script, "check")}\n`);
      return true;
    });
    await runPhp(pod, script, "drop");
    const there = new Set(stored);
    return { acknowledged: acknowledged.length, lost: acknowledged.filter((id) => !there.has(id)).length };
  };
}

/**
 * Starts a script in a pod that writes for `limit` seconds or until its stop file is there, after what it has written
 * before was taken away. The function returned ends it and gives what it has printed.
 */
export async function startPhp(pod: Pod, script: string, limit: number): Promise<() => Promise<string>> {
  await keep(pod);
  await runPhp(pod, script, "drop");
  const run = execa(kubectlPath(), ["-n", namespace, ...phpIn(pod, String(limit))], {
    env: kubectlEnvironment(),
    input: script,
    reject: false,
    // A last line without its end may be half a number.
    stripFinalNewline: false,
    timeout: (limit + 60) * 1000,
  });
  return async () => {
    // Ending kubectl would leave the script running.
    await inNamespace(["exec", pod.metadata.name, "-c", "wordpress", "--", "touch", "/tmp/proof-stop"]);
    return String((await run).stdout);
  };
}

/** Runs a script in a pod with one argument and returns what it printed. */
export function runPhp(pod: Pod, script: string, argument: string): Promise<string> {
  return inNamespace(phpIn(pod, argument), { input: script });
}

function phpIn({ metadata }: Pod, argument: string): string[] {
  return ["exec", "-i", metadata.name, "-c", "wordpress", "--", "php", "--", argument];
}

/** The numbers that stand in whole lines. */
export function numbers(text: string): number[] {
  return text.split("\n").slice(0, -1).map(Number);
}
