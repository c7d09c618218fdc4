import { createHash } from "node:crypto";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { type OneTimeJobArgs, oneTimeJob } from "../../../components/one-time-job.ts";
import type { RecordedResource } from "../../../tools/mocks.ts";
import { type Manifest, record } from "./harness.ts";

/*
 * What mocks cannot prove: that a killed `up` leaves nothing behind. tests/proof kills some.
 */

/** A component around the function, so that the harness can build it. */
class Holder extends pulumi.ComponentResource {
  constructor(spec: OneTimeJobArgs["spec"]) {
    super("wordpress:index:Holder", "holder", {});
    const server = new ConfigMap("server", {}, { parent: this });
    const opts = { parent: this, dependsOn: [server] };
    oneTimeJob("holder-job", { namespace: "blog", labels: { app: "wordpress" }, spec }, opts);
    this.registerOutputs({});
  }
}

/** A Job's spec with one variable. */
const specWith = (value: pulumi.Input<string>): OneTimeJobArgs["spec"] => ({
  activeDeadlineSeconds: 900,
  template: { spec: { containers: [{ name: "run", image: "run:1", env: [{ name: "VALUE", value }] }] } },
});

/** A second try only for a pod that was taken away. */
const oneTry = {
  backoffLimit: 0,
  podFailurePolicy: {
    rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
  },
};

describe("oneTimeJob", () => {
  it("leaves the Job's name to the engine, and makes the Job belong to a ConfigMap", async () => {
    const { resource } = await record(() => new Holder(specWith(pulumi.output("one"))));
    const spec = {
      ...oneTry,
      activeDeadlineSeconds: 900,
      template: {
        spec: { containers: [{ name: "run", image: "run:1", env: [{ name: "VALUE", value: "one" }] }] },
      },
    };
    expect(resource("holder-job").inputs).to.deep.equal({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        // The recording's stand-in for the engine's name.
        name: "holder-job",
        namespace: "blog",
        labels: { app: "wordpress" },
        // The next `up` runs one that failed again, instead of waiting for it to change its mind.
        annotations: { "pulumi.com/replaceUnready": "true" },
        ownerReferences: [
          { apiVersion: "v1", kind: "ConfigMap", name: "holder-job-run", uid: "uid-of-holder-job-run" },
        ],
      },
      spec,
    });
    expect(resource("holder-job-run").inputs).to.deep.equal({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "holder-job-run", namespace: "blog", labels: { app: "wordpress" } },
      immutable: true,
      data: { "spec.sha256": createHash("sha256").update(JSON.stringify(spec)).digest("hex") },
    });
  });

  it("is waited for until Kubernetes itself ends it, and its pods have 30 seconds to go", async () => {
    const { waits } = await record(() => new Holder(specWith("one")));
    expect(waits("holder-job")).to.deep.equal({ create: 900 + 120, update: 900 + 120 });
  });

  it("makes a new Job for a new owner, also when the spec is the one in the state", async () => {
    const { resource } = await record(() => new Holder(specWith("one")));
    expect(resource("holder-job").options.replaceOnChanges).to.deep.equal(["metadata.ownerReferences"]);
  });

  it("lets both wait for what the Job waits for", async () => {
    const { resource } = await record(() => new Holder(specWith("one")));
    const waitFor = ({ options }: RecordedResource) => [options.parent, ...options.dependencies];
    expect(waitFor(resource("holder-job-run"))).to.deep.equal(["holder", "server"]);
    expect(waitFor(resource("holder-job"))).to.deep.equal(["holder", "holder-job-run", "server"]);
  });

  it("shows no value of the spec in the ConfigMap, and gives another spec another one", async () => {
    const dataOf = async (value: pulumi.Input<string>) => {
      const { resource } = await record(() => new Holder(specWith(value)));
      return (resource("holder-job-run").inputs as Manifest).data;
    };
    const [first, second] = [await dataOf(pulumi.secret("hidden")), await dataOf("two")];
    expect(JSON.stringify(first)).not.to.include("hidden");
    expect(first).not.to.deep.equal(second);
  });
});
