/** A CustomResourceDefinition and resources of its kinds in one update; readiness in the program's own words. */
import { expect } from "chai";
import "./hooks.ts";
import { dig } from "../../local/plugins/rpc/values.ts";
import { waitFor } from "./api-server.ts";
import { cluster, live, newStack, patch } from "./context.ts";
import type { Stack } from "./stack.ts";

const definition = (kind: string, plural: string, scope: string, extra = "") => `
const ${plural} = new k8s.apiextensions.v1.CustomResourceDefinition("${plural}", {
  metadata: { name: "${plural}.example.com" },
  spec: {
    group: "example.com", scope: "${scope}", names: { kind: "${kind}", plural: "${plural}" },
    versions: [{ name: "v1", served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: {
      type: "object",
      properties: {
        spec: { type: "object", x_kubernetes_preserve_unknown_fields: true ${extra} },
        status: { type: "object", x_kubernetes_preserve_unknown_fields: true },
      },
    } } }],
  },
});`;

const program = (size: number, extra = "") => `
${definition("Widget", "widgets", "Namespaced", extra)}
${definition("Planet", "planets", "Cluster")}
new k8s.apiextensions.CustomResource("widget", {
  apiVersion: "example.com/v1", kind: "Widget",
  metadata: { name: "w", annotations: { "pulumi.com/waitFor": "jsonpath={.status.phase}=Ready" } },
  spec: { size: ${size} },
}, { dependsOn: widgets });
new k8s.apiextensions.CustomResource("planet", {
  apiVersion: "example.com/v1", kind: "Planet", metadata: { name: "earth" }, spec: { moons: 1 },
}, { dependsOn: planets });
`;

const widget = "/apis/example.com/v1/namespaces/default/widgets/w";

describe("custom resources", function () {
  this.timeout(60_000);
  let stack: Stack;
  before(async () => {
    stack = await newStack(program(1));
  });
  after(() => stack.remove());

  /** The operator that would make the widget ready. */
  const operator = () =>
    waitFor("the widget", async () => {
      await cluster();
      await patch(widget, { status: { phase: "Ready" } }, "operator", "/status");
    });

  it("are previewed before their kind exists, and created in the same update", async () => {
    expect((await stack.preview()).text).to.contain("5 to create");
    const [{ text }] = await Promise.all([stack.up(), operator()]);
    expect(text).to.contain("5 created");
    expect(dig((await stack.resource("widget"))?.outputs, "status", "phase")).to.equal("Ready");
    expect((await stack.resource("planet"))?.id).to.equal("earth");
    await stack.preview("--expect-no-changes");
    await stack.refresh("--expect-no-changes");
  });

  it("follow an update of the definition", async () => {
    stack.program(program(2, ', description: "how big"'));
    const { text } = await stack.up();
    expect(text)
      .to.match(/\+ description: *"how big"/)
      .and.to.match(/~ size: 1 => 2/);
    expect(text).to.contain("2 updated");
    expect(dig(await live(widget), "spec", "size")).to.equal(2);
  });

  it("go away together with it", async () => {
    await stack.destroy();
    expect(
      await live("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com"),
    ).to.equal(undefined);
  });
});
