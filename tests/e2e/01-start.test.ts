import { expect } from "chai";
import { handshake, plainRequest } from "./connections.ts";
import { objectOf, page, run, siteUrl } from "./environment.ts";
import { WordPressSession } from "./wordpress-session.ts";

/** Sends a form as a visitor would. */
function send(path: string, form: Record<string, string>) {
  const type = { "content-type": "application/x-www-form-urlencoded" };
  return new WordPressSession().request("POST", path, new URLSearchParams(form).toString(), type);
}

describe("npm start on a machine without a cluster", () => {
  let started: { code: number; output: string };

  before(async function () {
    this.timeout(90 * 60_000);
    started = await run(["npm", "start"], 85);
  });

  it("ends with the site's address and how to log in", () => {
    expect(started.code, started.output).to.equal(0);
    expect(started.output).to.match(/WordPress is up after .*: https:\/\/wordpress\.localhost:8443/);
    expect(started.output).to.match(/^ {2}user {9}admin$/m);
    expect(started.output).to.include("get secret wordpress-admin -n kube-example");
    // Neither of the cluster before nor of the site afterwards.
    expect(started.output).not.to.match(/could not check|not verified/);
  });

  it("says which engine is in use, and what was downloaded or built", () => {
    const engine =
      /^Pulumi CLI v[\d.]+(,| from) .*; plugins( downloaded)?: kubernetes [\d.]+.*, random [\d.]+/m;
    expect(started.output).to.match(engine);
  });

  it("serves WordPress' front page over https with an ACME certificate", async () => {
    const { status, body } = await page("/");
    expect(status).to.equal(200);
    expect(body).to.include("WordPress on Kubernetes");
    expect(body).to.include("Hello world!");
  });

  it("serves it from the page cache", async () => {
    // Two replicas, each of which may be asked for the first time; Traefik chooses between them at random.
    for (let visit = 0; visit < 16; visit++) await page("/");
    expect((await page("/")).headers["x-cache"]).to.equal("HIT");
  });

  it("answers http with a permanent redirect to https", async () => {
    const { status, location } = await plainRequest("/some/page?x=1");
    expect(status).to.equal(301);
    expect(location).to.equal(`${siteUrl}/some/page?x=1`);
  });

  it("sends the security headers", async () => {
    const { headers } = await page("/");
    expect(headers["strict-transport-security"]).to.equal("max-age=31536000");
    expect(headers["x-content-type-options"]).to.equal("nosniff");
    expect(headers["x-frame-options"]).to.equal("SAMEORIGIN");
    expect(headers).not.to.have.property("x-powered-by");
  });

  it("lets other sites embed posts, and frame nothing else", async () => {
    const { link } = JSON.parse((await page("/wp-json/wp/v2/posts/1")).body);
    const { pathname } = new URL(link);
    for (const path of [`${pathname}?embed=true`, `${pathname}embed/`]) {
      const embed = await page(path);
      expect(embed.status, path).to.equal(200);
      expect(embed.headers, path).not.to.have.property("x-frame-options");
      expect(embed.headers["content-security-policy"], path).to.equal("frame-ancestors *");
    }
    for (const path of [pathname, "/wp-login.php", "/wp-login.php?embed=true"]) {
      expect((await page(path)).headers["x-frame-options"], path).to.equal("SAMEORIGIN");
    }
  });

  it("refuses TLS 1.1 and accepts TLS 1.2", async () => {
    expect(await handshake("TLSv1.1")).to.match(/alert|protocol/i);
    expect(await handshake("TLSv1.2")).to.equal("TLSv1.2");
  });

  it("closes XML-RPC, the list of users, the readiness page and wp-config.php to visitors", async () => {
    for (const path of ["/xmlrpc.php", "/wp-config.php", "/readme.html", "/.git/config"]) {
      expect((await page(path)).status, path).to.equal(403);
    }
    expect((await page("/-/ready")).status).to.equal(404);
    expect((await page("/wp-json/wp/v2/users")).status).to.equal(404);
    expect((await page("/?author=1")).status).to.equal(404);
    expect((await send("/", { author: "1" })).status).to.equal(404);
  });

  it("does not tell a user there is none of from a wrong password", async () => {
    const told = async (log: string) => {
      const { status, body } = await send("/wp-login.php", { log, pwd: "not the password" });
      return [status, /id="login_error"[^>]*>(.*?)<\/div>/s.exec(body.toString())?.[1]?.trim()];
    };
    const [known, unknown] = [await told("admin"), await told("nobody")];
    expect(known.join()).to.include("The user name or the password is wrong.");
    expect(unknown).to.deep.equal(known);
  });

  it("has no open installer page", async () => {
    const { body } = await page("/wp-admin/install.php");
    expect(body).to.include("already installed");
  });

  it("runs three replicas on three nodes", async () => {
    const pods = await objectOf<{ items: { spec: { nodeName: string } }[] }>("pods", "-l", "tier=frontend");
    expect(pods.items).to.have.length.at.least(3);
    expect(new Set(pods.items.map(({ spec }) => spec.nodeName)).size).to.equal(3);
  });

  it("keeps every pod within Pod Security `restricted`", async () => {
    const get = ["get", "namespace", "kube-example", "-o", "jsonpath={.metadata.labels}"];
    const { output } = await run(["npm", "run", "--silent", "cluster", "--", "kubectl", ...get], 1);
    expect(JSON.parse(output)["pod-security.kubernetes.io/enforce"]).to.equal("restricted");
  });
});
