import { expect } from "chai";
import { Apache } from "./apache.ts";
import type { Answer, Question } from "./ask.ts";
import { askOnStage, lostAddress, type Server } from "./stage.ts";
import { Traefik } from "./traefik.ts";
import { cachePort, Varnish } from "./varnish.ts";

/* Traefik itself with the route's objects, the page cache itself, and Apache itself, as a request goes through them. */

const host = "blog.example.com:8443";
const files = [
  ...["index.php", "wp-login.php", "xmlrpc.php", "wp-includes/style.css"],
  ...["wp-content/uploads/photo.jpg", "wp-content/uploads/archive.zip"],
];
const photo = "/wp-content/uploads/photo.jpg";
const archive = "/wp-content/uploads/archive.zip";
const sheet = "/wp-includes/style.css";

const secure = (path: string, headers: Record<string, string> = {}): Question => ({
  url: `https://127.0.0.1:8443${path}`,
  headers: { host, ...headers },
});
const plain = (path: string, headers: Record<string, string> = {}, body?: string): Question => ({
  url: `http://127.0.0.1:8000${path}`,
  headers: { host, ...headers },
  ...(body === undefined ? {} : { method: "POST", body }),
});
const byProxy = { "x-forwarded-proto": "https" };
const times = <T>(count: number, thing: T): T[] => Array(count).fill(thing);
const statuses = (answers: Answer[]) => answers.map(({ status }) => status);
/** How often each status was answered. */
const tally = (answers: Answer[]) => {
  const counts: Record<string, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

/** A pod that ends the connection over one form, takes longer over another than over a connection, and knows how many it got. */
const countingPod: Server = {
  command: [
    process.execPath,
    "-e",
    `let forms = 0;
    require("node:http").createServer(({ method, url, socket }, response) => {
      if (method === "POST") forms += 1;
      if (url === "/ends") socket.destroy();
      else if (url === "/slow") setTimeout(() => response.end("done"), 3000);
      else response.end(String(forms));
    }).listen(80);`,
  ],
  ready: { url: "http://127.0.0.1/" },
};

describe("the way through Traefik", () => {
  let apache: Apache;
  let varnish: Varnish;
  let traefik: Traefik;

  before(async () => {
    traefik = await Traefik.find();
    varnish = await Varnish.unpack();
    apache = await Apache.unpack();
    await apache.configure({ xmlrpc: true });
    apache.place(...files);
  });
  after(() => {
    traefik?.remove();
    varnish?.remove();
    apache?.remove();
  });

  const ways: Record<string, () => Promise<Server[]>> = {
    "without the page cache": async () => [apache.server, await traefik.server(80)],
    "with the page cache": async () => [apache.server, varnish.server, await traefik.server(cachePort)],
  };
  for (const [title, servers] of Object.entries(ways)) {
    describe(title, () => {
      it("leaves pictures and archives as they are, with their length", async () => {
        const asked = [photo, archive].flatMap((path) =>
          times(2, secure(path, { "accept-encoding": "br, gzip" })),
        );
        for (const { status, headers, body } of await askOnStage(await servers(), asked)) {
          expect(status).to.equal(200);
          expect(headers).not.to.have.property("content-encoding");
          expect(headers["content-length"]).to.equal(String(body.length));
          expect(headers["accept-ranges"]).to.equal("bytes");
        }
      });

      it("answers with the part asked for, of whatever kind, and never compressed", async () => {
        const encodings = ["br", "gzip", "br, gzip, zstd", "identity"];
        // Each at addresses of its own, as if it were the first to ask a cache.
        const asked = encodings.map((encoding, turn) => {
          const paths = [photo, archive, sheet].map((path) => `${path}?turn=${turn}`);
          const whole = paths.map((path) => secure(path, { "accept-encoding": "identity" }));
          const parts = ["bytes=0-4999", "bytes=5000-"].flatMap((range) =>
            paths.map((path) => secure(path, { "accept-encoding": encoding, range })),
          );
          return [...whole, ...parts];
        });
        const answers = await askOnStage(await servers(), asked.flat());
        for (const encoding of encodings) {
          const own = answers.splice(0, 9);
          for (const [index, { body }] of own.slice(0, 3).entries()) {
            const [first, second] = [own[3 + index], own[6 + index]];
            for (const part of [first, second]) {
              expect(part?.status, `${encoding} ${index}`).to.equal(206);
              expect(part?.headers, encoding).not.to.have.property("content-encoding");
              expect(part?.headers["content-length"]).to.equal(String(part?.body.length));
            }
            expect(first?.body.length).to.equal(5000);
            expect(`${first?.body}${second?.body}`, "the file in two parts").to.equal(body);
          }
        }
      });

      it("compresses text, and finds it unchanged by its ETag", async () => {
        const [text] = await askOnStage(await servers(), [secure(sheet, { "accept-encoding": "br" })]);
        expect(text?.headers).to.include({ "content-encoding": "br", vary: "Accept-Encoding" });
        expect(text?.body.length).to.be.lessThan(5000);
        const again = secure(sheet, { "accept-encoding": "br", "if-none-match": String(text?.headers.etag) });
        expect(statuses(await askOnStage(await servers(), [again]))).to.deep.equal([304]);
      });
    });
  }

  it("by http is a redirect, whatever a stranger says about the scheme, and nothing else", async () => {
    const servers = [apache.server, await traefik.server(80, {}, false)];
    const answers = await askOnStage(servers, [plain("/a?b=c"), plain("/a?b=c", byProxy)]);
    for (const { status, headers } of answers) {
      expect(status).to.equal(301);
      expect(headers.location).to.equal(`https://${host}/a?b=c`);
      expect(headers).not.to.have.property("strict-transport-security");
    }
  });

  it("where TLS ends in front of Traefik has the limits and headers that it has by https", async () => {
    const changes = { maxRequestBodyBytes: 1000, loginRequestsPerMinute: 5 };
    const asked = [plain("/", byProxy), plain("/", byProxy, "x".repeat(2000)), plain("/")];
    const logins = times(10, plain("/wp-login.php", byProxy, "a=b"));
    const servers = [apache.server, await traefik.server(80, changes)];
    const [page, large, stranger, ...rest] = await askOnStage(servers, [...asked, ...logins]);
    expect(page?.status).to.equal(200);
    expect(page?.headers).to.include({
      "strict-transport-security": "max-age=31536000",
      "x-content-type-options": "nosniff",
    });
    expect(large?.status).to.equal(413);
    expect(stranger?.status).to.equal(301);
    expect(tally(rest)).to.deep.equal({ 200: 5, 429: 5 });
  });

  it("asks another pod when one does not answer, whatever the method", async () => {
    const pods = ["http://127.0.0.1", "http://127.0.0.2", lostAddress];
    const asked = [...times(2, secure("/")), ...times(8, plain("/", byProxy, "a=b"))];
    const answers = await askOnStage([apache.server, await traefik.server(pods)], asked);
    expect(answers.map(({ status, headers }) => [status, headers["x-script"]])).to.deep.equal(
      times(10, [200, "index.php"]),
    );
  });

  it("sends a form once, whether the pod ends over it or takes its time", async () => {
    const asked = [plain("/ends", byProxy, "a=b"), plain("/slow", byProxy, "a=b"), secure("/")];
    const [ended, slow, count] = await askOnStage([countingPod, await traefik.server(80)], asked);
    expect([ended?.status, slow?.status, slow?.body]).to.deep.equal([502, 200, "done"]);
    expect(count?.body, "forms the pod got").to.equal("2");
  });

  it("counts logins, XML-RPC, the REST API and searches apart", async () => {
    const changes = {
      loginRequestsPerMinute: 2,
      xmlrpcRequestsPerMinute: 3,
      restRequestsPerMinute: 4,
      searchRequestsPerMinute: 5,
    };
    const groups = [
      ["/wp-login.php", "/wp-login.php?s=x", "/wp-login.php/x"],
      ["/xmlrpc.php", "/xmlrpc.php?s=x"],
      ["/wp-json/wp/v2/posts", "/index.php/wp-json/", "/?rest_route=/wp/v2/posts", "/wp-json/?s=x"],
      ["/?s=x", "/a/?b=c&s=y", "/search/x/"],
    ];
    const servers = [apache.server, await traefik.server(80, changes)];
    const asked = groups.map((paths) =>
      Array.from({ length: 8 }, (_, turn) => secure(paths[turn % paths.length] ?? "")),
    );
    const others = times(20, secure("/a-page/"));
    const answers = await askOnStage(servers, [...asked.flat(), ...others]);
    const counts = groups.map((_, index) => tally(answers.slice(index * 8, index * 8 + 8))[429]);
    expect(counts).to.deep.equal([6, 5, 4, 3]);
    expect(tally(answers.slice(-20))).to.deep.equal({ 200: 20 });
  });

  it("limits neither the REST API nor searches unless it is told to", async () => {
    const servers = [apache.server, await traefik.server(80)];
    const asked = times(40, ["/wp-json/wp/v2/posts", "/?s=x"]).flat();
    expect(
      tally(
        await askOnStage(
          servers,
          asked.map((path) => secure(path)),
        ),
      ),
    ).to.deep.equal({ 200: 80 });
  });

  it("carries the policies it is given, enforced or reported", async () => {
    const contentSecurityPolicy = "default-src 'self'";
    const permissionsPolicy = "camera=()";
    const headers = async (changes: Parameters<typeof traefik.server>[1]) => {
      const [answer] = await askOnStage([apache.server, await traefik.server(80, changes)], [secure("/")]);
      return answer?.headers ?? {};
    };
    const reported = await headers({ contentSecurityPolicy, permissionsPolicy });
    expect(reported).to.include({
      "content-security-policy-report-only": contentSecurityPolicy,
      "permissions-policy": permissionsPolicy,
    });
    expect(reported).not.to.have.property("content-security-policy");
    const enforced = await headers({ contentSecurityPolicy, contentSecurityPolicyReportOnly: false });
    expect(enforced).to.have.property("content-security-policy", contentSecurityPolicy);
    for (const name of ["content-security-policy-report-only", "permissions-policy"]) {
      expect(enforced).not.to.have.property(name);
    }
  });
});
