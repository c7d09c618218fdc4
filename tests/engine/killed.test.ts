/** A CLI that is killed or asked to stop leaves nothing running, and its stack can go on. */
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { endOrphans, orphans } from "../../local/toolchain/orphans.ts";
import { waitUntil } from "../../local/toolchain/wait-until.ts";
import { live, newStack } from "./context.ts";
import "./hooks.ts";

const program = (name: string) => `
const app = { app: "${name}" };
new k8s.apps.v1.Deployment("never", {
  metadata: { name: "${name}" },
  spec: { selector: { matchLabels: app }, template: { metadata: { labels: app }, spec: { containers: [{ name: "a", image: "example/a:1" }] } } },
}, { customTimeouts: { create: "60s" } });
`;

/** The CLI that a driver has started. */
function cliOf(driver: number | undefined): number {
  const children = readFileSync(`/proc/${driver}/task/${driver}/children`, "utf8").trim().split(" ");
  return Number(children.find((pid) => readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "pulumi"));
}

/** Waits until the cluster has the Deployment. */
function deploymentOf(name: string): Promise<void> {
  return waitUntil("the deployment", 60, async () => {
    if (!(await live(`/apis/apps/v1/namespaces/default/deployments/${name}`)))
      throw new Error("not there yet");
  });
}

/** Waits until no plugin is left; one of another test's CLI may be about to end beside this one. */
async function noOrphans(when: string): Promise<void> {
  await waitUntil(`no plugin left ${when}`, 60, async () => expect(orphans()).to.deep.equal([]));
}

/** An `up` that waits for pods that never come. */
async function waitingUp(name: string) {
  const stack = await newStack(program(name));
  const driver = stack.start("up", "--yes", "--skip-preview");
  await deploymentOf(name);
  return { stack, driver, cli: cliOf(driver.pid) };
}

describe("a CLI at work", () => {
  it("leaves plugins running when it is killed; they are found and ended, and the stack goes on", async () => {
    const { stack, driver, cli } = await waitingUp("killed");
    await noOrphans("while it works");
    process.kill(cli, "SIGKILL");
    expect((await driver).exitCode).not.to.equal(0);
    expect(
      orphans()
        .map(({ program }) => program)
        .join(),
    ).to.contain("pulumi-resource-kubernetes");
    endOrphans();
    await noOrphans("after their end");
    expect((await stack.run("cancel", "--yes")).code).to.equal(0);
    stack.program("");
    await stack.up();
    stack.remove();
  });

  it("can be asked to stop: waiting ends at once and the state is kept", async () => {
    const { stack, driver, cli } = await waitingUp("stopped");
    process.kill(cli, "SIGINT");
    const { exitCode, all } = await driver;
    expect(exitCode).not.to.equal(0);
    expect(all).not.to.contain("timed out");
    expect((await stack.resource("never"))?.id).to.equal("default/stopped");
    await noOrphans("after its end");
    stack.remove();
  });

  it("ends in order at one Ctrl-C in a terminal, by npm: no lock, nothing pending", async () => {
    const stack = await newStack(program("interrupted"));
    const terminal = stack.startInTerminal("up", "--yes", "--skip-preview");
    await deploymentOf("interrupted");
    terminal.stdin.write("\x03");
    const { exitCode, all } = await terminal;
    expect(exitCode, all).not.to.equal(0);
    expect(all)
      .to.match(/received; cancelling/)
      .and.not.to.match(/received; terminating/);
    const { deployment } = JSON.parse((await stack.run("stack", "export")).text);
    expect(deployment.pending_operations ?? []).to.deep.equal([]);
    stack.program("");
    await stack.up();
    stack.remove();
  });
});
