import { readFileSync } from "node:fs";
import { type Pod, readyPods, until } from "./kube.ts";
import { numbers, runPhp, startPhp } from "./writer.ts";

const script = readFileSync(new URL("./files.php", import.meta.url), "utf8");

/** What became of files that were on the disks, as their writer was told. */
export interface Files {
  acknowledged: number;
  lost: number;
  /** Longest time from one file to the next, in seconds. */
  pause: number;
}

/**
 * Writes files onto the site's volume from a pod while `work` runs, for `limit` seconds at most, ten a second; then reads
 * every acknowledged one from a pod on another node.
 */
export async function whileWritingFiles(
  writer: Pod,
  limit: number,
  work: () => Promise<unknown>,
): Promise<Files> {
  const end = await startPhp(writer, script, limit);
  await work().catch(async (error) => {
    await end().catch(() => {});
    throw error;
  });
  const written = writesIn(await end());
  if (written.length === 0) throw new Error("no file was written: nothing was tested");
  let whole = new Set<number>();
  await until("the files", 120, async () => {
    const [reader = writer] = (await readyPods("frontend")).filter(
      ({ spec }) => spec.nodeName !== writer.spec.nodeName,
    );
    whole = new Set(numbers(`${await runPhp(reader, script, "check")}\n`));
    return true;
  });
  await runPhp(writer, script, "drop");
  return {
    acknowledged: written.length,
    lost: written.filter(({ id }) => !whole.has(id)).length,
    pause: longestPause(written.map(({ at }) => at)),
  };
}

/** Number and time of each file, from the lines that are whole. */
export function writesIn(text: string): { id: number; at: number }[] {
  const lines = text.split("\n").slice(0, -1);
  return lines.map((line) => line.split(" ").map(Number)).map(([id = 0, at = 0]) => ({ id, at }));
}

/** The longest time between two that follow each other; 0 for one alone. */
export function longestPause(times: number[]): number {
  return Math.max(0, ...times.slice(1).map((time, before) => time - (times[before] ?? time)));
}
