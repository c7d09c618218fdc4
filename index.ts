import { loadConfig } from "./stacks/config.ts";
import { preflight } from "./stacks/preflight/index.ts";

// Node strips types in place, so every position holds. The SDK would look for source maps with each promise it makes,
// and would find none.
Reflect.deleteProperty(Error, "prepareStackTrace");

const config = loadConfig();
// Loaded while the cluster answers.
const [{ Site }] = await Promise.all([import("./stacks/site.ts"), preflight(config)]);
const site = new Site("wordpress", config);

export const { url, namespace, mysqlHost, databaseSecretName, adminSecretName, databasePassword } = site;
