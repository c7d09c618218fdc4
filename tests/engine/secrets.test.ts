/**
 * Secrets appear nowhere: not in state or history, not in previews, messages or JSON; plain or in base64.
 * (`--debug` is not looked at: there the Node SDK itself prints every value it receives, whatever the provider.)
 */
import { expect } from "chai";
import "./hooks.ts";
import { live, newStack } from "./context.ts";
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

describe("secrets", () => {
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
    const path = "/api/v1/namespaces/default/secrets/secrets";
    const { uid } = (await live(path))?.metadata as { uid: string };
    stack.program(program(OTHER));
    await note(stack.preview());
    await note(stack.run("preview", "--json"));
    await note(stack.up());
    await note(stack.run("stack", "--show-ids"));
    await note(stack.run("stack", "output", "--json"));
    // Changed in place, as Pulumi.yaml says of every stack: pods that name it go on.
    const { metadata, data } = ((await live(path)) ?? {}) as { metadata: object; data: object };
    expect(metadata).to.have.property("uid", uid);
    expect(data).to.have.property("word", btoa(OTHER));
  });

  it("do not come back in the words of a failed update", async () => {
    // The API server repeats values it refuses, and the provider passes its words on. Of a Secret it repeats none.
    const bad: [resource: string, reason: RegExp][] = [
      [
        `new k8s.core.v1.Secret("bad-key", { metadata: { name: "bad-key" }, stringData: { "no key!": "${OTHER}", generated: password.result } });`,
        /bad-key" is invalid/,
      ],
      [
        `new k8s.core.v1.Secret("bad-size", { metadata: { name: "bad-size" }, stringData: { word: "${OTHER}".repeat(60_000) } });`,
        /bad-size" is invalid.*Too long/,
      ],
      [
        `new k8s.core.v1.Secret("bad-type", { metadata: { name: "bad-type" }, type: "kubernetes.io/tls", stringData: { "tls.crt": "${OTHER}" } });`,
        /bad-type" is invalid.*Required value/,
      ],
    ];
    const fails = async (resources: typeof bad, ...command: string[]) => {
      stack.program(program(OTHER, resources.map(([resource]) => resource).join("\n")));
      const { code, text } = await stack.run(...command, "--diff");
      expect(code, text).not.to.equal(0);
      for (const [, reason] of resources) expect(text).to.match(reason);
      said.push(text);
    };
    // A preview ends with the first of them.
    for (const resource of bad) await fails([resource], "preview");
    await fails(bad, "up", "--yes", "--skip-preview", "--continue-on-error");
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
