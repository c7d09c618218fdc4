import { count, type Finding, report, seconds } from "./findings.ts";
import { inNamespace, type Pod, read, restarts, until } from "./kube.ts";
import { type Sibling, withSibling } from "./siblings.ts";
import { faultsIn, rowsOf, sql } from "./sql.ts";
import { numbers } from "./writer.ts";

const mebibyte = 2 ** 20;
const table = "proof_full";
const filling = "REPEAT('x', 262144)";

/** Each row takes a quarter of a mebibyte of its table and as much of the binary log; far more of them than fit. */
const insertion = `INSERT INTO ${table} (filling) VALUES (${filling}); SELECT LAST_INSERT_ID();\n`;
const fill =
  `CREATE TABLE ${table} (id INT AUTO_INCREMENT PRIMARY KEY, filling LONGBLOB) ENGINE=InnoDB;\n` +
  insertion.repeat(400);

const sibling: Sibling = {
  name: "proof-full-mysql",
  workload: ["statefulset", "wordpress-mysql"],
  volume: { name: "data", size: "512Mi" },
  memory: "2Gi",
};

/** MySQL's volume fills up while rows are written, is read meanwhile, and is given space again. */
export function databaseVolumeFull(): Promise<Finding> {
  return withSibling(sibling, async (pod, volume) => {
    await volume.fillUpTo(64 * mebibyte);
    const refused = await sql(pod, fill, 40);
    const committed = idsIn(refused.lines);
    const readable = await sql(pod, `SELECT COUNT(*) FROM ${table};`).then(
      ({ lines: [rows = "no"] }) => rows,
      () => "no",
    );
    const told = fullDisk(await logsOf(pod));
    report(`full after ${committed.length} rows: ${refused.lines.at(-1)}; ${told ?? "nothing in the log"}`);

    await volume.relieve();
    // A commit that waits for space in the binary log looks again once a minute.
    const took = await until("a committed row", 150, async () => (await sql(pod, insertion)).done, 1000);
    const lost = await missing(pod, committed);
    const faults = faultsIn(await rowsOf(pod, `CHECK TABLE ${table};`, 60));
    const restarted = restarts(await read<Pod>("pod", pod));
    return {
      claim: "MySQL's volume full",
      measured: `${refusal(refused.lines)}; its log: "${told ?? "nothing"}"; ${readable} rows readable meanwhile; writes again ${seconds(took)} after there was space; ${lost} of ${count(committed.length)} committed rows lost or changed, ${faults.length} faults found by CHECK TABLE, restarted ${restarted} times`,
      sample:
        "a sibling of the site's MySQL on a volume of 512 MiB, since the embedded cluster's have no limit",
      mark: "a clear signal, committed rows readable and kept, writes again after relief",
      passed:
        committed.length > 0 &&
        !refused.done &&
        told !== undefined &&
        Number(readable) >= committed.length &&
        lost === 0 &&
        faults.length === 0,
    };
  });
}

/** Numbers of the rows the client was told are committed. */
export function idsIn(lines: string[]): number[] {
  return numbers(`${lines.join("\n")}\n`).filter((id) => id > 0);
}

/** What a client learns: an error, or nothing, since the server waits for space. */
function refusal(lines: string[]): string {
  const error = lines.find((line) => line.startsWith("ERROR"));
  return error ? `a write got "${error}"` : "a write waited for space";
}

/** The line of a server's log that says that its disk is full. */
export function fullDisk(log: string): string | undefined {
  const line = log
    .split("\n")
    .find((text) => /disk is (not )?full|No space left on device|The table '[^']*' is full/i.test(text));
  // After time, thread, level and number; a table cell needs no more.
  return line?.replace(/^\S+ \d+ (\[[^\]]*\] )*/, "").slice(0, 160);
}

/** Also of the server before, should it have ended itself. */
async function logsOf(pod: string): Promise<string> {
  const logs = (more: string[]) => inNamespace(["logs", pod, "-c", "mysql", "--tail=300", ...more]);
  return `${await logs(["--previous"]).catch(() => "")}\n${await logs([]).catch(() => "")}`;
}

async function missing(pod: string, committed: number[]): Promise<number> {
  const whole = await rowsOf(pod, `SELECT id FROM ${table} WHERE filling = ${filling};`, 60);
  const there = new Set(idsIn(whole));
  return committed.filter((id) => !there.has(id)).length;
}
