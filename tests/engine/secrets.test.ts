/**
 * Secrets appear nowhere: not in state or history, not in previews, messages or JSON; plain or in base64.
 * (`--debug` is not looked at: there the Node SDK itself prints every value it receives, whatever the provider.)
 */
import { expect } from "chai";
import "./hooks.ts";
import { newStack } from "./context.ts";
import type { Stack } from "./stack.ts";

const SECRET = "hunter2-correct-horse";
const OTHER = "tr0ub4dor-and-3-staples";

const program = (word: string, extra = "") => `
const password = new random.RandomPassword("generated", { length: 24 });
new k8s.core.v1.Secret("plain-words", { metadata: { name: "secrets" }, stringData: { word: "${word}", generated: password.result } });
new k8s.core.v1.Secret("encoded", { metadata: { name: "encoded" }, data: { word: "${Buffer.from(SECRET).toString("base64")}" } });
new k8s.core.v1.ConfigMap("config", { metadata: { name: "secrets" }, data: { dsn: pulumi.interpolate\`mysql://root:\${password.result}@db\` } });
const app = { app: "secrets" };
new k8s.apps.v1.Deployment("web", {
  metadata: { name: "secrets", annotations: { "pulumi.com/skipAwait": "true" } },
  spec: { selector: { matchLabels: app }, template: { metadata: { labels: app }, spec: { containers: [{
    name: "web", image: "example/web:1", env: [{ name: "PASSWORD", value: pulumi.secret("${word}") }],
  }] } } },
});
${extra}
export const password_ = password.result;
`;

describe("secrets", function () {
  this.timeout(90_000);
  let stack: Stack;
  const said: string[] = [];
  before(async () => {
    stack = await newStack(program(SECRET));
  });
  after(() => stack.remove());

  it("pass through preview, up, refresh and update", async () => {
    const note = async (run: Promise<{ text: string }>) => said.push((await run).text);
    await note(stack.preview());
    await note(stack.up());
    await note(stack.run("preview", "--json"));
    await note(stack.refresh());
    stack.program(program(OTHER));
    await note(stack.preview());
    await note(stack.run("preview", "--json"));
    await note(stack.up());
    await note(stack.run("stack", "--show-ids"));
    await note(stack.run("stack", "output", "--json"));
  });

  it("do not come back in the words of an error", async () => {
    const bad = `new k8s.core.v1.Service("bad", { metadata: { name: "bad-secret" }, spec: { type: pulumi.secret("${OTHER}") as never, ports: [{ port: 1 }] } });`;
    stack.program(program(OTHER, bad));
    const { code, text } = await stack.run("preview", "--diff");
    expect(code).not.to.equal(0);
    expect(text).to.contain("[secret]");
    said.push(text);
  });

  it("are found in nothing that was said or stored", async () => {
    const generated = await stack.output("password_");
    expect(generated).to.have.length(24);
    const everything = [...said, stack.storedText()].join("\n");
    for (const secret of [SECRET, OTHER, generated]) {
      expect(everything.includes(secret), "in plain text").to.equal(false);
      expect(everything.includes(Buffer.from(secret).toString("base64")), "in base64").to.equal(false);
      const dsn = Buffer.from(`mysql://root:${secret}@db`).toString("base64");
      expect(everything.includes(dsn), "inside something else").to.equal(false);
    }
    expect(everything).to.contain("plain-words"); // the search does look at the right text
  });
});
