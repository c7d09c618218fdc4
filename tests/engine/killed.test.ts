/** A CLI that is killed leaves no plugin and no program behind, and the stack can go on. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import "./hooks.ts";
import { waitFor } from "./api-server.ts";
import { live, newStack } from "./context.ts";
import type { Stack } from "./stack.ts";

const program = (timeout: string) => `
const app = { app: "killed" };
new k8s.apps.v1.Deployment("never", {
  metadata: { name: "killed" },
  spec: { selector: { matchLabels: app }, template: { metadata: { labels: app }, spec: { containers: [{ name: "a", image: "example/a:1" }] } } },
}, { customTimeouts: { create: "${timeout}" } });
`;

/** Processes that run in the stack's folder or with its state. */
function processesOf(stack: Stack): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((id) => {
      try {
        return readFileSync(`/proc/${id}/environ`, "utf8").includes(`file://${stack.folder}/state`);
      } catch {
        return false; // gone meanwhile
      }
    });
}

describe("a killed CLI", function () {
  this.timeout(60_000);

  it("takes plugins and program with it", async () => {
    const stack = await newStack(program("60s"));
    const deployment = "/apis/apps/v1/namespaces/default/deployments/killed";
    const cli = stack.start("up", "--yes", "--skip-preview");
    await waitFor("the deployment", async () => {
      if (!(await live(deployment))) throw new Error("not there yet");
    });
    expect(processesOf(stack).length).to.be.greaterThan(2);
    cli.kill("SIGKILL");
    await cli;
    await waitFor(
      "the plugins to leave",
      async () => {
        if (processesOf(stack).length > 0) throw new Error(`${processesOf(stack).length} are still there`);
      },
      10_000,
    );
    stack.remove();
  });

  it("can be asked to stop: waiting ends at once and the state is kept", async () => {
    const stack = await newStack(program("60s").replaceAll("killed", "stopped"));
    const cli = stack.start("up", "--yes", "--skip-preview");
    await waitFor("the deployment", async () => {
      if (!(await live("/apis/apps/v1/namespaces/default/deployments/stopped")))
        throw new Error("not there yet");
    });
    await sleep(1000);
    cli.kill("SIGINT");
    const { exitCode, all } = await cli;
    expect(exitCode).not.to.equal(0);
    expect(all).to.contain("cancelled while waiting");
    expect((await stack.resource("never"))?.id).to.equal("default/stopped");
    stack.remove();
  });
});
