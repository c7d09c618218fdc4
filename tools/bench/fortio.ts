import { controlPlane, nodeExec } from "../../local/cluster/index.ts";
import { dataPath } from "../../local/toolchain/cache.ts";
import { run } from "../../local/toolchain/process.ts";
import { ensureTools } from "../../local/toolchain/tools.ts";
import { siteUrl } from "../../tests/e2e/environment.ts";
import { report } from "../../tests/proof/findings.ts";
import { failures, type LoadResult, parse } from "../../tests/proof/load.ts";

/** A load of one kind of request. */
export interface Load {
  seconds: number;
  connections: number;
  /** Requests asked for each second; 0 for as many as come back. */
  perSecond: number;
}

/** What came of it. */
export interface Served extends LoadResult {
  /** Requests answered with 200, by second. */
  perSecond: number;
}

/** The load of the tutorial this project grew from. */
export const referenceLoad: Load = { seconds: 60, connections: 8, perSecond: 1000 };

/** Asks for the front page the way a visitor does: over TLS, through Traefik, from the machine itself. */
export async function loadSite(load: Load): Promise<Served> {
  const trust = ["-resolve", "127.0.0.1", "-cacert", dataPath("cluster", "acme-root.pem")];
  const output = await run(await fortio(), [...fortioArgs(load), ...trust, `${siteUrl}/`], {
    timeout: (load.seconds + 60) * 1000,
  });
  return served(output, load);
}

/** Asks one pod for the front page, from where Traefik runs and with its headers, without Traefik and TLS. */
export async function loadPod(load: Load, address: string): Promise<Served> {
  const { host } = new URL(siteUrl);
  const headers = [`Host: ${host}`, "X-Forwarded-Proto: https", `X-Forwarded-Host: ${host}`];
  const command = [
    await fortio(),
    ...fortioArgs(load),
    ...headers.flatMap((header) => ["-H", header]),
    `http://${address}/`,
  ];
  return served(await nodeExec(controlPlane, command, load.seconds + 60), load);
}

async function fortio(): Promise<string> {
  return (await ensureTools(["fortio"], report)).fortio;
}

/**
 * Each connection sends its share of the requests, `seconds` × `perSecond` in all; one that is late sends the next at
 * once until it has caught up, so that fewer are asked for only when the site cannot serve them in time.
 */
function fortioArgs({ seconds, connections, perSecond }: Load): string[] {
  return [
    ...["load", "-json", "-", "-quiet", "-log-errors=false", "-allow-initial-errors", "-uniform"],
    // Resolution of the times, in seconds.
    ...["-timeout", "10s", "-r", "0.0001"],
    ...["-t", `${seconds}s`, "-qps", `${perSecond}`, "-c", `${connections}`],
  ];
}

function served(output: string, load: Load): Served {
  const result = parse(output);
  const nanoseconds = Number((JSON.parse(output) as { ActualDuration: number }).ActualDuration);
  const seconds = Math.max(nanoseconds / 1e9, load.seconds);
  return { ...result, perSecond: (result.total - result.failed) / seconds };
}

/** `3 of 4,200 requests failed (502: 3)`, without the times, which have columns of their own. */
export function failedOf(load: LoadResult): string {
  return failures(load).replace(/, p99 \d+ ms$/, "");
}
