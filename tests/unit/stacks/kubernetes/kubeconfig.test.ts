import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, use } from "chai";
import chaiAsPromised from "chai-as-promised";
import { findCredentials } from "../../../../stacks/kubernetes/credentials.ts";
import { type ClusterChoice, findConnection, type User } from "../../../../stacks/kubernetes/kubeconfig.ts";

use(chaiAsPromised);

/* Where the cluster is found and what is presented to it. That the kubernetes provider finds the same one is by reading its documentation, not by these tests. */

const kubeconfig = (name: string, cluster: object = {}, user: object = { token: `${name}-token` }) =>
  JSON.stringify({
    "current-context": name,
    clusters: [{ name, cluster: { server: `https://${name}.example.com`, ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });

describe("preflight kubeconfig", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "preflight-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(name: string, text: string): string {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text, { mode: 0o700 });
    return file;
  }
  const find = (choice: ClusterChoice, environment: Record<string, string> = {}) =>
    findConnection(choice, { HOME: folder, ...environment });
  const server = (choice: ClusterChoice, environment?: Record<string, string>) =>
    find(choice, environment).cluster.server;

  it("takes the stack's kubeconfig before the environment's, and that before the home folder's", () => {
    const own = write("own", kubeconfig("own"));
    const KUBECONFIG = write("environment", kubeconfig("environment"));
    write(".kube/config", kubeconfig("home"));
    expect(server({ kubeconfig: own }, { KUBECONFIG })).to.equal("https://own.example.com");
    expect(server({ kubeconfig: kubeconfig("text") }, { KUBECONFIG })).to.equal("https://text.example.com");
    expect(server({}, { KUBECONFIG })).to.equal("https://environment.example.com");
    expect(server({}, { KUBECONFIG: "" })).to.equal("https://home.example.com");
  });

  it("falls back to the pod's service account", () => {
    const inside = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };
    expect(server({}, inside)).to.equal("https://[fd00::1]:443");
    write(".kube/config", kubeconfig("home"));
    expect(server({}, inside)).to.equal("https://home.example.com");
  });

  it("merges several files, the first one's entries winning, and skips those that are not there", () => {
    const first = write(
      "1",
      "apiVersion: v1\nclusters: null\nusers: null\ncontexts: null\ncurrent-context: b\n",
    );
    const second = write("2", kubeconfig("a"));
    const third = write("3", kubeconfig("b"));
    const again = write("4", kubeconfig("b", { server: "https://late.example.com" }));
    const KUBECONFIG = [first, path.join(folder, "none"), second, third, again].join(path.delimiter);
    expect(server({}, { KUBECONFIG })).to.equal("https://b.example.com");
    expect(server({ context: "a" }, { KUBECONFIG })).to.equal("https://a.example.com");
    const mixed = find({ context: "a", cluster: "b" }, { KUBECONFIG });
    expect([mixed.cluster.server, mixed.user.token]).to.deep.equal(["https://b.example.com", "a-token"]);
    expect(mixed.origin).to.match(/^context "a" of /);
  });

  it("takes paths from the file's own folder", async () => {
    const user = { tokenFile: "token", "client-certificate": "user.crt", exec: null };
    const file = write("sub/config", kubeconfig("x", { "certificate-authority": "../ca.crt" }, user));
    write("sub/token", "from-file\n");
    write("sub/user.crt", "CERT");
    const connection = find({ kubeconfig: file });
    expect(connection.cluster["certificate-authority"]).to.equal(path.join(folder, "ca.crt"));
    const credentials = await findCredentials(connection, AbortSignal.timeout(1000));
    expect({ ...credentials, certificate: String(credentials.certificate) }).to.deep.equal({
      authorization: "Bearer from-file",
      certificate: "CERT",
      key: undefined,
    });
  });

  it("says what is missing", () => {
    const x = write("x", kubeconfig("x"));
    const none = write("none", kubeconfig("x").replace('"current-context":"x",', ""));
    expect(() => find({})).to.throw(
      `there is no kubeconfig at ${folder}/.kube/config: set KUBECONFIG, or kubernetes:kubeconfig in the stack's config`,
    );
    expect(() => find({ kubeconfig: x, context: "y" })).to.throw(`${x} has no context "y"; it has x`);
    expect(() => find({ kubeconfig: x, cluster: "z" })).to.throw(`${x} has no cluster "z"; it has x`);
    expect(() => find({ kubeconfig: none })).to.throw(
      `${none} has no current context: set kubernetes:context`,
    );
    expect(() => find({ kubeconfig: path.join(folder, "gone") })).to.throw("gone, which is not there");
    const odd = write("odd", '{"users": [{"name": "x", "user": {"token": 12345}}]}');
    expect(() => find({ kubeconfig: odd })).to.throw(
      /^\S+odd is not a kubeconfig \(see users\.0\.user\.token\)$/,
    );
    expect(() => find({ kubeconfig: write("text", "just words") })).to.throw("text is not a kubeconfig");
  });

  describe("credentials", () => {
    const present = (user: User) =>
      findCredentials({ origin: "", cluster: { server: "https://x" }, user }, AbortSignal.timeout(2000));

    it("are a token, a password or a certificate", async () => {
      expect((await present({ token: "abc" })).authorization).to.equal("Bearer abc");
      expect((await present({ username: "me", password: "pw" })).authorization).to.equal("Basic bWU6cHc=");
      const { certificate, key } = await present({
        "client-certificate-data": "Q0VSVA==",
        "client-key-data": "S0VZ",
      });
      expect([String(certificate), String(key)]).to.deep.equal(["CERT", "KEY"]);
    });

    const plugin = (script: string): User => ({
      exec: {
        apiVersion: "client.authentication.k8s.io/v1",
        command: write("plugin", `#!/bin/sh\n${script}`),
        args: ["first"],
        env: [{ name: "GREETING", value: "hello" }],
      },
    });

    it("come from a plugin that is told the cluster", async () => {
      const told = `printf '{"status":{"token":"%s-%s-%s"}}' "$1" "$GREETING" "$(echo "$KUBERNETES_EXEC_INFO" | grep -o 'https:[^"]*')"`;
      expect((await present(plugin(told))).authorization).to.equal("Bearer first-hello-https://x");
    });

    it("are never shown when the plugin fails", async () => {
      await expect(present(plugin("echo no login >&2; exit 3"))).to.be.rejectedWith(
        /plugin failed: no login$/,
      );
      await expect(present(plugin("exit 4"))).to.be.rejectedWith(/plugin failed: it ended with 4$/);
      const error = await present(plugin("echo '\"t0ken'")).catch((caught: Error) => caught.message);
      expect(error)
        .to.match(/plugin failed: it printed no credentials$/)
        .and.not.contain("t0ken");
      await expect(present(plugin("exec sleep 20"))).to.be.rejectedWith("plugin failed");
    });
  });
});
