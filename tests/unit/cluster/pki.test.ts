import { expect } from "chai";
import { parse } from "yaml";
import { certificates, kubeconfig } from "../../../local/cluster/pki.ts";

describe("cluster PKI", () => {
  it("names each node as the kubelet's authorizer expects it", () => {
    const node = certificates(["node1"]).find(({ name }) => name === "node1");
    expect(node).to.deep.equal({
      name: "node1",
      authority: "ca",
      subject: "/O=system:nodes/CN=system:node:node1",
      names: "DNS:node1,IP:10.89.0.11",
      usage: "clientAuth,serverAuth",
    });
  });

  it("makes administrators of two certificates only", () => {
    const masters = certificates(["node1"]).filter(({ subject }) => subject.includes("system:masters"));
    expect(masters.map(({ name }) => name)).to.deep.equal(["apiserver-kubelet", "admin"]);
  });

  it("names every certificate once", () => {
    const names = certificates(["node1", "node2"]).map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
  });

  it("writes kubeconfigs that hold all they need", () => {
    const config = parse(
      kubeconfig("https://127.0.0.1:1", "admin", { ca: "CA", certificate: "CRT", key: "KEY" }),
    );
    expect(config["current-context"]).to.equal("wordpress-kubernetes");
    expect(config.clusters[0].cluster).to.deep.equal({
      server: "https://127.0.0.1:1",
      "certificate-authority-data": "Q0E=",
    });
    expect(config.users[0].user).to.deep.equal({
      "client-certificate-data": "Q1JU",
      "client-key-data": "S0VZ",
    });
  });
});
