import { expect } from "chai";
import {
  nodeAddress,
  nodeNumber,
  podSubnet,
  scaleDownSeconds,
  workers,
} from "../../../local/cluster/layout.ts";
import { podRoutes } from "../../../local/cluster/network.ts";
import { patienceFactor } from "../../../local/toolchain/patience-factor.ts";

describe("cluster layout", () => {
  it("has three workers by default and as many as the environment says", () => {
    expect(workers({})).to.deep.equal(["node1", "node2", "node3"]);
    expect(workers({ WORDPRESS_KUBERNETES_NODES: "1" })).to.deep.equal(["node1"]);
  });

  for (const count of ["0", "21", "1.5", "-1", "many"]) {
    it(`refuses ${count} workers and says what is allowed`, () => {
      expect(() => workers({ WORDPRESS_KUBERNETES_NODES: count })).to.throw(
        `WORDPRESS_KUBERNETES_NODES is "${count}"; it must be a whole number from 1 to 20.`,
      );
    });
  }

  it("lets the autoscaler wait as long as it is told, as Kubernetes does by default", () => {
    const seconds = (text?: string) => scaleDownSeconds({ WORDPRESS_KUBERNETES_SCALE_DOWN_SECONDS: text });
    expect([seconds(), seconds(""), seconds("0"), seconds("120")]).to.deep.equal([300, 300, 0, 120]);
    for (const text of ["-1", "2m", "1.5", "10000"])
      expect(() => seconds(text), text).to.throw(`is "${text}"`);
  });

  it("waits as much longer as the environment says", () => {
    const times = (text?: string) => patienceFactor({ WORDPRESS_KUBERNETES_PATIENCE: text });
    expect([times(), times(""), times("20")]).to.deep.equal([1, 1, 20]);
    for (const text of ["0", "-1", "1.5", "100"]) expect(() => times(text), text).to.throw(`is "${text}"`);
  });

  it("gives every node an address and every worker a subnet of its own", () => {
    expect(["control-plane", "node1", "node20"].map(nodeAddress)).to.deep.equal([
      "10.89.0.10",
      "10.89.0.11",
      "10.89.0.30",
    ]);
    expect(podSubnet("node3")).to.equal("10.244.3.0/24");
  });

  for (const name of ["node0", "node21", "node", "node1x", "../node1", ""]) {
    it(`does not take "${name}" for a node`, () => {
      expect(() => nodeNumber(name)).to.throw("is not a node");
    });
  }

  it("routes each node to the pods of all others but not to its own", () => {
    const routes = podRoutes("node2");
    expect(routes).to.include("10.244.1.0/24=10.89.0.11").and.to.have.lengthOf(19);
    expect(routes.some((route) => route.startsWith("10.244.2."))).to.equal(false);
    expect(podRoutes("control-plane")).to.have.lengthOf(20);
  });
});
