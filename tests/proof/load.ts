import { execa } from "execa";
import { dataPath } from "../../local/toolchain/cache.ts";
import { ensureTools } from "../../local/toolchain/tools.ts";
import { commenter, siteUrl } from "../e2e/environment.ts";
import { count, lastLines, report } from "./findings.ts";

/** A stream of requests at a steady rate, or as fast as its connections allow. */
export interface Stream {
  path: string;
  /** A POST that was sent is never repeated by Traefik: one whose pod ends over it is a failed one. */
  method: "GET" | "POST";
  perSecond: number;
  connections: number;
}

/** Longest wait for an answer, in seconds: a visitor waits a while when code is exchanged, and fails by an error. */
export const patience = 30;

/** What came of a load. A failed request is one without an answer within {@link patience}, or with another than 200. */
export interface LoadResult {
  total: number;
  failed: number;
  /** Answers by status; -1 stands for none. */
  codes: Record<string, number>;
  /** Seconds within which half and 99 % of the answers came; of the slowest stream. */
  p50: number;
  p99: number;
}

interface FortioResult {
  RetCodes: Record<string, number>;
  DurationHistogram: { Percentiles: { Percentile: number; Value: number }[] | null };
}

/** Longest load, in seconds: it ends by itself should nobody end it. */
const longest = 1800;

/**
 * What a handful of visitors does: pages made by PHP from the database, the files that belong to them, and between
 * them many requests that cost next to nothing (PHP that only sets a few variables). Pages and these come by POST, so
 * that nothing that was sent is repeated: three in a second would meet a dead pod's few hundred milliseconds too seldom.
 */
export const visitors: Stream[] = [
  { path: "/", method: "POST", perSecond: 3, connections: 3 },
  { path: "/wp-includes/version.php", method: "POST", perSecond: 20, connections: 4 },
  { path: "/wp-includes/images/blank.gif", method: "GET", perSecond: 100, connections: 8 },
];

/** The same for people. */
export const visitorsInWords =
  "3 pages and 20 requests for the smallest of PHP files a second by POST, which Traefik never sends twice, and 100 files";

/** Requests that may be under way at once. */
export function connectionsOf(streams: Stream[]): number {
  return streams.reduce((sum, { connections }) => sum + connections, 0);
}

/** Requests asked for in a second; what is answered late is not made up for. */
export function askedPerSecond(streams: Stream[]): number {
  return streams.reduce((sum, { perSecond }) => sum + perSecond, 0);
}

/** Starts the streams through Traefik over https; the function returned ends them and counts. */
export async function startLoad(streams: Stream[]): Promise<() => Promise<LoadResult>> {
  const { fortio } = await ensureTools(["fortio"], report);
  const runs = streams.map((stream) => fortioRun(fortio, stream));
  return async () => {
    for (const run of runs) run.kill("SIGINT");
    return (await Promise.all(runs.map(resultOf))).reduce(add);
  };
}

async function resultOf(run: ReturnType<typeof fortioRun>): Promise<LoadResult> {
  const { stdout, stderr } = await run;
  if (stdout === "") throw new Error(`the load has no result:\n${lastLines(stderr)}`);
  return parse(stdout);
}

function fortioRun(fortio: string, { path, method, perSecond, connections }: Stream) {
  const args = [
    ...[
      "load",
      "-json",
      "-",
      "-quiet",
      "-log-errors=false",
      "-allow-initial-errors",
      "-nocatchup",
      "-uniform",
    ],
    ...["-resolve", "127.0.0.1", "-cacert", dataPath("cluster", "acme-root.pem"), "-timeout", `${patience}s`],
    // Whatever the page cache keeps, WordPress' pods are who answer.
    ...["-H", `Cookie: ${commenter}`],
    ...["-t", `${longest}s`, "-qps", String(perSecond), "-c", String(connections)],
    ...(method === "POST" ? ["-payload", "x=1", "-content-type", "application/x-www-form-urlencoded"] : []),
    siteUrl + path,
  ];
  // Ends with this process, also when that is killed.
  return execa("setpriv", ["--pdeathsig", "TERM", fortio, ...args], {
    reject: false,
    stdin: "ignore",
    forceKillAfterDelay: 30_000,
    timeout: (longest + 60) * 1000,
  });
}

/** What fortio's JSON says. */
export function parse(json: string): LoadResult {
  const { RetCodes: codes, DurationHistogram } = JSON.parse(json) as FortioResult;
  const total = Object.values(codes).reduce((sum, figure) => sum + figure, 0);
  if (total === 0) throw new Error("the load asked for nothing");
  const percentile = (wanted: number) =>
    DurationHistogram.Percentiles?.find(({ Percentile }) => Percentile === wanted)?.Value ?? 0;
  return { total, failed: total - (codes["200"] ?? 0), codes, p50: percentile(50), p99: percentile(99) };
}

function add(one: LoadResult, other: LoadResult): LoadResult {
  const codes = { ...one.codes };
  for (const [code, figure] of Object.entries(other.codes)) codes[code] = (codes[code] ?? 0) + figure;
  return {
    total: one.total + other.total,
    failed: one.failed + other.failed,
    codes,
    p50: Math.max(one.p50, other.p50),
    p99: Math.max(one.p99, other.p99),
  };
}

/** `3 of 4,200 requests failed (502: 3), p99 180 ms`. */
export function failures({ total, failed, codes, p99 }: LoadResult): string {
  const kinds = Object.entries(codes).filter(([code]) => code !== "200");
  const list = kinds.map(([code, figure]) => `${code === "-1" ? "no answer" : code}: ${figure}`).join(", ");
  return `${count(failed)} of ${count(total)} requests failed${list ? ` (${list})` : ""}, p99 ${(p99 * 1000).toFixed(0)} ms`;
}

/** Runs `work` under the visitors' load and counts. */
export async function underLoad(work: () => Promise<unknown>, streams = visitors): Promise<LoadResult> {
  const end = await startLoad(streams);
  let result: LoadResult | undefined;
  try {
    await work();
  } finally {
    result = await end();
  }
  report(failures(result));
  return result;
}
