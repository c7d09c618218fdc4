import { expect } from "chai";
import { leftovers } from "../../local/cluster/index.ts";
import { until } from "../proof/kube.ts";
import { foldersOutsideCache, foreignFolders, kubectl, page, pulumi, run } from "./environment.ts";

describe("taking it down", function () {
  this.timeout(10 * 60_000);

  it("comes back with its data after npm stop and npm start", async () => {
    const stopped = await run(["npm", "stop"], 3);
    expect(stopped.code, stopped.output).to.equal(0);
    expect(await leftovers()).to.deep.equal([]);
    const started = await run(["npm", "start"], 8);
    expect(started.code, started.output).to.equal(0);
    expect((await page("/")).body).to.include("A post of the test");
  });

  it("leaves nothing in the cluster after destroy", async () => {
    const destroyed = await pulumi(["destroy", "--yes", "--skip-preview"], 9);
    expect(destroyed.code, destroyed.output).to.equal(0);
    expect(await kubectl("get", "namespaces", "-o", "name")).not.to.include("kube-example");
    // A pod of the provisioner's deletes what was on them.
    const volumes = () => kubectl("get", "persistentvolumes", "-o", "name");
    await until("the volumes' end", 120, async () => (await volumes()).trim() === "");
  });

  it("leaves nothing on the machine after npm stop", async () => {
    const stopped = await run(["npm", "stop", "--", "--purge"], 3);
    expect(stopped.code, stopped.output).to.equal(0);
    expect(await leftovers()).to.deep.equal([]);
    expect(foldersOutsideCache()).to.deep.equal(foreignFolders);
  });

  it("finds and ends a node's containers where the machine is a container itself", async () => {
    const container = ["bash", "tests/cgroups/container.sh", process.execPath, "tests/cgroups/node.ts"];
    const { code, output } = await run(container, 2);
    expect(code, output).to.equal(0);
  });
});
