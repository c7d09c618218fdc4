import http from "node:http";
import type { AddressInfo } from "node:net";
import { expect, use } from "chai";
import chaiAsPromised from "chai-as-promised";
import { parseConfig } from "../../../stacks/config.ts";
import { Client } from "../../../stacks/preflight/client.ts";
import { gather } from "../../../stacks/preflight/facts.ts";

use(chaiAsPromised);

/*
 * A server on loopback that speaks the few API paths: what is asked, what is made of the answers. It proves nothing
 * about a real API server's answers; tests/engine does.
 */

type Answers = Record<string, object | number>;

const namespaced = "/api/v1/namespaces/kube-example";
const full: Answers = {
  "/version": { major: "1", minor: "34+" },
  "/api/v1/nodes": { items: [{ metadata: { name: "a" } }] },
  "/apis/traefik.io/v1alpha1": { resources: [{ name: "ingressroutes" }, { name: "middlewares" }] },
  "/apis/ceph.rook.io/v1": { resources: [{ name: "cephfilesystems" }] },
  "/apis/metrics.k8s.io/v1beta1": 503,
  "/api/v1/namespaces/rook-ceph": { metadata: { name: "rook-ceph" } },
  "/apis/ceph.rook.io/v1/namespaces/rook-ceph/cephclusters": { items: [{ metadata: { name: "rook" } }] },
  [namespaced]: { status: { phase: "Active" } },
  "/apis/storage.k8s.io/v1/storageclasses": 403,
  [`${namespaced}/persistentvolumeclaims/mysql-pvc`]: { spec: { accessModes: ["ReadWriteOnce"] } },
  "/apis/apps/v1/namespaces/kube-example/statefulsets/wordpress-mysql": { status: { readyReplicas: 1 } },
  [`${namespaced}/secrets`]: {
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
  [`${namespaced}/services`]: { items: null },
  "/apis/apps/v1/namespaces/kube-example/deployments": 403,
  [`${namespaced}/secrets/db`]: { data: { password: "c2VjcmV0", "root-password": "c2VjcmV0" } },
};
const config = parseConfig({
  site: { url: "https://blog.example.com" },
  existingSecrets: { database: "db", admin: "me" },
});

describe("preflight facts", () => {
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
  async function facts() {
    const client = await Client.open({
      origin: "test",
      cluster: { server: `${address()}/prefix/` },
      user: { token: "t0ken" },
    });
    try {
      return await gather(client, config);
    } finally {
      client.close();
    }
  }

  it("reads what the config makes relevant and keeps missing and unreadable apart", async () => {
    const { metadata, ...read } = await facts();
    expect(read).to.deep.equal({
      minorVersion: 34,
      nodes: [{ metadata: { name: "a" } }],
      apis: {
        "traefik.io/v1alpha1": ["ingressroutes", "middlewares"],
        "ceph.rook.io/v1": ["cephfilesystems"],
        "metrics.k8s.io/v1beta1": undefined,
      },
      objects: { "namespace rook-ceph": true },
      namespace: { status: { phase: "Active" } },
      storageClasses: undefined,
      claims: { "wordpress-pvc": null, "mysql-pvc": { spec: { accessModes: ["ReadWriteOnce"] } } },
      // Of a Secret nothing but its keys.
      secrets: { db: ["password", "root-password"], me: null },
      cephClusters: [{ metadata: { name: "rook" } }],
      mysql: { status: { readyReplicas: 1 } },
      unread: [
        "metrics.k8s.io/v1beta1 (503 Service Unavailable)",
        "StorageClasses (403 Forbidden)",
        "who manages each Deployment (403 Forbidden)",
      ],
    });
    expect(metadata).to.include({ Deployment: undefined, CronJob: null });
    // kubectl repeats a Secret's values in an annotation.
    expect(metadata.Secret).to.deep.equal([
      { name: "wordpress-salts", labels: undefined, managedFields: [{ manager: "helm" }] },
    ]);
    expect(metadata.Service).to.deep.equal([]);
    // One request for a kind, however many objects it has.
    expect(seen.map(({ method }) => method)).to.deep.equal(Array(14 + 15).fill("GET"));
    expect(new Set(seen.map(({ headers }) => headers.authorization))).to.deep.equal(
      new Set(["Bearer t0ken"]),
    );
  });

  it("asks for no contents of objects it only wants to know the owner of", async () => {
    await facts();
    const asked = seen.filter(({ headers }) => headers.accept?.includes("as=PartialObjectMetadataList"));
    expect(asked.map(({ url }) => url)).to.include(`/prefix${namespaced}/secrets`);
    const secrets = seen.filter(({ url }) => url?.endsWith("/secrets"));
    // No second form to fall back to, in which the values would come.
    expect(secrets.map(({ headers }) => headers.accept)).to.deep.equal([
      "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
    ]);
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
    await expect(facts()).to.be.rejectedWith("401 Unauthorized");
    expect(seen).to.have.length(1);
  });

  it("goes on where only the version may not be read", async () => {
    answers = { ...full, "/version": 403 };
    const { minorVersion, nodes, unread } = await facts();
    expect({ minorVersion, nodes: nodes?.length }).to.deep.equal({ minorVersion: undefined, nodes: 1 });
    expect(unread[0]).to.equal("version (403 Forbidden)");
  });

  it("calls an answer that is not JSON unreadable", async () => {
    server.removeAllListeners("request");
    server.on("request", (request, response) =>
      response.end(request.url === "/prefix/version" ? '{"minor":"36"}' : "<html>"),
    );
    const { nodes, unread } = await facts();
    expect(nodes).to.equal(undefined);
    expect(unread).to.include("nodes (the answer is not JSON)");
  });

  it("says that nobody answers", async () => {
    const { port } = server.address() as AddressInfo;
    await new Promise((done) => server.close(done));
    const client = await Client.open({
      origin: "test",
      cluster: { server: `http://127.0.0.1:${port}` },
      user: {},
    });
    await expect(gather(client, config)).to.be.rejectedWith(`connect ECONNREFUSED 127.0.0.1:${port}`);
    client.close();
  });

  it("gives up on an answer after five seconds", async () => {
    server.removeAllListeners("request");
    await expect(facts()).to.be.rejectedWith("no answer in 5 s");
  });
});
