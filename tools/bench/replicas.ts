import { inNamespace, settled } from "../../tests/proof/kube.ts";
import { mustUp, restoring } from "../../tests/proof/up.ts";
import { failedOf, loadSite, type Served } from "./fortio.ts";
import { milliseconds, type Table, times } from "./report.ts";

const most = 6;

// Two for each pod at most: one pod alone then keeps a page waiting for seconds, and not for the ten that fail it.
const load = { seconds: 15, connections: 2 * most, perSecond: 0 };

/** Pages WordPress makes in a second with more and more pods, nothing cached, through Traefik over TLS. */
export function replicas(): Promise<Table[]> {
  return restoring(async () => {
    // As many as the autoscaler's most: MySQL's connections follow from that, and a change would restart it.
    await mustUp({
      pageCache: { enabled: false },
      wordpress: { autoscaling: { enabled: false }, replicas: most },
    });
    const found: Served[] = [];
    for (let wanted = 1; wanted <= most; wanted++) {
      await inNamespace(["scale", "deployment/wordpress", `--replicas=${wanted}`]);
      await settled();
      await loadSite({ ...load, seconds: 4 });
      found.push(await loadSite(load));
    }
    return [table(found)];
  });
}

/** The table of the loads with one pod, two and so on. */
export function table(found: Served[]): Table {
  const one = found[0]?.perSecond ?? Number.NaN;
  return {
    title: "Uncached pages by replicas",
    setup: `Autoscaling off, ${load.connections} connections that ask as fast as they are answered, ${load.seconds} s each, one run, \`npm run bench -- replicas\`,`,
    columns: ["Replicas", "Pages/s", "Of one replica's", "Failed", "p50"],
    rows: found.map((served, index) => [
      `${index + 1}`,
      served.perSecond.toFixed(1),
      times(served.perSecond / one),
      failedOf(served),
      milliseconds(served.p50),
    ]),
    conclusions: [
      "A pod may use as much CPU as its limit says (`wordpress.resources.limits.cpu`), so pages grow with pods while the machine has cores left; the load, Traefik and MySQL are on the same ones.",
    ],
  };
}
