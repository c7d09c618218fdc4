import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { stringify } from "yaml";
import { addresses, contextName, hostPorts, nodeAddress, statePath } from "./layout.ts";
import { run } from "./run.ts";

/** What a certificate says and who signs it. */
export interface Certificate {
  /** Base name of its files. */
  readonly name: string;
  readonly authority: "ca" | "front-proxy-ca";
  /** Distinguished name in openssl's notation: `/O=group/CN=user`. */
  readonly subject: string;
  /** Names and addresses it is valid for, in openssl's notation; none for a client. */
  readonly names?: string;
  readonly usage: string;
}

/** A path in the PKI's folder. */
export function pkiPath(...segments: string[]): string {
  return statePath("pki", ...segments);
}

const lasting = ["-days", "3650"];

/** Every certificate the control plane and the given workers need. */
export function certificates(nodes: readonly string[]): Certificate[] {
  const client = (name: string, subject: string): Certificate => ({
    name,
    authority: "ca",
    subject,
    usage: "clientAuth",
  });
  const server = (name: string, names: string): Certificate => ({
    name,
    authority: "ca",
    subject: `/CN=${name}`,
    names,
    usage: "serverAuth",
  });
  const service = "kubernetes.default.svc";
  return [
    server(
      "apiserver",
      `DNS:kubernetes,DNS:kubernetes.default,DNS:${service},DNS:${service}.cluster.local,DNS:localhost,` +
        `IP:${addresses.apiService},IP:${addresses.controlPlane},IP:127.0.0.1`,
    ),
    server("metrics-server-serving", `DNS:metrics-server.kube-system.svc,IP:${addresses.controlPlane}`),
    server("pebble", `IP:${addresses.controlPlane}`),
    client("apiserver-kubelet", "/O=system:masters/CN=kube-apiserver-kubelet-client"),
    client("admin", "/O=system:masters/CN=kubernetes-admin"),
    ...clients.map((name) => client(name, `/CN=system:${name}`)),
    {
      name: "front-proxy",
      authority: "front-proxy-ca",
      subject: "/CN=front-proxy-client",
      usage: "clientAuth",
    },
    ...nodes.map(
      (node): Certificate => ({
        name: node,
        authority: "ca",
        subject: `/O=system:nodes/CN=system:node:${node}`,
        names: `DNS:${node},IP:${nodeAddress(node)}`,
        usage: "clientAuth,serverAuth",
      }),
    ),
  ];
}

/** Programs that talk to the API server as the user `system:<name>`. */
const clients = [
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
  "network-policies",
  "coredns",
  "metrics-server",
  "traefik",
  "local-path-provisioner",
];

/** Makes the keys, certificates and kubeconfigs that are not there yet. */
export async function ensurePki(nodes: readonly string[]): Promise<void> {
  mkdirSync(pkiPath(), { recursive: true, mode: 0o700 });
  await Promise.all([ensureAuthority("ca"), ensureAuthority("front-proxy-ca"), ensureServiceAccountKey()]);
  await Promise.all(certificates(nodes).map(ensureCertificate));
  for (const name of [...clients, ...nodes]) {
    writeKubeconfig(pkiPath(`${name}.kubeconfig`), `https://${addresses.controlPlane}:6443`, name);
  }
  writeKubeconfig(statePath("kubeconfig"), `https://127.0.0.1:${hostPorts.api}`, "admin");
}

function key(name: string): Promise<string> {
  const curve = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
  return run("openssl", ["genpkey", ...curve, "-out", pkiPath(`${name}.key`)]);
}

async function ensureAuthority(name: string): Promise<void> {
  if (existsSync(pkiPath(`${name}.crt`))) return;
  await key(name);
  const uses = ["-addext", "keyUsage=critical,digitalSignature,keyCertSign,cRLSign"];
  const files = ["-key", pkiPath(`${name}.key`), "-out", pkiPath(`${name}.crt`)];
  await run("openssl", [
    "req",
    "-x509",
    "-new",
    "-subj",
    `/CN=${contextName} ${name}`,
    ...lasting,
    ...uses,
    ...files,
  ]);
}

async function ensureServiceAccountKey(): Promise<void> {
  if (existsSync(pkiPath("service-account.pub"))) return;
  const bits = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
  await run("openssl", ["genpkey", ...bits, "-out", pkiPath("service-account.key")]);
  const files = ["-in", pkiPath("service-account.key"), "-out", pkiPath("service-account.pub")];
  await run("openssl", ["pkey", "-pubout", ...files]);
}

async function ensureCertificate({ name, authority, subject, names, usage }: Certificate): Promise<void> {
  // The certificate is written last: a start that was killed in between makes the pair again.
  if (existsSync(pkiPath(`${name}.crt`))) return;
  await key(name);
  const extensions = pkiPath(`${name}.ext`);
  const lines = ["basicConstraints=CA:FALSE", "keyUsage=digitalSignature", `extendedKeyUsage=${usage}`];
  writeFileSync(extensions, [...lines, ...(names ? [`subjectAltName=${names}`] : [])].join("\n"));
  const request = await run("openssl", ["req", "-new", "-subj", subject, "-key", pkiPath(`${name}.key`)]);
  const signer = ["-CA", pkiPath(`${authority}.crt`), "-CAkey", pkiPath(`${authority}.key`)];
  const random = `0x${crypto.randomUUID().replaceAll("-", "")}`;
  const signed = await run(
    "openssl",
    ["x509", "-req", ...signer, "-set_serial", random, ...lasting, "-extfile", extensions],
    {
      input: request,
    },
  );
  rmSync(extensions);
  writeFileSync(pkiPath(`${name}.crt`), `${signed}\n`);
}

/** Text of a kubeconfig that holds its certificates itself, so that it can be copied. */
export function kubeconfig(
  server: string,
  user: string,
  files: { ca: string; certificate: string; key: string },
): string {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: contextName, cluster: { server, "certificate-authority-data": base64(files.ca) } }],
    users: [
      {
        name: user,
        user: { "client-certificate-data": base64(files.certificate), "client-key-data": base64(files.key) },
      },
    ],
    contexts: [{ name: contextName, context: { cluster: contextName, user } }],
    "current-context": contextName,
  });
}

function writeKubeconfig(file: string, server: string, user: string): void {
  const text = (name: string) => readFileSync(pkiPath(name), "utf8");
  const parts = { ca: text("ca.crt"), certificate: text(`${user}.crt`), key: text(`${user}.key`) };
  writeFileSync(file, kubeconfig(server, user, parts), { mode: 0o600 });
}

/** The authority's certificate as APIService objects want it. */
export function authorityBundle(): string {
  return readFileSync(pkiPath("ca.crt")).toString("base64");
}
