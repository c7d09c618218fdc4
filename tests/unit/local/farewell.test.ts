import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { stringify } from "yaml";
import { administrator, farewell } from "../../../local/farewell.ts";
import { k3sContext } from "../../../local/k3s.ts";
import type { Stack } from "../../../local/stack.ts";

const outputs = {
  url: "https://wordpress.localhost:8443",
  namespace: "kube-example",
  adminSecretName: "wordpress-admin",
};
const stack: Stack = {
  name: "local",
  engine: { command: "pulumi", env: {}, description: "none: nothing is run here" },
  env: {},
  context: undefined,
  state: { folder: "/nowhere", env: {} },
};

describe("the farewell of npm start", () => {
  it("has the address, the user and how to read the password", () => {
    const text = farewell({ stack, outputs, user: "editor", took: "17 s" });
    expect(text.split("\n").slice(0, 5)).to.deep.equal([
      "",
      "WordPress is up after 17 s: https://wordpress.localhost:8443",
      "  log in at    https://wordpress.localhost:8443/wp-login.php",
      "  user         editor",
      "  password     npm run --silent cluster -- kubectl get secret wordpress-admin -n kube-example -o 'jsonpath={.data.password}' | base64 -d",
    ]);
    expect(text).to.include("npm stop").and.to.include("test authority");
  });

  it("says how to read a user that is not known", () => {
    expect(farewell({ stack, outputs, user: undefined, took: "1 s" })).to.match(
      /^ {2}user {9}npm run .*jsonpath=\{\.data\.username\}/m,
    );
  });

  it("names the context of a cluster of one's own in every command", () => {
    const text = farewell({
      stack: { ...stack, name: "dev", context: "mine" },
      outputs,
      user: "admin",
      took: "1 s",
    });
    expect(text).to.include("kubectl --context mine get secret wordpress-admin");
    expect(text).to.include("npm start -- --context mine --stack dev");
    expect(text)
      .to.include("npm run pulumi -- destroy --context mine --stack dev")
      .and.not.to.include("test authority");
  });
});

describe("the farewell of npm start on k3s in Docker", () => {
  it("leads on without a kubectl of the machine", () => {
    const own = { ...stack, name: "dev", context: k3sContext };
    const text = farewell({ stack: own, outputs, user: "admin", took: "1 s" });
    expect(text).to.include(`docker exec ${k3sContext} kubectl get secret wordpress-admin`);
    expect(text).to.include(`--context ${k3sContext} --stack dev KEY VALUE`);
    expect(text).to.include("`npm start -- --docker`").and.to.include("npm stop");
    expect(text).to.include("Traefik's own");
  });
});

describe("the farewell of npm start for another stack than the usual one", () => {
  for (const [where, context, command] of [
    ["the embedded cluster", undefined, "npm start -- --stack other"],
    ["k3s", k3sContext, "npm start -- --docker --stack other"],
    ["a cluster of one's own", "mine", "npm start -- --context mine --stack other"],
  ] as const) {
    it(`names it on ${where}`, () => {
      const other = { ...stack, name: "other", context };
      expect(farewell({ stack: other, outputs, user: "admin", took: "1 s" })).to.include(`\`${command}\``);
    });
  }
});

describe("the administrator's name", () => {
  let folder: string;
  let server: http.Server;
  let env: Record<string, string>;
  let secret: object | undefined;
  const asked: string[] = [];

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "farewell-test-"));
    server = http.createServer((request, response) => {
      asked.push(request.url ?? "");
      response.writeHead(secret ? 200 : 404).end(JSON.stringify(secret ?? { message: "no such secret" }));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const config = {
      clusters: [{ name: "c", cluster: { server: address } }],
      contexts: [{ name: "c", context: { cluster: "c" } }],
      "current-context": "c",
    };
    env = { KUBECONFIG: path.join(folder, "kubeconfig") };
    writeFileSync(env.KUBECONFIG ?? "", stringify(config));
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  it("is read from the Secret the stack names", async () => {
    secret = { data: { username: Buffer.from("editor").toString("base64") } };
    expect(await administrator({ ...stack, env }, outputs)).to.equal("editor");
    expect(asked).to.deep.equal(["/api/v1/namespaces/kube-example/secrets/wordpress-admin"]);
  });

  it("is unknown where the Secret cannot be read or has none", async () => {
    secret = undefined;
    expect(await administrator({ ...stack, env }, outputs)).to.equal(undefined);
    secret = { data: {} };
    expect(await administrator({ ...stack, env }, outputs)).to.equal(undefined);
    expect(await administrator({ ...stack, env: { KUBECONFIG: `${folder}/absent` } }, outputs)).to.equal(
      undefined,
    );
  });
});
