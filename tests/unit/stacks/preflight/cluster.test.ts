import http from "node:http";
import type { AddressInfo } from "node:net";
import { expect, use } from "chai";
import chaiAsPromised from "chai-as-promised";
import { parseConfig } from "../../../../stacks/config.ts";
import { Client } from "../../../../stacks/kubernetes/client.ts";
import { Cluster } from "../../../../stacks/preflight/cluster.ts";
import { check } from "../../../../stacks/preflight/index.ts";

use(chaiAsPromised);

/*
 * A server on loopback that speaks the few API paths: what is asked, what is made of the answers. It proves nothing
 * about a real API server's answers; tests/engine does.
 */

type Answers = Record<string, object | number>;

const node = { metadata: { name: "a" }, spec: {}, status: { nodeInfo: { kubeletVersion: "v1.36.1" } } };
const full: Answers = {
  "/version": { major: "1", minor: "34+" },
  "/api/v1/nodes": { items: [node] },
  "/apis/traefik.io/v1alpha1": { resources: [{ name: "ingressroutes" }, { name: "middlewares" }] },
  "/apis/metrics.k8s.io/v1beta1": 503,
  "/secrets": {
    items: [
      {
        metadata: {
          name: "wordpress-salts",
          managedFields: [{ manager: "helm" }],
          annotations: { "kubectl.kubernetes.io/last-applied-configuration": "c2VjcmV0" },
        },
        data: { a: "c2VjcmV0" },
      },
    ],
  },
  "/services": { items: null },
  "/secrets/db": { data: { password: "c2VjcmV0", "root-password": "c2VjcmV0" } },
};

describe("what the preflight reads", () => {
  let server: http.Server;
  let answers: Answers;
  let seen: http.IncomingMessage[];

  beforeEach((done) => {
    answers = full;
    seen = [];
    server = http.createServer((request, response) => {
      seen.push(request);
      const answer = answers[(request.url ?? "").replace(/^(http:\/\/cluster\.invalid|\/prefix)/, "")] ?? 404;
      response.statusCode = typeof answer === "number" ? answer : 200;
      response.end(typeof answer === "number" ? "no" : JSON.stringify(answer));
    });
    server.listen(0, "127.0.0.1", done);
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const open = (server = `${address()}/prefix/`) =>
    Client.open({ origin: "test", cluster: { server }, user: { token: "t0ken" } });

  async function reading<T>(read: (cluster: Cluster) => Promise<T>): Promise<T> {
    const client = await open();
    try {
      return await read(new Cluster(client));
    } finally {
      client.close();
    }
  }
  const config = parseConfig({ site: { url: "https://blog.example.com" } });
  const checking = () => reading((cluster) => check(config, cluster));

  it("is the thing, or that there is none, or that it could not be read", async () => {
    await reading(async (cluster) => {
      expect(await cluster.minorVersion()).to.equal(34);
      expect(await cluster.list("nodes", "/api/v1/nodes")).to.deep.equal([node]);
      expect(await cluster.resources("traefik.io/v1alpha1")).to.deep.equal(["ingressroutes", "middlewares"]);
      expect(await cluster.resources("metrics.k8s.io/v1beta1")).to.equal(undefined);
      expect(await cluster.object("claim x", "/claims/x")).to.equal(null);
      expect(cluster.unread).to.deep.equal(["metrics.k8s.io/v1beta1 (503 Service Unavailable)"]);
    });
    expect(seen.map(({ method }) => method)).to.deep.equal(Array(5).fill("GET"));
    expect(new Set(seen.map(({ headers }) => headers.authorization))).to.deep.equal(
      new Set(["Bearer t0ken"]),
    );
  });

  it("is read once, however many ask for it", async () => {
    await reading((cluster) =>
      Promise.all([cluster.list("nodes", "/api/v1/nodes"), cluster.list("nodes", "/api/v1/nodes")]),
    );
    expect(seen).to.have.length(1);
  });

  it("is of a Secret nothing but its keys, and of other objects who manages them", async () => {
    await reading(async (cluster) => {
      expect(await cluster.keys("db", "/secrets/db")).to.deep.equal(["password", "root-password"]);
      // kubectl repeats a Secret's values in an annotation.
      expect(await cluster.metadata("Secret", "/secrets")).to.deep.equal([
        { name: "wordpress-salts", labels: undefined, managedFields: [{ manager: "helm" }] },
      ]);
      expect(await cluster.metadata("Service", "/services")).to.deep.equal([]);
    });
    // No second form to fall back to, in which the values would come.
    expect(seen.map(({ headers }) => headers.accept).slice(1)).to.deep.equal(
      Array(2).fill("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"),
    );
  });

  it("goes through the kubeconfig's proxy", async () => {
    const cluster = { server: "http://cluster.invalid", "proxy-url": address() };
    const client = await Client.open({ origin: "test", cluster, user: {} });
    expect(await client.get("/version")).to.deep.equal(full["/version"]);
    client.close();
    expect(seen.map(({ url }) => url)).to.deep.equal(["http://cluster.invalid/version"]);
  });

  it("goes no further where the user is not known", async () => {
    answers = { "/version": 401 };
    await expect(checking()).to.be.rejectedWith("401 Unauthorized");
    expect(seen).to.have.length(1);
  });

  it("goes on where only the version may not be read", async () => {
    answers = { ...full, "/version": 403 };
    const { faults, warnings } = await checking();
    expect(faults).to.have.length.greaterThan(0);
    expect(warnings[0]).to.include("could not check: version (403 Forbidden)");
  });

  it("is unreadable when the answer is not JSON", async () => {
    server.removeAllListeners("request");
    server.on("request", (request, response) =>
      response.end(request.url === "/prefix/version" ? '{"minor":"36"}' : "<html>"),
    );
    const { warnings } = await checking();
    expect(warnings[0]).to.include("nodes (the answer is not JSON)");
  });

  it("says that nobody answers", async () => {
    const { port } = server.address() as AddressInfo;
    await new Promise((done) => server.close(done));
    const client = await open(`http://127.0.0.1:${port}`);
    const refused = `connect ECONNREFUSED 127.0.0.1:${port}`;
    await expect(check(config, new Cluster(client))).to.be.rejectedWith(refused);
    client.close();
  });

  it("gives up on an answer after five seconds", async () => {
    server.removeAllListeners("request");
    await expect(checking()).to.be.rejectedWith("no answer in 5 s");
  });
});
