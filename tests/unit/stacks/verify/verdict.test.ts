import { webcrypto } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { serverCertificate } from "../../../../components/mysql/server-certificate.ts";
import { untilAnswering } from "../../../../stacks/verify/index.ts";
import { type CertificateSource, type Verdict, verdictOn } from "../../../../stacks/verify/verdict.ts";

/*
 * Real servers with TLS on loopback, under a name that leads there: what is made of their answers. Traefik itself is
 * asked in tests/engine, the whole site in tests/e2e.
 */

const host = "blog.localhost";
const wordPress = '<!doctype html><link href="/wp-includes/css/style.css">';
const page: RequestListener = (_request, response) => response.end(wordPress);
const answering = (status: number, body: string, headers = {}): RequestListener => {
  return (_request, response) => response.writeHead(status, headers).end(body);
};

/** A certificate that ran out, signed by itself. */
async function expiredCertificate(): Promise<{ certificate: string; privateKey: string }> {
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  x509.cryptoProvider.set(webcrypto);
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    notBefore: new Date("2020-01-01"),
    notAfter: new Date("2020-03-01"),
    name: `CN=${host}`,
    signingAlgorithm: algorithm,
    keys,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: host }])],
  });
  const key = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { certificate: made.toString("pem"), privateKey: x509.PemConverter.encode(key, "PRIVATE KEY") };
}

