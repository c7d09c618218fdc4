import { loadConfig } from "./stacks/config.ts";
import { preflight } from "./stacks/preflight/index.ts";
import { Site } from "./stacks/site.ts";

// Node strips types in place, so every position holds. The SDK would look for source maps with each promise it makes,
// and would find none.
Reflect.deleteProperty(Error, "prepareStackTrace");

const config = loadConfig();
await preflight(config);
const site = new Site("wordpress", config);

export const { url, namespace, mysqlHost, databaseSecretName, adminSecretName, databasePassword } = site;
