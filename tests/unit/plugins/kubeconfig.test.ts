import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { credentialSource, parseExecCredential } from "../../../local/plugins/kubernetes/credentials.ts";
import { type Connection, loadConnection } from "../../../local/plugins/kubernetes/kubeconfig.ts";
import { checkSettings, clusterReplaces, readSettings } from "../../../local/plugins/kubernetes/settings.ts";

const config = (server: string, user = "token: abc") => `
apiVersion: v1
kind: Config
current-context: one
clusters:
- name: one
  cluster: { server: "${server}", certificate-authority: ca.pem }
- name: two
  cluster: { server: "https://two:6443", insecure-skip-tls-verify: true }
users:
- name: me
  user: { ${user} }
contexts:
- name: one
  context: { cluster: one, user: me, namespace: mine }
- name: two
  context: { cluster: two, user: me }
`;

describe("kubeconfig", () => {
  let folder: string;
  const file = (name: string, text: string) => {
    const target = path.join(folder, name);
    writeFileSync(target, text);
    return target;
  };
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "kubeconfig-test-"));
    file("ca.pem", "the CA");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is a path, with files relative to itself, and its current context", () => {
    const connection = loadConnection({ kubeconfig: file("config", config("https://one:6443")) });
    expect(connection).to.include({
      server: "https://one:6443",
      token: "abc",
      namespace: "mine",
      insecure: false,
    });
    expect(connection.ca?.toString()).to.equal("the CA");
  });

  it("is text, with another context or cluster chosen", () => {
    const text = config(
      "https://one:6443",
      `client-certificate-data: ${Buffer.from("cert").toString("base64")}, client-key: ${folder}/ca.pem`,
    );
    const connection = loadConnection({ kubeconfig: text, context: "two" });
    expect(connection).to.include({ server: "https://two:6443", insecure: true, namespace: undefined });
    expect(connection.certificate?.toString()).to.equal("cert");
    expect(connection.key?.toString()).to.equal("the CA");
    expect(loadConnection({ kubeconfig: text, context: "two", cluster: "two" }).server).to.equal(
      "https://two:6443",
    );
  });

  it("is found by $KUBECONFIG, whose earlier files win", () => {
    const first = file("first", "current-context: two\n");
    const second = file("second", config("https://one:6443"));
    const environment = { KUBECONFIG: [first, "/absent", second].join(path.delimiter) };
    expect(loadConnection({}, environment).server).to.equal("https://two:6443");
  });

  it("that is missing or names nothing is one clear sentence", () => {
    expect(() => loadConnection({}, { HOME: folder })).to.throw("there is no kubeconfig");
    expect(() => loadConnection({ kubeconfig: config("x"), context: "three" })).to.throw(
      'no context "three"; it has one, two',
    );
  });

  it("that is empty is one without entries, and one that leads through a proxy is refused", () => {
    const environment = {
      KUBECONFIG: [file("empty", ""), file("full", config("https://one:6443"))].join(":"),
    };
    expect(loadConnection({}, environment).server).to.equal("https://one:6443");
    const proxied = config("https://one:6443").replace(
      "certificate-authority: ca.pem",
      "proxy-url: http://p",
    );
    expect(() => loadConnection({ kubeconfig: proxied })).to.throw(
      "proxy-url needs the official kubernetes plugin",
    );
  });

  const connect = (more: Partial<Connection>): Connection => ({
    server: "https://x",
    insecure: false,
    ...more,
  });

  it("gives tokens, token files read anew, and logins", async () => {
    expect(await credentialSource(connect({ token: "t" }))()).to.include({ authorization: "Bearer t" });
    const tokenFile = file("token", "one\n");
    const source = credentialSource(connect({ tokenFile }));
    expect(await source()).to.include({ authorization: "Bearer one" });
    writeFileSync(tokenFile, "two\n");
    expect(await source()).to.include({ authorization: "Bearer two" });
    const basic = { username: "u", password: "p" };
    expect(await credentialSource(connect({ basic }))()).to.include({ authorization: "Basic dTpw" });
  });

  it("runs credential plugins, once until they expire or are refused", async () => {
    const script = file(
      "plugin",
      `#!/bin/sh
echo x >> ${folder}/calls
echo "{\\"status\\":{\\"token\\":\\"$PREFIX-$1-$(wc -l < ${folder}/calls | tr -d ' ')\\"}}"
`,
    );
    chmodSync(script, 0o755);
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command: script,
      args: ["a"],
      env: { PREFIX: "p" },
    };
    const source = credentialSource(connect({ exec }));
    expect(await source()).to.include({ authorization: "Bearer p-a-1" });
    expect(await source()).to.include({ authorization: "Bearer p-a-1" });
    expect(await source(true)).to.include({ authorization: "Bearer p-a-2" });
  });

  it("says which credential plugin failed", async () => {
    const exec = { apiVersion: "v1", command: path.join(folder, "absent"), args: [], env: {} };
    const failure = await credentialSource(connect({ exec }))().catch((error: Error) => error.message);
    expect(failure).to.contain("the credential plugin").and.to.contain("absent failed");
    expect(() => parseExecCredential("oops", "c")).to.throw("did not print an ExecCredential");
    expect(() => parseExecCredential('{"status":{}}', "c")).to.throw("gave neither token nor certificate");
  });
});

describe("provider arguments", () => {
  it("come as text or as booleans", () => {
    const settings = readSettings(
      { enableSecretMutable: "true", enableConfigMapMutable: true, namespace: "n" },
      undefined,
    );
    expect(settings).to.include({ secrets: true, configMaps: true, patchForce: false, namespace: "n" });
    expect(readSettings({}, undefined).namespace).to.equal("default");
  });

  it("that need the official plugin are refused", () => {
    expect(checkSettings({ renderYamlToDirectory: "out" })[0]?.property).to.equal("renderYamlToDirectory");
    expect(checkSettings({ enableServerSideApply: true, kubeconfig: "x" })).to.deep.equal([]);
  });

  it("replace everything only where they point at another cluster", () => {
    const one = { kubeconfig: config("https://one:6443") };
    expect(clusterReplaces(one, { kubeconfig: config("https://other:6443") })).to.deep.equal(["kubeconfig"]);
    expect(clusterReplaces(one, { kubeconfig: config("https://one:6443", "token: new") })).to.deep.equal([]);
    expect(clusterReplaces(one, { ...one, context: "two" })).to.deep.equal(["context"]);
    expect(
      clusterReplaces({ ...one, clusterIdentifier: "a" }, { kubeconfig: "x", clusterIdentifier: "a" }),
    ).to.deep.equal([]);
  });
});
