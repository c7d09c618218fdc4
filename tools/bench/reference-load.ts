import { setTimeout as sleep } from "node:timers/promises";
import { count } from "../../tests/proof/findings.ts";
import { inNamespace, settled } from "../../tests/proof/kube.ts";
import { failures } from "../../tests/proof/load.ts";
import { mustUp, restoring } from "../../tests/proof/up.ts";
import { type CpuSeconds, meterCpu } from "./cpu.ts";
import { loadSite, referenceLoad, type Served } from "./fortio.ts";
import { judged, milliseconds, type Table } from "./report.ts";

type Finding = Omit<Table, "date">;

interface Measured extends Served {
  cpu: CpuSeconds;
}

/** The load the promise names, with the page cache and without, and what it costs. */
export function referenceLoads(): Promise<Finding[]> {
  return restoring(async () => {
    await mustUp({ "pageCache.enabled": "true" });
    await settled();
    await inNamespace(["rollout", "status", "deployment/wordpress-cache", "--timeout=120s"], {
      seconds: 130,
    });
    const cached = await measure();
    await mustUp();
    await settled();
    const uncached = await measure();
    return [pages(cached, uncached), cost(cached, uncached)];
  });
}

async function measure(): Promise<Measured> {
  // Every cache pod has met the page, and every worker has compiled it.
  await loadSite({ seconds: 5, connections: 8, perSecond: 50 });
  await sleep(5000);
  const metered = meterCpu();
  const load = await loadSite(referenceLoad);
  return { ...load, cpu: metered() };
}

function pages(cached: Measured, uncached: Measured): Finding {
  const row = (name: string, { perSecond, p50, p99, ...load }: Measured) => [
    name,
    perSecond.toFixed(1),
    failures(load as Measured),
    milliseconds(p50),
    milliseconds(p99),
  ];
  const { seconds, perSecond } = referenceLoad;
  const kept = cached.failed === 0 && cached.total >= seconds * perSecond * 0.999 && cached.p99 < 0.05;
  return {
    title: "The reference load",
    setup: `8 connections that ask for 1000 front pages a second, for ${seconds} s, through Traefik over TLS; fortio runs on the same machine. One run each, \`npm run bench -- reference-load\`,`,
    columns: ["", "Pages/s", "Failed", "p50", "p99"],
    rows: [row("with the page cache", cached), row("without", uncached)],
    conclusions: [`1000/s in full, 0 failed, p99 below 50 ms with the page cache: ${judged(kept)}.`],
  };
}

function cost(cached: Measured, uncached: Measured): Finding {
  const names = [...new Set([...Object.keys(cached.cpu), ...Object.keys(uncached.cpu)])];
  const each = ({ cpu, total }: Measured, name: string) => ((cpu[name] ?? 0) * 1000) / total;
  const row = (name: string) => [name, each(cached, name).toFixed(2), each(uncached, name).toFixed(2)];
  const sum = (load: Measured) => names.reduce((total, name) => total + each(load, name), 0);
  return {
    title: "CPU seconds for 1000 pages",
    setup: `Of the two runs above (${count(cached.total)} and ${count(uncached.total)} pages): what the processes of each program used, the load itself included,`,
    columns: ["", "with the page cache", "without"],
    rows: [...names.map(row), ["**together**", sum(cached).toFixed(2), sum(uncached).toFixed(2)]],
    conclusions: [
      `A page from the cache costs 1/${(sum(uncached) / sum(cached)).toFixed(0)} of one from WordPress.`,
    ],
  };
}
