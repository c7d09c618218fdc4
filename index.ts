import "./stacks/start-up.ts";
import * as pulumi from "@pulumi/pulumi";
import { advice } from "./stacks/advice.ts";
import { loadConfig } from "./stacks/config.ts";
import { preflight } from "./stacks/preflight/index.ts";
import { Site } from "./stacks/site.ts";
import { verified } from "./stacks/verify/index.ts";

const config = loadConfig();
await preflight(config);
for (const sentence of advice(config)) await pulumi.log.info(sentence);
const site = new Site("wordpress", config);

export const { namespace, mysqlHost, databaseSecretName, adminSecretName, databasePassword } = site;
export const url = verified(site.url, config);
