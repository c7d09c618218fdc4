import "reflect-metadata";
import { generateKeyPairSync, webcrypto } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import * as x509 from "@peculiar/x509";
import { stringify } from "yaml";
import { addresses, contextName, hostPorts, nodeAddress, statePath } from "./layout.ts";

/** What a certificate says and who signs it. */
export interface Certificate {
  /** Base name of its files. */
  readonly name: string;
  readonly authority: "ca" | "front-proxy-ca";
  /** Distinguished name: `O=group, CN=user`. */
  readonly subject: string;
  /** Names and addresses it is valid for; none for a client. */
  readonly names?: { readonly dns?: readonly string[]; readonly ip: readonly string[] };
  readonly usage: readonly ("clientAuth" | "serverAuth")[];
}

/** A path in the PKI's folder. */
export function pkiPath(...segments: string[]): string {
  return statePath("pki", ...segments);
}

/** Every certificate the control plane and the given workers need. */
export function certificates(nodes: readonly string[]): Certificate[] {
  const authority = "ca";
  const client = (name: string, subject: string): Certificate => {
    return { name, authority, subject, usage: ["clientAuth"] };
  };
  const server = (name: string, names: Certificate["names"] & {}): Certificate => {
    return { name, authority, subject: `CN=${name}`, names, usage: ["serverAuth"] };
  };
  const node = (name: string): Certificate => ({
    ...client(name, `O=system:nodes, CN=system:node:${name}`),
    names: { dns: [name], ip: [nodeAddress(name)] },
    usage: ["clientAuth", "serverAuth"],
  });
  const { apiService, controlPlane } = addresses;
  const service = "kubernetes.default.svc";
  return [
    server("apiserver", {
      dns: ["kubernetes", "kubernetes.default", service, `${service}.cluster.local`, "localhost"],
      ip: [apiService, controlPlane, "127.0.0.1"],
    }),
    server("metrics-server-serving", { dns: ["metrics-server.kube-system.svc"], ip: [controlPlane] }),
    server("pebble", { ip: [controlPlane] }),
    client("apiserver-kubelet", "O=system:masters, CN=kube-apiserver-kubelet-client"),
    client("admin", "O=system:masters, CN=kubernetes-admin"),
    ...clients.map((name) => client(name, `CN=system:${name}`)),
    { ...client("front-proxy", "CN=front-proxy-client"), authority: "front-proxy-ca" },
    ...nodes.map(node),
  ];
}

/** Programs that talk to the API server as the user `system:<name>`. */
const clients = [
  ...["kube-controller-manager", "kube-scheduler", "kube-proxy", "network-policies"],
  ...["coredns", "metrics-server", "traefik", "local-path-provisioner"],
];

/** Makes the keys, certificates and kubeconfigs that are not there yet. */
export async function ensurePki(nodes: readonly string[]): Promise<void> {
  mkdirSync(pkiPath(), { recursive: true, mode: 0o700 });
  ensureServiceAccountKey();
  await Promise.all([ensureAuthority("ca"), ensureAuthority("front-proxy-ca")]);
  await Promise.all(certificates(nodes).map(ensureCertificate));
  for (const name of [...clients, ...nodes]) {
    writeKubeconfig(pkiPath(`${name}.kubeconfig`), `https://${addresses.controlPlane}:6443`, name);
  }
  writeKubeconfig(statePath("kubeconfig"), `https://127.0.0.1:${hostPorts.api}`, "admin");
}

const keyAlgorithm = { name: "ECDSA", namedCurve: "P-256" };
const signingAlgorithm = { name: "ECDSA", hash: "SHA-256" };
const decade = 10 * 365 * 24 * 3600 * 1000;

async function ensureAuthority(name: string): Promise<void> {
  const { keyCertSign, cRLSign, digitalSignature } = x509.KeyUsageFlags;
  await ensurePair(name, (keys) =>
    x509.X509CertificateGenerator.createSelfSigned({
      ...validity(),
      name: `CN=${contextName} ${name}`,
      signingAlgorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(keyCertSign | cRLSign | digitalSignature, true),
      ],
    }),
  );
}

function ensureServiceAccountKey(): void {
  if (existsSync(pkiPath("service-account.pub"))) return;
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeKey("service-account", privateKey.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(pkiPath("service-account.pub"), publicKey.export({ type: "spki", format: "pem" }));
}

async function ensureCertificate({ name, authority, subject, names, usage }: Certificate): Promise<void> {
  const issuer = () => new x509.X509Certificate(readFileSync(pkiPath(`${authority}.crt`), "utf8"));
  const alternatives = [
    ...(names?.dns ?? []).map((value) => ({ type: "dns" as const, value })),
    ...(names?.ip ?? []).map((value) => ({ type: "ip" as const, value })),
  ];
  await ensurePair(name, async ({ publicKey }) =>
    x509.X509CertificateGenerator.create({
      ...validity(),
      subject,
      issuer: issuer().subject,
      signingAlgorithm,
      publicKey,
      signingKey: await authorityKey(authority),
      extensions: [
        new x509.BasicConstraintsExtension(false),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature),
        new x509.ExtendedKeyUsageExtension(usage.map((use) => x509.ExtendedKeyUsage[use])),
        ...(alternatives.length > 0 ? [new x509.SubjectAlternativeNameExtension(alternatives)] : []),
      ],
    }),
  );
}

/** From an hour ago on: the clocks of containers and machines differ. */
function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - 3_600_000), notAfter: new Date(now + decade) };
}

/** The certificate is written last: a start that was killed in between makes the pair again. */
async function ensurePair(
  name: string,
  sign: (keys: webcrypto.CryptoKeyPair) => Promise<x509.X509Certificate>,
): Promise<void> {
  if (existsSync(pkiPath(`${name}.crt`))) return;
  x509.cryptoProvider.set(webcrypto);
  const keys = await webcrypto.subtle.generateKey(keyAlgorithm, true, ["sign", "verify"]);
  const key = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  writeKey(name, `${x509.PemConverter.encode(key, "PRIVATE KEY")}\n`);
  writeFileSync(pkiPath(`${name}.crt`), `${(await sign(keys)).toString("pem")}\n`);
}

function authorityKey(name: string): Promise<webcrypto.CryptoKey> {
  const key = x509.PemConverter.decodeFirst(readFileSync(pkiPath(`${name}.key`), "utf8"));
  return webcrypto.subtle.importKey("pkcs8", key, keyAlgorithm, false, ["sign"]);
}

function writeKey(name: string, text: string | Buffer): void {
  writeFileSync(pkiPath(`${name}.key`), text, { mode: 0o600 });
}

/** Writes a kubeconfig that holds its certificates itself, so that it can be copied. */
function writeKubeconfig(file: string, server: string, user: string): void {
  const keys = {
    "client-certificate-data": base64(`${user}.crt`),
    "client-key-data": base64(`${user}.key`),
  };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: contextName, cluster: { server, "certificate-authority-data": authorityBundle() } }],
    users: [{ name: user, user: keys }],
    contexts: [{ name: contextName, context: { cluster: contextName, user } }],
    "current-context": contextName,
  };
  writeFileSync(file, stringify(config), { mode: 0o600 });
}

/** The authority's certificate as APIService objects want it. */
export function authorityBundle(): string {
  return base64("ca.crt");
}

function base64(file: string): string {
  return readFileSync(pkiPath(file)).toString("base64");
}
