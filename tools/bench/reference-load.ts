import { setTimeout as sleep } from "node:timers/promises";
import { count } from "../../tests/proof/findings.ts";
import { settled, wantedReplicas } from "../../tests/proof/kube.ts";
import { mustUp, restoring } from "../../tests/proof/up.ts";
import { type CpuSeconds, meterCpu } from "./cpu.ts";
import { failedOf, loadSite, referenceLoad, type Served } from "./fortio.ts";
import { judged, milliseconds, type Table } from "./report.ts";

/** One run of the load, and what came with it. */
export interface Measured extends Served {
  cpu: CpuSeconds;
  /** WordPress pods before and after: the autoscaler is on. */
  pods: [number, number];
}

/** The load the promise names, with the page cache and without, and what it costs. */
export function referenceLoads(): Promise<Table[]> {
  return restoring(async () => {
    await settled();
    const cached = await measure();
    await mustUp({ pageCache: { enabled: false } });
    await settled();
    const uncached = await measure();
    return [pages(cached, uncached), cost(cached, uncached)];
  });
}

async function measure(): Promise<Measured> {
  // Every cache pod has met the page, and every worker has compiled it.
  await loadSite({ seconds: 5, connections: 8, perSecond: 50 });
  await sleep(5000);
  const before = await wantedReplicas();
  const metered = meterCpu();
  const load = await loadSite(referenceLoad);
  return { ...load, cpu: metered(), pods: [before, await wantedReplicas()] };
}

const asked = referenceLoad.seconds * referenceLoad.perSecond;

/** Requests, failures and times. */
export function pages(cached: Measured, uncached: Measured): Table {
  const row = (name: string, load: Measured) => [
    name,
    load.perSecond.toFixed(1),
    `${count(load.total)} of ${count(asked)}`,
    failedOf(load),
    milliseconds(load.p50),
    milliseconds(load.p99),
    load.pods[0] === load.pods[1] ? `${load.pods[0]}` : load.pods.join(" → "),
  ];
  // A connection that is late for its last request at the end of the minute no longer sends it.
  const inFull = cached.total >= asked * 0.999;
  return {
    title: "The reference load",
    setup: `${referenceLoad.connections} connections that ask for ${referenceLoad.perSecond} front pages a second, for ${referenceLoad.seconds} s, through Traefik over TLS; fortio runs on the same machine. One run each, \`npm run bench -- reference-load\`,`,
    columns: ["", "Pages/s", "Sent", "Failed", "p50", "p99", "WordPress pods"],
    rows: [row("with the page cache", cached), row("without", uncached)],
    conclusions: [
      `With the page cache: 1000/s in full, ${judged(inFull)}; 0 failed, ${judged(cached.failed === 0)}; p99 below 50 ms, ${judged(cached.p99 < 0.05)}.`,
    ],
  };
}

/** What 1000 pages cost, by program. */
export function cost(cached: Measured, uncached: Measured): Table {
  const names = [...new Set([...Object.keys(cached.cpu), ...Object.keys(uncached.cpu)])];
  // Of no program in particular, so at the end.
  const ordered = [...names.filter((name) => name !== "rest"), "rest"];
  const each = ({ cpu, total }: Measured, name: string) => ((cpu[name] ?? 0) * 1000) / total;
  const row = (name: string) => [name, each(cached, name).toFixed(2), each(uncached, name).toFixed(2)];
  const sum = (load: Measured) => ordered.reduce((total, name) => total + each(load, name), 0);
  return {
    title: "CPU seconds for 1000 pages",
    setup: `Of the two runs above (${count(cached.total)} and ${count(uncached.total)} pages): what all processes of each program used, the load itself included, and the rest of the machine (cluster and benchmark); \`npm run bench -- reference-load\`,`,
    columns: ["", "with the page cache", "without"],
    rows: [...ordered.map(row), ["**together**", sum(cached).toFixed(2), sum(uncached).toFixed(2)]],
    conclusions: [
      `A page from the cache costs 1/${(sum(uncached) / sum(cached)).toFixed(0)} of one from WordPress.`,
    ],
  };
}
