/**
 * A state that was recorded from a running site (2026-11-26, provider 4.34.2 and SDK 3.270.0 as this project's own
 * stand-ins wrote them, secrets replaced): what a site that exists is to the provider of today, and to the program.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import { parse } from "yaml";
import "./hooks.ts";
import { makeKinds } from "./api-server.ts";
import { cluster, newStack } from "./context.ts";
import type { Stack } from "./stack.ts";

const checkout = path.join(import.meta.dirname, "..", "..");
const recording = path.join(import.meta.dirname, "fixtures", "recorded-state.json.gz");
const recorded = JSON.parse(gunzipSync(readFileSync(recording)).toString());
const secretMark = "4dabf18193072939515e22adb298388d";

/** Secrets as what they are. */
function revive(_key: string, value: { [secretMark]?: string; plaintext: string } | null): unknown {
  return value?.[secretMark] ? JSON.parse(value.plaintext) : value;
}

/** Registers every resource of the recording with its recorded inputs. */
const sameInputs = `
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
const { deployment } = JSON.parse(gunzipSync(readFileSync(${JSON.stringify(recording)})));
const versionOf = (type) => createRequire(import.meta.url)(\`@pulumi/\${type.split(":")[0]}/package.json\`).version;
const secretMark = "4dabf18193072939515e22adb298388d";
const revive = (key, value) => (value?.[secretMark] ? pulumi.secret(JSON.parse(value.plaintext)) : value);
const made = {};
for (const { urn, type, custom, inputs, parent, additionalSecretOutputs, protect } of deployment.resources) {
  if (type.startsWith("pulumi:")) continue;
  const name = urn.split("::").at(-1);
  const opts = { parent: made[parent], protect, additionalSecretOutputs, version: custom && versionOf(type) };
  const values = JSON.parse(JSON.stringify(inputs ?? {}), revive);
  made[urn] = custom ? new pulumi.CustomResource(type, name, values, opts) : new pulumi.ComponentResource(type, name, {}, opts);
}
`;

/** Makes the site's objects as they were, by the managers they were made by; nothing runs here. */
async function makeObjects(): Promise<void> {
  const { kubectl } = await cluster();
  await makeKinds(kubectl, "traefik-crds.yaml");
  for (const { type, inputs, outputs } of recorded.deployment.resources) {
    if (!type.startsWith("kubernetes:")) continue;
    const manager = `--field-manager=${outputs.__fieldManager}`;
    await kubectl(["apply", "--server-side", manager, "-f", "-"], JSON.parse(JSON.stringify(inputs), revive));
  }
}

describe("the recorded state of a site", () => {
  let stack: Stack;

  async function importing(program: string): Promise<Stack> {
    const { config } = parse(readFileSync(path.join(checkout, "Pulumi.local.yaml"), "utf8"));
    config["wordpress-kubernetes:preflight"] = false;
    const made = await newStack(program, { project: "wordpress-kubernetes", stack: "local", config });
    await made.importState(recorded);
    return made;
  }
  afterEach(() => stack.remove());

  it("is unchanged to the provider while its inputs are", async () => {
    stack = await importing(sameInputs);
    const { text } = await stack.preview("--expect-no-changes");
    expect(text).to.match(/50 unchanged/);
  });

  it("is kept by the program: nothing is replaced or deleted but what is made anew for each rollout", async () => {
    await makeObjects();
    stack = await importing(`export * from "${checkout}/index.ts";`);
    const { steps, same } = await stack.plan();
    const lost = steps.filter((step) => /^(?=.*(replace|delete))(?!\S+ (ConfigMap|Job) )/.test(step));
    expect(lost).to.deep.equal([]);
    expect(same).to.be.greaterThan(15);
  });
});
