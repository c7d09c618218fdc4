import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { siteInputs } from "../../../provider/inputs.ts";
import { recordResources } from "../../../tools/mocks.ts";

const url = "https://blog.example.com";

/** What the SDK makes of an output of a resource that is not there yet. */
function later(value: unknown, resources: pulumi.Resource[] = []): pulumi.Output<unknown> {
  const output = pulumi.output(value);
  return Object.assign(output, {
    isKnown: Promise.resolve(false),
    allResources: async () => new Set(resources),
  });
}

async function faultsOf(inputs: pulumi.Inputs): Promise<readonly string[]> {
  const error = await siteInputs(inputs).then(
    () => expect.fail("was accepted"),
    (reason: { faults: readonly string[] }) => reason,
  );
  return error.faults;
}

describe("inputs from another language", () => {
  before(() => recordResources());

  it("are what is known, as plain values", async () => {
    const aliases = pulumi.output(["www.example.com"]);
    const { args } = await siteInputs({ site: pulumi.output({ url, aliases }), protectData: true });
    expect(args).to.deep.equal({ site: { url, aliases: ["www.example.com"] }, protectData: true });
  });

  it("may have texts that are known later, or secret, and wait for what they come from", async () => {
    const maker = new pulumi.ComponentResource("wordpress:index:Test", "maker");
    const namespace = later("blog", [maker]);
    const title = pulumi.secret("Blog");
    const { args, dependsOn } = await siteInputs({ namespace, site: { url, title } });
    expect(args.namespace).to.equal(namespace);
    expect(args.site.title).to.equal(title);
    expect(dependsOn).to.deep.equal([maker]);
  });

  it("are refused with every fault, known later or not", async () => {
    const faults = await faultsOf({
      site: { url: later("") },
      protectData: later(true),
      wordpress: { content: later("image"), podLabels: later({}), replica: 3, storage: { size: "2GB" } },
      mysql: later({}),
    });
    expect(faults).to.have.members([
      "protectData: has to be known before anything is made; expected true or false, not an output or a secret",
      "mysql: has to be known before anything is made; expected a map of keys, not an output or a secret",
      "wordpress.content: has to be known before anything is made; expected one of shared, image, not an output or a secret",
      "wordpress.podLabels: has to be known before anything is made; expected a map of labels: names and values of at most 63 letters, digits, '-', '_' or '.', and none of app, tier, app.kubernetes.io/ or what Kubernetes sets itself, not an output or a secret",
      'wordpress.storage.size: "2GB" is not allowed; expected a size with a binary unit, such as 512Mi or 20Gi',
      "wordpress.replica: is not a known key; did you mean replicas?",
    ]);
  });

  it("are refused when they do not go together", async () => {
    const faults = await faultsOf({
      site: { url },
      wordpress: { storage: { accessMode: "ReadWriteOnce" }, autoscaling: { enabled: false } },
    });
    expect(faults[0]).to.match(/^wordpress\.replicas: 3 is not allowed/);
  });
});
