import "../../../../stacks/start-up.ts";
import { parseConfig } from "../../../../stacks/config.ts";
import { Site } from "../../../../stacks/site.ts";

const count = Number(process.env.BENCH_SITES);
const { namespace: _, site, ...shared } = JSON.parse(process.env.BENCH_CONFIG ?? "{}");

for (let index = 1; index <= count; index++) {
  const name = `site-${index}`;
  const url = `https://${name}.localhost:8443`;
  new Site(name, parseConfig({ ...shared, namespace: name, site: { ...site, url } }));
}
