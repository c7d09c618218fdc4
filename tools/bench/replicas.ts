import { inNamespace, settled } from "../../tests/proof/kube.ts";
import { failures } from "../../tests/proof/load.ts";
import { mustUp, restoring } from "../../tests/proof/up.ts";
import { loadSite } from "./fortio.ts";
import { milliseconds, type Table } from "./report.ts";

/** Pages WordPress makes in a second with more and more pods, nothing cached, through Traefik over TLS. */
export function replicas(): Promise<Omit<Table, "date">[]> {
  const load = { seconds: 20, connections: 16, perSecond: 0 };
  return restoring(async () => {
    await mustUp({ "wordpress.autoscaling.enabled": "false", "wordpress.replicas": "1" });
    const rows: string[][] = [];
    for (const wanted of [1, 2, 3, 6]) {
      await inNamespace(["scale", "deployment/wordpress", `--replicas=${wanted}`]);
      await settled();
      await loadSite({ ...load, seconds: 4 });
      const served = await loadSite(load);
      rows.push([`${wanted}`, served.perSecond.toFixed(1), failures(served), milliseconds(served.p50)]);
    }
    return [
      {
        title: "Uncached pages by replicas",
        setup: `Autoscaling off, ${load.connections} connections that ask as fast as they are answered, ${load.seconds} s each, \`npm run bench -- replicas\`,`,
        columns: ["Replicas", "Pages/s", "Failed", "p50"],
        rows,
        conclusions: [
          "A pod may use as much CPU as its limit says (200m by default), so pages grow with pods while the machine has cores left.",
        ],
      },
    ];
  });
}
