/** Preview, up, no change, update, destroy. */
import { expect } from "chai";
import "./hooks.ts";
import { dig } from "../../local/plugins/rpc/values.ts";
import { live, newStack } from "./context.ts";
import type { Stack } from "./stack.ts";

const program = (labels: string, replicas: number, cpu = "1000m") => `
const namespace = new k8s.core.v1.Namespace("ns", { metadata: { name: "lifecycle" } });
const metadata = { namespace: namespace.metadata.name };
const config = new k8s.core.v1.ConfigMap("config", { metadata: { ...metadata, name: "config", labels: ${labels} }, data: { a: "1" } });
const app = { app: "web" };
new k8s.apps.v1.Deployment("web", {
  metadata: { ...metadata, name: "web", annotations: { "pulumi.com/skipAwait": "true" } },
  spec: {
    replicas: ${replicas},
    selector: { matchLabels: app },
    template: {
      metadata: { labels: app },
      spec: { containers: [{ name: "web", image: "example/web:1", resources: { requests: { cpu: "${cpu}", memory: "1024Mi" } } }] },
    },
  },
});
new k8s.core.v1.Service("web", { metadata: { ...metadata, name: "web" }, spec: { clusterIP: "None", selector: app, ports: [{ port: 80 }] } });
export const configName = config.metadata.name;
export const uid = config.metadata.uid;
`;

describe("the life of a stack", function () {
  this.timeout(60_000);
  let stack: Stack;
  const configMap = "/api/v1/namespaces/lifecycle/configmaps/config";

  before(async () => {
    stack = await newStack(program('{ one: "1", two: "2" }', 2));
  });
  after(() => stack.remove());

  it("previews without touching the cluster", async () => {
    const { text } = await stack.preview();
    expect(text).to.contain("5 to create");
    expect(await live("/api/v1/namespaces/lifecycle")).to.equal(undefined);
  });

  it("creates everything, with the official form of state", async () => {
    await stack.up();
    expect(dig(await live(configMap), "data")).to.deep.equal({ a: "1" });
    const config = await stack.resource("config");
    expect(config?.id).to.equal("lifecycle/config");
    expect(config?.outputs).to.include.keys(
      "__inputs",
      "__initialApiVersion",
      "__fieldManager",
      "metadata",
      "data",
    );
    expect(dig(config?.outputs, "__fieldManager")).to.match(/^pulumi-kubernetes-[0-9a-f]{8}$/);
    expect(dig(config?.outputs, "__inputs")).to.deep.equal(config?.inputs);
    expect((await stack.resource("ns"))?.id).to.equal("lifecycle");
  });

  it("shows no change afterwards, though the server writes quantities its own way", async () => {
    const { text } = await stack.preview("--expect-no-changes");
    expect(text).to.contain("5 unchanged");
    expect((await stack.refresh("--expect-no-changes")).text).to.contain("5 unchanged");
    await stack.preview("--expect-no-changes");
  });

  it("says field by field what an update will change, by asking the server", async () => {
    stack.program(program('{ one: "uno" }', 3));
    const { text } = await stack.preview();
    expect(text).to.match(/~ one: "1" => "uno"/);
    expect(text).to.match(/- two: "2"/);
    expect(text).to.match(/~ replicas: 2 => 3/);
    expect(text).not.to.match(/\+-|replace/);
    expect(text).to.contain("2 to update");

    stack.program(program("{ one: 'not a label value!' }", 3));
    const refused = await stack.run("preview");
    expect(refused.code).not.to.equal(0);
    expect(refused.text).to.contain("a valid label must be");
  });

  it("updates in place and removes from the object what left the program", async () => {
    stack.program(program('{ one: "uno" }', 3));
    const uid = dig(await live(configMap), "metadata", "uid");
    await stack.up();
    const config = await live(configMap);
    expect(dig(config, "metadata", "labels")).to.deep.equal({ one: "uno" });
    expect(dig(config, "metadata", "uid")).to.equal(uid);
    expect(
      dig(await live("/apis/apps/v1/namespaces/lifecycle/deployments/web"), "spec", "replicas"),
    ).to.equal(3);
    await stack.preview("--expect-no-changes");
  });

  it("removes a whole map that left the program", async () => {
    stack.program(program("undefined", 3));
    await stack.up();
    expect(dig(await live(configMap), "metadata", "labels")).to.equal(undefined);
  });

  it("refuses fields the server does not know in an update, and warns of them in a creation", async () => {
    const typo = (text: string) => text.replace("replicas: 3", "replicas: 3, replcas: 4 as never");
    stack.program(typo(program("undefined", 3)));
    const refused = await stack.run("preview");
    expect(refused.code).not.to.equal(0);
    expect(refused.text).to.contain(".spec.replcas");
    stack.program(
      typo(program("undefined", 3)).replace('name: "web", annotations', 'name: "other", annotations'),
    );
    expect((await stack.preview()).text).to.contain('unknown field "spec.replcas"');
  });

  it("destroys everything and waits until it is gone", async () => {
    await stack.destroy();
    expect(await live("/api/v1/namespaces/lifecycle")).to.equal(undefined);
    expect(await stack.resources()).to.deep.equal([]);
  });
});
