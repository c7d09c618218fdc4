import https from "node:https";
import type { AddressInfo } from "node:net";
import { expect, use } from "chai";
import chaiAsPromised from "chai-as-promised";
import { serverCertificate } from "../../components/mysql/server-certificate.ts";
import { fetchPage } from "../fetch-page.ts";

use(chaiAsPromised);

const wordPress = '<!doctype html><link href="/wp-includes/css/style.css">';

describe("a page, as tests fetch it", () => {
  let server: https.Server;
  let ca: string;
  let url: string;
  let answers: [status: number, body: string][];
  let asked: { path?: string | undefined; host?: string | undefined }[];

  before(async () => {
    // A name no resolver knows: the address has to come from the options.
    const made = await serverCertificate("fetch-page-test", ["site.invalid"]);
    ca = made.authority;
    server = https.createServer({ key: made.privateKey, cert: made.certificate }, (request, response) => {
      asked.push({ path: request.url, host: request.headers.host });
      // The last answer is given for good.
      const [status, body] = (answers.length > 1 ? answers.shift() : answers[0]) ?? [500, ""];
      response.writeHead(status, { "x-test": "seen" }).end(body);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    url = `https://site.invalid:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    answers = [[200, wordPress]];
    asked = [];
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const here = () => ({ ca, address: "127.0.0.1" });

  it("is fetched at the address given, under the host of its URL", async () => {
    const page = await fetchPage(`${url}/a?b=c`, here());
    expect(page).to.deep.include({ status: 200, body: wordPress });
    expect(page.headers).to.have.property("x-test", "seen");
    expect(asked).to.deep.equal([{ path: "/a?b=c", host: new URL(url).host }]);
  });

  it("is not believed without the authority that signed its certificate, or under another name", async () => {
    await expect(fetchPage(url, { address: "127.0.0.1" })).to.be.rejectedWith(/certificate/);
    const other = url.replace("site.invalid", "other.invalid");
    await expect(fetchPage(other, here())).to.be.rejectedWith(/does not match certificate's altnames/);
    expect(asked).to.deep.equal([]);
  });

  it("is believed where any certificate will do, as on a cluster with Traefik's own", async () => {
    const page = await fetchPage(url, { address: "127.0.0.1", anyCertificate: true });
    expect(page.status).to.equal(200);
  });

  it("follows no redirect: the address itself has to answer", async () => {
    answers = [[301, "moved"]];
    expect(await fetchPage(url, here())).to.deep.include({ status: 301, body: "moved" });
  });
});
