import http from "node:http";
import type { AddressInfo } from "node:net";
import { expect, use } from "chai";
import chaiAsPromised from "chai-as-promised";
import { ApiError, Client } from "../../../local/plugins/kubernetes/client.ts";

use(chaiAsPromised);

describe("the client of the API server", () => {
  let server: http.Server;
  let connection: { server: string; insecure: boolean };
  let answers: [code: number, body: object][];
  let asked: string[];

  before(async () => {
    server = http.createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      // The last answer is given for good.
      const [code, body] = (answers.length > 1 ? answers.shift() : answers[0]) ?? [500, {}];
      response.writeHead(code).end(JSON.stringify(body));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    connection = { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, insecure: false };
  });
  beforeEach(() => {
    asked = [];
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const busy = (retryAfterSeconds?: number): [number, object] => [
    429,
    { reason: "TooManyRequests", message: "busy", details: { retryAfterSeconds } },
  ];

  it("asks again where the server was busy", async () => {
    answers = [busy(), [503, {}], [200, { kind: "A" }]];
    expect(await new Client(connection).json({ method: "POST", path: "/a", body: {} })).to.deep.equal({
      kind: "A",
    });
    expect(asked).to.deep.equal(["POST /a", "POST /a", "POST /a"]);
  });

  it("gives the server's own words for a refusal, at once", async () => {
    answers = [[409, { reason: "Conflict", message: "changed meanwhile", details: { name: "a" } }]];
    const error = await new Client(connection).json({ method: "PUT", path: "/a", body: {} }).catch((e) => e);
    expect(error).to.be.instanceOf(ApiError);
    expect(error).to.deep.include({ code: 409, reason: "Conflict", message: "changed meanwhile" });
    expect(error.details).to.deep.equal({ name: "a" });
    expect(asked).to.have.length(1);
  });

  it("tries nothing again once the engine has cancelled, however long the server would have it wait", async () => {
    answers = [busy(3600)];
    const cancelled = new AbortController();
    const started = Date.now();
    const asking = new Client(connection, cancelled.signal).json({ method: "GET", path: "/a" });
    setTimeout(() => cancelled.abort(), 100);
    await expect(asking).to.be.rejectedWith("busy");
    expect(Date.now() - started).to.be.lessThan(2000);
    expect(asked.length).to.be.at.most(2);
  });

  it("says which server did not answer, and repeats only what may happen twice, five times at most", async () => {
    const other = http.createServer((request) => {
      asked.push(`${request.method} ${request.url}`);
      request.socket.destroy();
    });
    await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
    const address = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const client = new Client({ server: address, insecure: false });
    await expect(client.json({ method: "POST", path: "/a", body: {} })).to.be.rejectedWith(
      `the Kubernetes API server at ${address} did not answer`,
    );
    expect(asked).to.deep.equal(["POST /a"]);
    await expect(client.json({ method: "GET", path: "/a" })).to.be.rejectedWith("did not answer");
    expect(asked.filter((call) => call === "GET /a")).to.have.length(5);
    other.close();
  }).timeout(10_000);
});
