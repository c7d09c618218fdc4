import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { immutableConfigMap } from "../../../components/immutable-config-map.ts";
import { record } from "./harness.ts";

/** A component around the function, so that the harness can build it. */
class Holder extends pulumi.ComponentResource {
  constructor(data: Record<string, pulumi.Input<string>>) {
    super("wordpress:index:Holder", "holder", {});
    const args = { namespace: "blog", labels: { app: "wordpress" }, data };
    immutableConfigMap("holder-files", args, { parent: this });
    this.registerOutputs({});
  }
}

describe("immutableConfigMap", () => {
  it("leaves the name to the engine, so that no two ever share one", async () => {
    const { resource } = await record(() => new Holder({ "a.conf": "one", "b.conf": pulumi.output("two") }));
    expect(resource("holder-files").inputs).to.deep.equal({
      apiVersion: "v1",
      kind: "ConfigMap",
      // The recording's stand-in for the engine's name.
      metadata: { name: "holder-files", namespace: "blog", labels: { app: "wordpress" } },
      immutable: true,
      data: { "a.conf": "one", "b.conf": "two" },
    });
  });
});
