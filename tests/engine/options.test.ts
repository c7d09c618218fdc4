/** Resource options: aliases, import, explicit providers, deletion of what is gone. */
import { expect } from "chai";
import "./hooks.ts";
import { dig } from "../../local/plugins/rpc/values.ts";
import { cluster, live, newStack } from "./context.ts";
import type { Stack } from "./stack.ts";

const configMap = "/api/v1/namespaces/default/configmaps/options";
const config = (name: string, options: string, key = "value") =>
  `new k8s.core.v1.ConfigMap("${name}", { metadata: { name: "options" }, data: { key: "${key}" } }, ${options});`;

describe("resource options", function () {
  this.timeout(60_000);
  let stack: Stack;
  afterEach(() => stack.remove());

  it("alias: a renamed resource stays the same object", async () => {
    stack = await newStack(config("before", "{}"));
    await stack.up();
    const uid = dig(await live(configMap), "metadata", "uid");
    stack.program(config("after", '{ aliases: [{ name: "before" }] }'));
    expect((await stack.up()).text).not.to.match(/created|deleted|replaced/);
    expect(dig(await live(configMap), "metadata", "uid")).to.equal(uid);
    expect(await stack.resource("before")).to.equal(undefined);
    await stack.destroy();
  });

  it("import: an existing object is taken over as it is, then managed", async () => {
    const { client } = await cluster();
    const object = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "imported" },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: "imported" } },
        template: {
          metadata: { labels: { app: "imported" } },
          spec: { containers: [{ name: "a", image: "example/a:1" }] },
        },
      },
    };
    const path = "/apis/apps/v1/namespaces/default/deployments";
    await client.json({ method: "POST", path, query: { fieldManager: "kubectl-create" }, body: object });
    const declaration = (changes: object, options: string) =>
      `new k8s.apps.v1.Deployment("imported", ${JSON.stringify({ ...object, spec: { ...object.spec, ...changes } })}, ${options});`;

    stack = await newStack(declaration({}, '{ import: "default/imported" }'));
    expect((await stack.up()).text).to.contain("1 imported");
    await stack.preview("--expect-no-changes");
    stack.program(declaration({ revisionHistoryLimit: 3 }, "{}"));
    await stack.up();
    expect(dig(await live(`${path}/imported`), "spec", "revisionHistoryLimit")).to.equal(3);
    await stack.destroy();
    expect(await live(`${path}/imported`)).to.equal(undefined);
  });

  it("import, the command: an existing object comes into the state, and the program that names it changes nothing", async () => {
    const { client } = await cluster();
    const object = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "options" },
      data: { key: "theirs" },
    };
    const query = { fieldManager: "kubectl-create" };
    await client.json({ method: "POST", path: "/api/v1/namespaces/default/configmaps", query, body: object });
    stack = await newStack("");
    // Code is written by the official language host only.
    const flags = ["--yes", "--skip-preview", "--protect=false", "--generate-code=false"];
    const imported = await stack.run(
      ...["import", "kubernetes:core/v1:ConfigMap", "taken", "default/options", ...flags],
    );
    expect(imported.code, imported.text).to.equal(0);
    expect((await stack.resource("taken"))?.inputs).to.deep.include({ data: { key: "theirs" } });
    stack.program(config("taken", "{}", "theirs"));
    await stack.preview("--expect-no-changes");
    await stack.destroy();
    expect(await live(configMap)).to.equal(undefined);
  });

  it("import never replaces an object that is not as the program says", async () => {
    const { client } = await cluster();
    const object = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "options" },
      data: { key: "theirs" },
    };
    await client.json({ method: "POST", path: "/api/v1/namespaces/default/configmaps", body: object });
    stack = await newStack(config("mine", '{ import: "default/options" }', "mine"));
    expect((await stack.up("failure")).text).to.contain("previously-imported resources");
    expect(dig(await live(configMap), "data", "key")).to.equal("theirs");
  });

  it("creating what exists already is an error that says what to do", async () => {
    stack = await newStack(config("clash", "{}"));
    const { text } = await stack.up("failure");
    expect(text).to.contain("already exists").and.to.contain("pulumi import");
    const { client } = await cluster();
    await client.json({ method: "DELETE", path: configMap });
  });

  it("an explicit provider with its kubeconfig as text, a namespace of its own and mutable ConfigMaps", async () => {
    const { kubeconfig } = await cluster();
    const program = (value: string) => `
import { readFileSync } from "node:fs";
const text = readFileSync(${JSON.stringify(kubeconfig)}, "utf8").replace("certificates/apiserver.crt", ${JSON.stringify(kubeconfig.replace(/kubeconfig$/, "certificates/apiserver.crt"))});
const provider = new k8s.Provider("explicit", { kubeconfig: text, namespace: "kube-public", enableConfigMapMutable: true });
new k8s.core.v1.ConfigMap("config", { metadata: { name: "explicit" }, data: { key: "${value}" } }, { provider });
`;
    stack = await newStack(program("one"));
    await stack.up();
    stack.program(program("two"));
    expect(await stack.steps()).to.include("update config");
    await stack.up();
    expect(dig(await live("/api/v1/namespaces/kube-public/configmaps/explicit"), "data", "key")).to.equal(
      "two",
    );
    await stack.destroy();
  });

  it("retainOnDelete keeps the object, and deleting what is already gone is no error", async () => {
    stack = await newStack(config("kept", "{ retainOnDelete: true }"));
    await stack.up();
    await stack.destroy();
    expect(await live(configMap)).not.to.equal(undefined);
    stack.program(config("kept", '{ import: "default/options" }'));
    await stack.up();
    const { client } = await cluster();
    await client.json({ method: "DELETE", path: configMap });
    await stack.destroy();
  });
});
