/** What somebody changed behind the program's back: shown by refresh, repaired by up, or left alone on request. */
import { expect } from "chai";
import "./hooks.ts";
import { dig } from "../../local/plugins/rpc/values.ts";
import { live, newStack, patch } from "./context.ts";
import type { Stack } from "./stack.ts";

const program = (ignoreChanges = "[]", replicas = 2, image = "1") => `
const app = { app: "drift" };
new k8s.core.v1.ConfigMap("config", { metadata: { name: "drift", labels: { team: "blue" } }, data: { key: "program" } });
new k8s.core.v1.Secret("secret", { metadata: { name: "drift" }, stringData: { password: "from-the-program" } });
new k8s.apps.v1.Deployment("web", {
  metadata: { name: "drift", annotations: { "pulumi.com/skipAwait": "true" } },
  spec: {
    replicas: ${replicas},
    selector: { matchLabels: app },
    template: { metadata: { labels: app }, spec: { containers: [{ name: "web", image: "example/web:${image}" }] } },
  },
}, { ignoreChanges: ${ignoreChanges} });
`;

const configMap = "/api/v1/namespaces/default/configmaps/drift";
const secret = "/api/v1/namespaces/default/secrets/drift";
const deployment = "/apis/apps/v1/namespaces/default/deployments/drift";

describe("drift", function () {
  this.timeout(60_000);
  let stack: Stack;
  before("deploy", async () => {
    stack = await newStack(program());
    await stack.up();
  });
  after(() => stack.remove());

  it("is shown by refresh, secrets hidden, and only where the program has a say", async () => {
    await patch(configMap, { metadata: { labels: { team: "red", other: "not-ours" } } });
    await patch(secret, { data: { password: Buffer.from("from-somebody").toString("base64") } });
    const { text } = await stack.refresh();
    expect(text).to.match(/~ team: "blue" => "red"/);
    expect(text).to.match(/password: \[secret\]|stringData[^\n]*\[secret\]/);
    expect(text).not.to.contain("from-somebody");
    expect(text).not.to.match(/[+~] other:/);
    expect(text).to.contain("2 updated");
  });

  it("is repaired by up", async () => {
    const { text } = await stack.up();
    expect(text).to.match(/~ team: "red" => "blue"/);
    expect(dig(await live(configMap), "metadata", "labels")).to.deep.equal({
      team: "blue",
      other: "not-ours",
    });
    const password = Buffer.from("from-the-program").toString("base64");
    expect(dig(await live(secret), "data", "password")).to.equal(password);
    await stack.preview("--expect-no-changes");
  });

  it("makes an object anew that was deleted", async () => {
    const { client } = await import("./context.ts").then(({ cluster }) => cluster());
    await client.json({ method: "DELETE", path: configMap });
    expect((await stack.refresh()).text).to.contain("1 deleted");
    await stack.up();
    expect(dig(await live(configMap), "data", "key")).to.equal("program");
  });

  it("of a field that another controller owns is a conflict, with the way out named", async () => {
    await patch(deployment, { spec: { replicas: 5 } }, "autoscaler");
    stack.program(program("[]", 3));
    const { text } = await stack.up("failure");
    expect(text)
      .to.contain('conflict with "autoscaler"')
      .and.to.contain("ignoreChanges")
      .and.to.contain("patchForce");
    expect(dig(await live(deployment), "spec", "replicas")).to.equal(5);
  });

  it("is left alone where the program ignores it, also while something else is updated", async () => {
    stack.program(program('["spec.replicas"]', 4, "2"));
    await stack.up();
    const object = await live(deployment);
    expect(dig(object, "spec", "replicas")).to.equal(5);
    expect(JSON.stringify(dig(object, "spec", "template"))).to.contain("example/web:2");
    expect((await stack.preview()).text)
      .to.contain("unchanged")
      .and.not.to.contain("to update");
  });
});
