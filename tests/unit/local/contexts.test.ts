import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { stringify } from "yaml";
import { answers, chooseContext, contextNames } from "../../../local/contexts.ts";

describe("the context to deploy to", () => {
  let folder: string;
  let server: http.Server;
  let url: string;
  let asked: string[];
  let requests: { url: string; credentials: boolean }[];

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "contexts-test-"));
    server = http.createServer((request, response) => {
      requests.push({ url: request.url ?? "", credentials: request.headers.authorization !== undefined });
      response.writeHead(401).end();
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    asked = [];
    requests = [];
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  /** A kubeconfig with these contexts, each leading to the server given. */
  function kubeconfig(name: string, contexts: Record<string, string>, current?: string): string {
    const names = Object.keys(contexts);
    const config = {
      clusters: names.map((each) => ({ name: each, cluster: { server: contexts[each] } })),
      users: [{ name: "me", user: { token: "secret" } }],
      contexts: names.map((each) => ({ name: each, context: { cluster: each, user: "me" } })),
      "current-context": current,
    };
    const file = path.join(folder, name);
    writeFileSync(file, stringify(config));
    return file;
  }

  const answering = (answer: string) => async (question: string) => {
    asked.push(question);
    return answer;
  };

  const closed = async () => {
    const other = http.createServer();
    await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
    const { port } = other.address() as AddressInfo;
    await new Promise((done) => other.close(done));
    return `http://127.0.0.1:${port}`;
  };

  it("is the one given, without a question", async () => {
    expect(await chooseContext("mine", answering("n"), {})).to.equal("mine");
    expect(asked).to.deep.equal([]);
  });

  it("is the current one when it answers and the answer is yes", async () => {
    const env = { KUBECONFIG: kubeconfig("one", { other: "http://127.0.0.1:1", mine: url }, "mine") };
    for (const [answer, chosen] of [
      ["y", "mine"],
      [" YES ", "mine"],
      ["", undefined],
      ["n", undefined],
      ["yesterday", undefined],
    ] as const) {
      expect(await chooseContext(undefined, answering(answer), env), answer).to.equal(chosen);
    }
    expect(asked[0]).to.equal('Deploy to the Kubernetes context "mine" of your kubeconfig? [y/N] ');
    // A refusal is an answer; nobody's credentials were needed for it.
    expect(requests[0]).to.deep.equal({ url: "/readyz", credentials: false });
  });

  it("is none, and none is asked for, without somebody at a terminal", async () => {
    const env = { KUBECONFIG: kubeconfig("one", { mine: url }, "mine") };
    expect(await chooseContext(undefined, undefined, env)).to.equal(undefined);
    expect(requests).to.deep.equal([]);
  });

  it("is not asked for while its cluster does not answer, or where there is none", async () => {
    const broken = path.join(folder, "broken");
    writeFileSync(broken, "contexts: {");
    const environments = [
      { KUBECONFIG: kubeconfig("gone", { mine: await closed() }, "mine") },
      { KUBECONFIG: kubeconfig("none-current", { mine: url }) },
      { KUBECONFIG: kubeconfig("unknown", { mine: url }, "theirs") },
      { KUBECONFIG: kubeconfig("nowhere", { mine: "" }, "mine") },
      { KUBECONFIG: broken },
      { HOME: folder },
    ];
    for (const env of environments) {
      expect(await chooseContext(undefined, answering("y"), env), JSON.stringify(env)).to.equal(undefined);
    }
    expect(asked).to.deep.equal([]);
  });

  it("is not waited for when its server accepts and says nothing", async () => {
    const silent = net.createServer();
    await new Promise<void>((done) => silent.listen(0, "127.0.0.1", done));
    const { port } = silent.address() as AddressInfo;
    expect(await answers(`https://127.0.0.1:${port}`, 200)).to.equal(false);
    silent.close();
  });

  it("may be in any file of $KUBECONFIG", () => {
    const empty = path.join(folder, "empty");
    writeFileSync(empty, "");
    const files = [empty, kubeconfig("first", { a: url }), kubeconfig("second", { b: url, c: url })];
    expect(contextNames({ KUBECONFIG: files.join(path.delimiter) })).to.deep.equal(["a", "b", "c"]);
    expect(contextNames({ KUBECONFIG: "", HOME: folder })).to.deep.equal([]);
  });
});
