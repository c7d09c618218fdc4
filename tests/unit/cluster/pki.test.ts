import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { certificates, ensurePki, pkiPath } from "../../../local/cluster/pki.ts";

describe("cluster PKI", () => {
  describe("on disk", () => {
    const text = (name: string) => readFileSync(pkiPath(name), "utf8");
    const certificate = (name: string) => new X509Certificate(text(`${name}.crt`));
    const { WORDPRESS_KUBERNETES_DATA: before } = process.env;
    let folder: string;

    beforeEach(() => {
      folder = mkdtempSync(path.join(os.tmpdir(), "pki-"));
      process.env.WORDPRESS_KUBERNETES_DATA = folder;
    });

    afterEach(() => {
      if (before === undefined) delete process.env.WORDPRESS_KUBERNETES_DATA;
      else process.env.WORDPRESS_KUBERNETES_DATA = before;
      rmSync(folder, { recursive: true });
    });

    it("is signed by its authorities, and each key is its certificate's and for the owner only", async () => {
      await ensurePki(["node1"]);
      for (const { name, authority } of certificates(["node1"])) {
        expect(certificate(name).verify(certificate(authority).publicKey), name).to.equal(true);
        expect(certificate(name).checkIssued(certificate(authority)), name).to.equal(true);
        expect(certificate(name).checkPrivateKey(createPrivateKey(text(`${name}.key`))), name).to.equal(true);
        expect(statSync(pkiPath(`${name}.key`)).mode & 0o777, name).to.equal(0o600);
      }
      expect(certificate("ca").ca).to.equal(true);
      expect(certificate("node1").ca).to.equal(false);
    });

    it("names what is reached, and who asks as Kubernetes reads it", async () => {
      await ensurePki(["node1"]);
      expect(certificate("apiserver").checkHost("kubernetes.default.svc")).to.equal("kubernetes.default.svc");
      expect(certificate("apiserver").checkIP("127.0.0.1")).to.equal("127.0.0.1");
      expect(certificate("node1").checkIP("10.89.0.12")).to.equal(undefined);
      expect(certificate("admin").subject.split("\n")).to.have.members([
        "O=system:masters",
        "CN=kubernetes-admin",
      ]);
    });

    it("writes kubeconfigs that hold all they need", async () => {
      await ensurePki(["node1"]);
      const base64 = (name: string) => Buffer.from(text(name)).toString("base64");
      const config = parse(text("node1.kubeconfig"));
      expect(config["current-context"]).to.equal("wordpress-kubernetes");
      expect(config.clusters[0].cluster).to.deep.equal({
        server: "https://10.89.0.10:6443",
        "certificate-authority-data": base64("ca.crt"),
      });
      expect(config.users[0].user).to.deep.equal({
        "client-certificate-data": base64("node1.crt"),
        "client-key-data": base64("node1.key"),
      });
    });

    it("stays as it is, and what is missing is added", async () => {
      await ensurePki(["node1"]);
      const first = text("node1.crt");
      await ensurePki(["node1", "node2"]);
      expect(text("node1.crt")).to.equal(first);
      expect(certificate("node2").verify(certificate("ca").publicKey)).to.equal(true);
    });
  });

  it("names each node as the kubelet's authorizer expects it", () => {
    const node = certificates(["node1"]).find(({ name }) => name === "node1");
    expect(node).to.deep.equal({
      name: "node1",
      authority: "ca",
      subject: "O=system:nodes, CN=system:node:node1",
      names: { dns: ["node1"], ip: ["10.89.0.11"] },
      usage: ["clientAuth", "serverAuth"],
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
});
