import tls from "node:tls";
import { expect } from "chai";
import { knownAuthorities } from "../../../stacks/authorities.ts";

describe("the authorities that are known", () => {
  const { getCACertificates } = tls;
  const { NODE_EXTRA_CA_CERTS: before } = process.env;
  afterEach(() => {
    tls.getCACertificates = getCACertificates;
    if (before === undefined) delete process.env.NODE_EXTRA_CA_CERTS;
    else process.env.NODE_EXTRA_CA_CERTS = before;
  });

  it("are Mozilla's alone where Node cannot read the system's, as before 22.15", () => {
    Object.assign(tls, { getCACertificates: undefined });
    delete process.env.NODE_EXTRA_CA_CERTS;
    expect(knownAuthorities()).to.deep.equal([...tls.rootCertificates]);
  });

  it("are no others where NODE_EXTRA_CA_CERTS names a file that is not there, as in Node itself", () => {
    process.env.NODE_EXTRA_CA_CERTS = "/no/such/file.pem";
    expect(knownAuthorities()).to.include.members([...tls.rootCertificates]);
  });
});
