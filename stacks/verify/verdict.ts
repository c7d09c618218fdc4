/** What an answer at the site's address says about the site. */
import tls from "node:tls";
import type { SiteConfig } from "../schema.ts";
import { type Answer, look, NoAnswer } from "./look.ts";

/** Where the certificate is to come from. */
export type CertificateSource = SiteConfig["route"]["tls"]["source"];

/** Whether the site answers; `failing`: whoever answers at its address is not it. */
export type Verdict = { is: "answering" } | { is: "failing" | "unverified"; reason: string };

const failing = (reason: string): Verdict => ({ is: "failing", reason });
const unverified = (reason: string): Verdict => ({ is: "unverified", reason });

/** Most redirects within the site that are followed: to a language, for one. */
const mostRedirects = 5;

/** Looks once. */
export async function verdictOn(url: URL, source: CertificateSource): Promise<Verdict> {
  let place = url;
  try {
    for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
      const answer = await look(place);
      const next = redirectOf(place, answer);
      if (next?.origin !== url.origin || certificateFault(url, answer, source)) {
        return judge(url, answer, source);
      }
      if (next.href === place.href) break;
      place = next;
    }
    return failing(
      "it redirects to itself: where TLS ends in front of Traefik, Traefik has to be told (docs/operations.md, Behind a load balancer or a CDN)",
    );
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return error.reached
      ? failing(error.message + hint(error.message, source))
      : unverified(noWay(url, error.message));
  }
}

/** With its own options a route takes no host it has no certificate for (TLSOption, sniStrict). */
function hint(said: string, source: CertificateSource): string {
  return /alert|unrecognized name/.test(said) && source !== "default"
    ? `, as by a Traefik that has no certificate of route.tls.source ${source}; its log says why`
    : "";
}

function noWay({ hostname }: URL, said: string): string {
  return /ENOTFOUND|EAI_AGAIN|ENODATA/.test(said)
    ? `${hostname} does not resolve here (${said})`
    : `there is no connection from here (${said})`;
}

function redirectOf(place: URL, { status, headers }: Answer): URL | undefined {
  const { location } = headers;
  const redirects = status >= 300 && status < 400 && location !== undefined;
  return redirects && URL.canParse(location, place.href) ? new URL(location, place) : undefined;
}

function judge(url: URL, answer: Answer, source: CertificateSource): Verdict {
  const refused = certificateFault(url, answer, source);
  if (refused !== undefined) return failing(refused);
  // Whoever turned that on knows, and everything up to WordPress works; Traefik's and Varnish's 503 is another page.
  if (isMaintenance(answer)) return unverified("WordPress itself answers 503, as it does in maintenance");
  const fault = pageFault(answer);
  if (fault !== undefined) return failing(fault);
  if (answer.status !== 200 || !isWordPress(answer)) {
    const { location } = answer.headers;
    const where = location === undefined ? "" : ` to ${location}`;
    return unverified(`what answers is no page of WordPress (${answer.status}${where})`);
  }
  // With `default` the certificate is what Traefik happens to have.
  if (answer.distrust === undefined || source === "default") return { is: "answering" };
  return unverified(
    `the certificate is of an authority that is not known here, or comes without its chain (${answer.distrust}); NODE_EXTRA_CA_CERTS names a file of further authorities`,
  );
}

/** What a browser refuses; an authority that it may know, and this machine does not, is another matter. */
function certificateFault(
  { hostname }: URL,
  { certificate, distrust }: Answer,
  source: CertificateSource,
): string | undefined {
  if (source === "default" || distrust === undefined) return undefined;
  const { subject, subjectaltname, valid_from, valid_to } = certificate;
  // Source: Traefik's pkg/tls/generate.
  if (subject?.CN === "TRAEFIK DEFAULT CERT") {
    return `Traefik shows its own certificate and not that of route.tls.source ${source}; its log says why`;
  }
  if (distrust === "CERT_HAS_EXPIRED") return `the certificate ran out on ${valid_to}`;
  if (distrust === "CERT_NOT_YET_VALID") return `the certificate holds from ${valid_from} on`;
  const names = subjectaltname ?? subject?.CN ?? "nobody";
  return tls.checkServerIdentity(hostname, certificate) && `the certificate is made out to ${names}`;
}

function pageFault({ status, body }: Answer): string | undefined {
  // Go's own words, which Traefik uses where no router matches.
  if (status === 404 && body.trim() === "404 page not found") {
    return "Traefik answers 404, because it has no route for this host: it does not read the IngressRoutes (route.ingressClass, or its providers.kubernetesCRD), or not for this entry point (route.entryPoints.websecure)";
  }
  if (status < 500) return undefined;
  const words = /^[\w ,.'-]{1,60}$/.test(body.trim()) ? ` (${body.trim()})` : "";
  return `the answer is ${status}${words}`;
}

function isWordPress({ body }: Answer): boolean {
  return /<meta name="generator" content="WordPress |\/wp-(includes|content)\//.test(body);
}

/** A plugin's page, or the bare one that wp_die() makes while `.maintenance` is there. */
function isMaintenance(answer: Answer): boolean {
  return answer.status === 503 && (isWordPress(answer) || /\bclass="wp-die-message"/.test(answer.body));
}
