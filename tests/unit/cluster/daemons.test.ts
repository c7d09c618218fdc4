import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { parse } from "yaml";
import { controlPlaneDaemons, controlPlaneFiles } from "../../../local/cluster/control-plane.ts";
import { commandOf, daemonScript } from "../../../local/cluster/daemons.ts";
import { workers } from "../../../local/cluster/layout.ts";
import { nodeEnvironment } from "../../../local/cluster/node.ts";
import { workerDaemons, workerFiles } from "../../../local/cluster/worker.ts";
import { quote } from "../../../local/toolchain/process.ts";

function command(name: string): string[] {
  const found = controlPlaneDaemons().find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no daemon ${name}`);
  return commandOf(found);
}

describe("node daemons", () => {
  it("quotes words so that a shell reads them back unchanged", () => {
    const word = 'it\'s $HOME `x` "y" \\ z';
    expect(execFileSync("bash", ["-c", `printf %s ${quote(word)}`]).toString()).to.equal(word);
  });

  it("writes options as programs take them", () => {
    const daemon = { name: "x", args: ["start"], options: { a: 1, "b-c": true, d: "x" } };
    expect(commandOf(daemon)).to.deep.equal(["x", "start", "--a=1", "--b-c=true", "--d=x"]);
  });

  it("sets the environment and does what comes before, then becomes the program", () => {
    const script = daemonScript({
      name: "printenv",
      env: { GREETING: "it's" },
      before: ["echo first"],
      args: ["GREETING"],
    });
    expect(execFileSync("bash", ["-c", script]).toString()).to.equal("first\nit's\n");
  });

  for (const [where, daemons] of [
    ["control plane", controlPlaneDaemons()],
    ["worker", workerDaemons("node1")],
  ] as const) {
    it(`gives bash only scripts it can read on the ${where}`, () => {
      for (const each of daemons) execFileSync("bash", ["-n"], { input: daemonScript(each) });
    });
  }

  it("lets pods leave a lost node after seconds", () => {
    expect(command("kube-apiserver")).to.include("--default-unreachable-toleration-seconds=10");
    expect(command("kube-controller-manager")).to.include("--node-monitor-grace-period=16s");
    expect(parse(workerFiles("node1")["kubelet.yaml"] ?? "")).to.include({ nodeStatusUpdateFrequency: "4s" });
  });

  it("makes the ACME server validate for real, and Traefik distrust forwarded headers", () => {
    const pebble = controlPlaneDaemons().find(({ name }) => name === "pebble");
    expect(pebble?.env).to.have.all.keys("PEBBLE_VA_NOSLEEP");
    expect(command("traefik").join(" ")).not.to.contain("forwardedHeaders");
  });

  it("configures both storage classes", () => {
    const config = JSON.parse(controlPlaneFiles()["local-path-provisioner.json"] ?? "");
    expect(config.storageClassConfigs).to.have.all.keys("local-path", "local-shared");
  });

  it("gives a worker's pods its own subnet", () => {
    const network = JSON.parse(workerFiles("node2")["cni/10-pods.conflist"] ?? "");
    expect(network.plugins[0].ipam.ranges).to.deep.equal([[{ subnet: "10.244.2.0/24" }]]);
  });

  it("forwards what pods of one node say to each other, so that network policies judge it", () => {
    const network = JSON.parse(workerFiles("node1")["cni/10-pods.conflist"] ?? "");
    expect(network.plugins[0].type).to.equal("ptp");
  });

  it("shares the machine's memory out among the workers", () => {
    const part = 1024 ** 2;
    expect(nodeEnvironment("node1", (workers().length + 1) * part * 1024)).to.contain(
      `MEMORY_KIB='${part}'\n`,
    );
  });
});
