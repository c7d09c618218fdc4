/** A Job that failed is made anew by the next up where its annotation asks for that, and one that is complete stays. */
import { expect } from "chai";
import "./hooks.ts";
import { dig } from "../../local/plugins/rpc/values.ts";
import { cluster, live, newStack } from "./context.ts";
import { failedStatus, playKubelet, succeededStatus } from "./kubelet.ts";
import type { Stack } from "./stack.ts";

const namespace = "unready";
const program = (name: string, annotations: string) => `
new k8s.batch.v1.Job("${name}", {
  metadata: { namespace: "${namespace}", name: "${name}", annotations: ${annotations} },
  spec: { backoffLimit: 0, template: { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "example/a:1" }] } } },
});
`;
const asking = program("asking", '{ "pulumi.com/replaceUnready": "true" }');
const silent = program("silent", "{}");

describe("a Job that did not complete", function () {
  this.timeout(60_000);
  let stack: Stack;
  let stopKubelet: () => Promise<void>;
  let works = false;

  const uidOf = async (name: string) =>
    dig(await live(`/apis/batch/v1/namespaces/${namespace}/jobs/${name}`), "metadata", "uid");

  before("a namespace whose pods fail", async () => {
    const { client } = await cluster();
    const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
    await client.json({ method: "POST", path: "/api/v1/namespaces", body });
    stopKubelet = playKubelet(namespace, (pod) => (works ? succeededStatus(pod) : failedStatus(pod, 3)));
    stack = await newStack(asking);
  });
  after(async () => {
    await stopKubelet();
    stack.remove();
  });

  it("is replaced by the next up, though the program is the same, and again until it completes", async () => {
    await stack.up("failure");
    const first = await uidOf("asking");
    expect(first).to.be.a("string");
    await stack.up("failure");
    const second = await uidOf("asking");
    expect(second).to.be.a("string").and.not.equal(first);
    works = true;
    expect(await stack.steps()).to.include("replace asking");
    const { text } = await stack.up();
    expect(text).to.contain("1 replaced");
    expect(await uidOf("asking"))
      .to.be.a("string")
      .and.not.equal(second);
  });

  it("is left alone once it is complete", async () => {
    const done = await uidOf("asking");
    await stack.preview("--expect-no-changes");
    await stack.up();
    expect(await uidOf("asking")).to.equal(done);
  });

  it("is waited for again, and not replaced, where it does not ask", async () => {
    works = false;
    stack.program(asking + silent);
    await stack.up("failure");
    const failed = await uidOf("silent");
    expect(failed).to.be.a("string");
    works = true;
    const { text } = await stack.up("failure");
    expect(text).to.contain("the Job failed: BackoffLimitExceeded");
    expect(await uidOf("silent")).to.equal(failed);
  });
});
