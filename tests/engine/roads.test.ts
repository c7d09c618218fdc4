/**
 * Two ways to run the program give one plan: in the process of `npm run pulumi`, and in a process for each run, as every
 * Pulumi project is run. The second is the official language host's where the CLI has one beside it, else played here.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import "./hooks.ts";
import { newStack } from "./context.ts";
import { withNodejsHost } from "./nodejs-host.ts";
import type { Stack } from "./stack.ts";

const checkout = path.join(import.meta.dirname, "..", "..");

interface Step {
  op: string;
  urn: string;
  newState?: { inputs?: unknown; parent?: string };
}

describe("the program", () => {
  let stack: Stack;

  async function siteStack(changes: Record<string, unknown> = {}, nodeOptions?: string): Promise<void> {
    const { config } = parse(readFileSync(path.join(checkout, "Pulumi.local.yaml"), "utf8"));
    const own = { "wordpress-kubernetes:namespace": "roads", "wordpress-kubernetes:preflight": false };
    const site = { ...config, ...own, ...changes };
    const options = { project: "wordpress-kubernetes", stack: "local", config: site, nodeOptions };
    stack = await newStack(`export * from "${checkout}/index.ts";`, options);
  }
  afterEach(() => stack.remove());

  function processPerRun(...args: string[]) {
    const env = withNodejsHost(stack.command, stack.folder);
    return stack.runAlone(args, env);
  }

  /**
   * What a preview would make, in any order: resources that do not wait for each other come as they come. The engine
   * names ConfigMaps and Jobs anew in each preview, and digests of what mentions those names differ, too.
   */
  function plan(text: string) {
    const named = text.replace(/-[0-9a-f]{8}(?=")/g, "-name").replace(/[0-9a-f]{64}/g, "digest");
    // Before it the engine says that a host is from PATH.
    const { steps } = JSON.parse(named.slice(named.search(/^\{/m))) as { steps: Step[] };
    return steps
      .map(({ op, urn, newState }) => ({ op, urn, inputs: newState?.inputs, parent: newState?.parent }))
      .sort((one, other) => one.urn.localeCompare(other.urn));
  }

  it("plans the same either way", async () => {
    await siteStack();
    const here = plan((await stack.run("preview", "--json")).text);
    const there = plan((await processPerRun("preview", "--json")).text);
    expect(here.length).to.be.greaterThan(45);
    expect(there).to.deep.equal(here);
  });

  it("runs by a Node that strips no types, such as Node 20", async () => {
    const preflight = { "wordpress-kubernetes:preflight": true };
    await siteStack(preflight, "--no-experimental-strip-types");
    const { text } = await processPerRun("preview");
    // The API server of these tests has no Traefik: the program came as far as to ask it.
    expect(text).to.match(/The preflight of .* found \d+ fault/);
  });

  it("shows faults of the config in the same words, without a stack trace", async () => {
    await siteStack({ "wordpress-kubernetes:wordpress": { replica: 3, storage: { size: "2GB" } } });
    for (const run of [stack.run("preview"), processPerRun("preview")]) {
      const { code, text } = await run;
      expect(code).not.to.equal(0);
      expect(text).to.contain("The stack's config has 2 faults; nothing was deployed.\n");
      expect(text).to.contain("wordpress.replica: is not a known key; did you mean replicas?");
      expect(text).not.to.match(/\.ts:\d+|^\s+at |rpc error/m);
    }
  });
});