describe("what an answer at the site's address says", () => {
  const { NODE_EXTRA_CA_CERTS: before } = process.env;
  const servers: net.Server[] = [];
  let folder: string;
  let own: { certificate: string; privateKey: string; authority: string };
  let asked: string[];

  beforeEach(async () => {
    asked = [];
    own = await serverCertificate("verify-test", [host]);
    folder = mkdtempSync(path.join(tmpdir(), "verify-"));
    trust(own.authority);
  });
  afterEach(async () => {
    if (before === undefined) delete process.env.NODE_EXTRA_CA_CERTS;
    else process.env.NODE_EXTRA_CA_CERTS = before;
    rmSync(folder, { recursive: true });
    for (const server of servers.splice(0)) await new Promise((done) => server.close(done));
  });

  /** Has these authorities known beside those that are anyway. */
  function trust(authorities: string): void {
    process.env.NODE_EXTRA_CA_CERTS = path.join(folder, "authorities.pem");
    writeFileSync(process.env.NODE_EXTRA_CA_CERTS, authorities);
  }

  async function listen(server: net.Server): Promise<URL> {
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return new URL(`https://${host}:${(server.address() as AddressInfo).port}`);
  }

  /** A site with that certificate, by default the right one. */
  function serve(listener: RequestListener, shown: { certificate: string; privateKey: string } = own) {
    const server = https.createServer(
      { cert: shown.certificate, key: shown.privateKey },
      (request, response) => {
        asked.push(`${request.headers.host}${request.url} ${request.headers.cookie}`);
        response.setHeader("connection", "close");
        listener(request, response);
      },
    );
    return listen(server);
  }

  const reasonOf = (verdict: Verdict) =>
    "reason" in verdict ? `${verdict.is}: ${verdict.reason}` : verdict.is;
  const said = async (url: URL, source: CertificateSource = "certResolver") =>
    reasonOf(await verdictOn(url, source));

  it("is that it answers, where a page of WordPress comes under its name, past the page cache", async () => {
    const url = await serve(page);
    expect(await said(url)).to.equal("answering");
    // By that cookie, which the page cache knows, WordPress itself is asked.
    expect(asked).to.deep.equal([`${url.host}/ comment_author_0=verify`]);
    const tagged = await serve(answering(200, '<meta name="generator" content="WordPress 7.1" />'));
    expect(await said(tagged)).to.equal("answering");
  });

  it("is that it answers behind a redirect within the site, and not behind one to itself", async () => {
    const url = await serve((request, response) =>
      request.url === "/" ? response.writeHead(302, { location: "/en/" }).end() : response.end(wordPress),
    );
    expect(await said(url)).to.equal("answering");
    const toItself = await serve((request, response) =>
      response.writeHead(301, { location: `https://${request.headers.host}/` }).end(),
    );
    expect(await said(toItself)).to.match(
      /^failing: it redirects to itself: where TLS ends in front of Traefik,/,
    );
    const inACircle = await serve((request, response) =>
      response.writeHead(302, { location: request.url === "/a" ? "/b" : "/a" }).end(),
    );
    expect(await said(inACircle)).to.match(/^failing: it redirects to itself/);
  });

  it("is that Traefik knows no route, in Go's own words for it", async () => {
    const type = { "content-type": "text/plain; charset=utf-8" };
    const url = await serve(answering(404, "404 page not found\n", type));
    expect(await said(url)).to.match(
      /^failing: Traefik answers 404, because it has no route for this host: .*route\.ingressClass/,
    );
  });

  it("is that it fails where the answer is an error of a server's", async () => {
    expect(await said(await serve(answering(503, "no available server\n")))).to.equal(
      "failing: the answer is 503 (no available server)",
    );
    expect(await said(await serve(answering(502, "<html><h1>Bad Gateway</h1></html>")))).to.equal(
      "failing: the answer is 502",
    );
  });

  it("is that nobody can tell, where WordPress or a plugin of it says 503, as in maintenance", async () => {
    const ownPage = '<body id="error-page"><div class="wp-die-message">Briefly unavailable</div></body>';
    for (const body of [wordPress, ownPage]) {
      expect(await said(await serve(answering(503, body)))).to.equal(
        "unverified: WordPress itself answers 503, as it does in maintenance",
      );
      expect(await said(await serve(answering(500, body)))).to.equal("failing: the answer is 500");
    }
    const cache = "<!DOCTYPE html><title>Unavailable</title><p>This site is unavailable for a moment.";
    expect(await said(await serve(answering(503, cache)))).to.equal("failing: the answer is 503");
  });

  it("is that nobody can tell, where something else answers", async () => {
    expect(await said(await serve(answering(200, "<title>Welcome to nginx!</title>")))).to.equal(
      "unverified: what answers is no page of WordPress (200)",
    );
    expect(await said(await serve(answering(403, "who are you?")))).to.equal(
      "unverified: what answers is no page of WordPress (403)",
    );
    const elsewhere = await serve(answering(302, "", { location: "https://login.example.com/" }));
    expect(await said(elsewhere)).to.equal(
      "unverified: what answers is no page of WordPress (302 to https://login.example.com/)",
    );
  });

  it("is that Traefik has no certificate for it yet, but where Traefik's own is wanted", async () => {
    const url = await serve(page, await serverCertificate("traefik", ["TRAEFIK DEFAULT CERT"]));
    const fault =
      "failing: Traefik shows its own certificate and not that of route.tls.source certResolver; its log says why";
    expect(await said(url)).to.equal(fault);
    expect(await said(url, "default")).to.equal("answering");
    const missing = await serve(
      answering(404, "404 page not found"),
      await serverCertificate("x", ["TRAEFIK DEFAULT CERT"]),
    );
    expect(await said(missing, "default")).to.match(/^failing: Traefik answers 404/);
  });

  it("is that browsers refuse it, where the certificate ran out or is another host's", async () => {
    expect(await said(await serve(page, await expiredCertificate()))).to.match(
      /^failing: the certificate ran out on Mar +1 .* 2020/,
    );
    const other = await serverCertificate("other", ["www.example.com"]);
    expect(await said(await serve(page, other))).to.equal(
      "failing: the certificate is made out to DNS:www.example.com",
    );
    trust(other.authority);
    expect(await said(await serve(page, other))).to.equal(
      "failing: the certificate is made out to DNS:www.example.com",
    );
  });

  it("is not believed of an authority that is not known here, but what it fails at is", async () => {
    trust("");
    expect(await said(await serve(page))).to.match(
      /^unverified: the certificate is of an authority that is not known here, .*\(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)/,
    );
    expect(await said(await serve(answering(500, "")))).to.equal("failing: the answer is 500");
  });

  it("is that nobody can tell from here, where the name or the way is missing", async () => {
    expect(await said(new URL("https://blog.invalid"))).to.match(
      /^unverified: blog\.invalid does not resolve here \(getaddrinfo (ENOTFOUND|EAI_AGAIN)/,
    );
    const closed = await serve(page);
    await new Promise((done) => servers.pop()?.close(done));
    expect(await said(closed)).to.match(
      /^unverified: there is no connection from here \(connect ECONNREFUSED/,
    );
  });

  it("is that Traefik has no certificate for it, where TLS for the host is refused", async () => {
    const url = await listen(https.createServer({}));
    expect(await said(url)).to.match(
      /^failing: no TLS comes about: .*(alert|unrecognized name).*, as by a Traefik that has no certificate of route\.tls\.source certResolver/,
    );
  });

  it("is that it fails where somebody speaks no https there", async () => {
    const plain = await listen(
      net.createServer((socket) => {
        socket.on("error", () => {}).resume();
        socket.end("HTTP/1.1 400 Bad\r\n\r\n");
      }),
    );
    expect(await said(plain)).to.match(
      /^failing: no TLS comes about: (wrong version number|packet length too long)$/,
    );
  });

  it("is asked for again while it fails, and no longer than asked for", async () => {
    let answers = 0;
    const url = await serve((_request, response) => {
      answers += 1;
      if (answers < 3) response.writeHead(404).end("404 page not found");
      else response.end(wordPress);
    });
    const reasons: string[] = [];
    const note = (reason: string) => reasons.push(reason);
    expect(reasonOf(await untilAnswering(url, "certResolver", 30, note))).to.equal("answering");
    expect(answers).to.equal(3);
    expect(reasons).to.have.length(1);
    const broken = await serve(answering(500, ""));
    asked = [];
    expect(reasonOf(await untilAnswering(broken, "certResolver", 0))).to.equal("failing: the answer is 500");
    expect(asked).to.have.length(1);
  });

  it("is asked for once, where asking again would tell no more", async () => {
    await untilAnswering(await serve(answering(403, "")), "certResolver", 30);
    expect(asked).to.have.length(1);
  });
});
