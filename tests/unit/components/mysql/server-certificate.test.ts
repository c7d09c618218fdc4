import { createPrivateKey, X509Certificate } from "node:crypto";
import { expect } from "chai";
import { serverCertificate } from "../../../../components/mysql/server-certificate.ts";

describe("serverCertificate", () => {
  const hosts = ["wordpress-mysql", "wordpress-mysql.blog.svc.cluster.local"];

  it("is for the hosts and signed by its authority", async () => {
    const made = await serverCertificate("seed", hosts);
    const certificate = new X509Certificate(made.certificate);
    const authority = new X509Certificate(made.authority);
    expect(hosts.map((host) => certificate.checkHost(host))).to.deep.equal(hosts);
    expect(certificate.checkHost("other")).to.equal(undefined);
    expect(certificate.checkIssued(authority)).to.equal(true);
    expect(certificate.verify(authority.publicKey)).to.equal(true);
    expect([authority.ca, certificate.ca]).to.deep.equal([true, false]);
    expect(certificate.keyUsage).to.deep.equal(["1.3.6.1.5.5.7.3.1"]);
  });

  it("comes with its private key, and with no other", async () => {
    const made = await serverCertificate("seed", hosts);
    const key = createPrivateKey(made.privateKey);
    expect(new X509Certificate(made.certificate).checkPrivateKey(key)).to.equal(true);
    expect(new X509Certificate(made.authority).checkPrivateKey(key)).to.equal(false);
    expect(made.privateKey).to.match(/^-----BEGIN PRIVATE KEY-----\n/);
  });

  it("is valid now and for years", async () => {
    const { authority, certificate } = await serverCertificate("seed", hosts);
    for (const pem of [authority, certificate]) {
      const { validFromDate, validToDate } = new X509Certificate(pem);
      expect(validFromDate.getTime()).to.be.below(Date.now());
      expect(validToDate.getTime()).to.be.above(Date.now() + 10 * 365 * 24 * 3600 * 1000);
    }
  });

  it("follows from the seed and the hosts alone", async () => {
    const once = await serverCertificate("seed", hosts);
    expect(await serverCertificate("seed", hosts)).to.deep.equal(once);
    const reseeded = await serverCertificate("other seed", hosts);
    expect(reseeded.privateKey).not.to.equal(once.privateKey);
    expect(reseeded.authority).not.to.equal(once.authority);
    const rehosted = await serverCertificate("seed", ["elsewhere"]);
    expect(rehosted.certificate).not.to.equal(once.certificate);
  });

  it("is not signed by the authority of another seed", async () => {
    const { certificate } = await serverCertificate("seed", hosts);
    const { authority } = await serverCertificate("other seed", hosts);
    expect(new X509Certificate(certificate).verify(new X509Certificate(authority).publicKey)).to.equal(false);
  });
});
