import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { expect } from "chai";
import { generatedValue, recordResources } from "../../../tools/mocks.ts";

describe("recordResources", () => {
  it("records type, name, inputs without secret marks, and options", async () => {
    const recorded = recordResources();
    const password = new RandomPassword("password", { length: 8 }, { protect: true });
    new ConfigMap(
      "map",
      { metadata: { name: "map", namespace: "blog" }, data: { a: password.result, b: pulumi.secret("x") } },
      { retainOnDelete: true },
    );
    await pulumi.runtime.disconnect();
    expect(recorded).to.deep.equal([
      {
        type: "random:index/randomPassword:RandomPassword",
        name: "password",
        inputs: { length: 8 },
        options: { parent: "", protect: true, retainOnDelete: false, dependencies: [] },
      },
      {
        type: "kubernetes:core/v1:ConfigMap",
        name: "map",
        inputs: {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: "map", namespace: "blog" },
          data: { a: generatedValue, b: "x" },
        },
        options: { parent: "", protect: false, retainOnDelete: true, dependencies: ["password"] },
      },
    ]);
  });

  it("gives an object the provider's id, and a generated password as a secret", async () => {
    recordResources();
    const map = new ConfigMap("map", { metadata: { name: "map", namespace: "blog" } });
    const { result } = new RandomPassword("password", { length: 8 });
    const id = await new Promise((resolve) => map.id.apply(resolve));
    expect(id).to.equal("blog/map");
    expect(await pulumi.isSecret(result)).to.equal(true);
  });
});
