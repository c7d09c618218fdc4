import { handshake, plainRequest } from "../e2e/connections.ts";
import { page, siteUrl } from "../e2e/environment.ts";
import { fetchPage } from "../fetch-page.ts";
import { shownCertificate } from "./certificate.ts";
import type { Finding } from "./findings.ts";

/** What a visitor's browser is given, seen from outside. */
export async function httpsEverywhere(): Promise<Finding[]> {
  return [await issued(), await redirected(), await protocols(), await headers()];
}

/** The chain is checked on every request; that nobody else's authorities vouch for it shows that the check is one. */
async function issued(): Promise<Finding> {
  const { issuer, subjectaltname = "", valid_to } = await shownCertificate();
  const untrusted = await fetchPage(siteUrl, { address: "127.0.0.1" }).then(
    () => false,
    (error: Error) => /certificate/.test(error.message),
  );
  return {
    claim: "Certificate issued by ACME",
    measured: `for ${subjectaltname}, by ${issuer.CN}, until ${new Date(valid_to).toISOString().slice(0, 10)}; ${untrusted ? "refused" : "accepted"} without the test authority's root`,
    sample: "1 handshake under the root, 1 without it",
    mark: "for the site's host, by the test authority Pebble, trusted under its root only",
    passed: subjectaltname.includes("DNS:wordpress.localhost") && /Pebble/.test(issuer.CN) && untrusted,
  };
}

async function redirected(): Promise<Finding> {
  const path = "/some/page?x=1";
  const { status, location } = await plainRequest(path);
  return {
    claim: "http redirected to https",
    measured: `${status} to ${location}`,
    sample: "1 request with path and query",
    mark: "301, path and query kept",
    passed: status === 301 && location === siteUrl + path,
  };
}

async function protocols(): Promise<Finding> {
  const versions = ["TLSv1.1", "TLSv1.2", "TLSv1.3"] as const;
  const agreed = await Promise.all(versions.map(handshake));
  const accepted = versions.map((version, index) => agreed[index] === version);
  return {
    claim: "TLS versions",
    measured: versions
      .map((version, index) => `${version} ${accepted[index] ? "accepted" : "refused"}`)
      .join(", "),
    sample: "1 handshake each, with every cipher the client knows",
    mark: "1.1 refused by the server, 1.2 and 1.3 accepted",
    // A refusal of the client's own would name neither.
    passed: /alert|protocol/i.test(String(agreed[0])) && accepted.join() === "false,true,true",
  };
}

/** The headers every page has, and the value of each. */
const wanted = {
  "strict-transport-security": "max-age=31536000",
  "x-content-type-options": "nosniff",
  "x-frame-options": "SAMEORIGIN",
};

async function headers(): Promise<Finding> {
  const { headers: given } = await page("/");
  const wrong = Object.entries(wanted).filter(([name, value]) => given[name] !== value);
  const talkative = given["x-powered-by"] !== undefined;
  return {
    claim: "HSTS and security headers",
    measured: `${Object.keys(wanted).length - wrong.length} of ${Object.keys(wanted).length} as wanted${wrong.map(([name]) => `, not ${name}`).join("")}; x-powered-by ${talkative ? "shown" : "not shown"}`,
    sample: "the front page",
    mark: Object.entries(wanted)
      .map(([name, value]) => `${name}: ${value}`)
      .join(", "),
    passed: wrong.length === 0 && !talkative,
  };
}
