import { hkdfSync, webcrypto } from "node:crypto";

/** A server's certificate with the authority that signed it, all PEM. */
export interface ServerCertificate {
  /** Certificate of the authority: what a client trusts. */
  authority: string;
  certificate: string;
  /** Private key of the certificate, PKCS #8. */
  privateKey: string;
}

const validity = { notBefore: new Date("2026-01-01"), notAfter: new Date("2046-01-01") };
const signingAlgorithm = { name: "Ed25519" };

/**
 * Makes a certificate for these host names, signed by an authority of its own. The result follows from the seed
 * alone, because Ed25519 signatures hold no chance: the same seed kept in the state gives the same certificate on
 * every run, and a new seed is how to rotate it.
 */
export async function serverCertificate(seed: string, hosts: string[]): Promise<ServerCertificate> {
  // Imported on use: most stacks do not need it.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  x509.cryptoProvider.set(webcrypto);
  const [authorityKeys, serverKeys] = await Promise.all([
    keysFrom(seed, "authority"),
    keysFrom(seed, "server"),
  ]);
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: "01",
    name: `CN=${hosts[0]} authority`,
    signingAlgorithm,
    keys: authorityKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity,
    serialNumber: "02",
    subject: `CN=${hosts[0]}`,
    issuer: authority.subject,
    signingAlgorithm,
    publicKey: serverKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(hosts.map((value) => ({ type: "dns", value }))),
    ],
  });
  const privateKey = await webcrypto.subtle.exportKey("pkcs8", serverKeys.privateKey);
  return {
    authority: `${authority.toString("pem")}\n`,
    certificate: `${certificate.toString("pem")}\n`,
    privateKey: `${x509.PemConverter.encode(privateKey, "PRIVATE KEY")}\n`,
  };
}

/** An Ed25519 key is any 32 bytes; PKCS #8 puts this header before them (RFC 8410). */
const pkcs8Header = Buffer.from("302e020100300506032b657004220420", "hex");

async function keysFrom(seed: string, use: string): Promise<webcrypto.CryptoKeyPair> {
  const bytes = Buffer.from(hkdfSync("sha256", seed, "", use, 32));
  const privateKey = await webcrypto.subtle.importKey(
    "pkcs8",
    Buffer.concat([pkcs8Header, bytes]),
    "Ed25519",
    true,
    ["sign"],
  );
  const { x } = await webcrypto.subtle.exportKey("jwk", privateKey);
  const publicKey = await webcrypto.subtle.importKey(
    "jwk",
    { kty: "OKP", crv: "Ed25519", x },
    "Ed25519",
    true,
    ["verify"],
  );
  return { privateKey, publicKey };
}
