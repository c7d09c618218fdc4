// Pulumi's provider protocol over the components: what `pulumi package add` and programs in other languages talk to.
import * as pulumi from "@pulumi/pulumi";
import { main, type Provider } from "@pulumi/pulumi/provider/index.js";
import { Site } from "../stacks/site.ts";
import { siteInputs } from "./inputs.ts";
import { outputNames, packageSchema, packageVersion, siteToken } from "./package-schema.ts";

const provider: Provider = {
  version: packageVersion,
  getSchema: async () => JSON.stringify(packageSchema()),
  async construct(name, type, inputs, options) {
    if (type !== siteToken) throw new Error(`The package has ${siteToken} and no ${type}.`);
    const { args, dependsOn } = await siteInputs(inputs);
    const site = new Site(name, args, pulumi.mergeOptions(options, { dependsOn }));
    return { urn: site.urn, state: Object.fromEntries(outputNames.map((output) => [output, site[output]])) };
  },
};

main(provider, process.argv.slice(2));
