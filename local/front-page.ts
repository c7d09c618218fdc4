import https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

/** An answer of the site. */
export interface Page {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
}

/** How to reach a site that has no public address. */
export interface FetchOptions {
  /** Certificate authority to trust instead of the system's, PEM. */
  ca?: string;
  /** Address to connect to, whatever the name says. @default what DNS says */
  address?: string;
}

/** A resolver that has one answer: `*.localhost` is known to browsers, and not to every system's resolver. */
export function alwaysAt(address: string): https.RequestOptions["lookup"] {
  return (_host, options, callback) =>
    options.all ? callback(null, [{ address, family: 4 }]) : callback(null, address, 4);
}

/** Fetches one page over https. The certificate is checked. Rejects after 10 s without an answer. */
export function fetchPage(url: string, { ca, address }: FetchOptions = {}): Promise<Page> {
  const lookup = address === undefined ? undefined : alwaysAt(address);
  return new Promise((resolve, reject) => {
    // A connection of its own: Traefik answers 421 on one that was made before the route's TLS settings were there.
    const options = { ca, timeout: 10_000, lookup, agent: false };
    const request = https.get(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    request.on("timeout", () => request.destroy(new Error("no answer within 10 s")));
    request.on("error", reject);
  });
}

/**
 * Waits until the front page answers with WordPress over a trusted certificate; a certificate may still be on its
 * way when the route is new. Throws what was wrong last after `seconds`. The options are asked for anew each time,
 * because a test authority that starts publishes another root.
 */
export async function waitForFrontPage(
  url: string,
  options: () => FetchOptions,
  seconds: number,
): Promise<Page> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const fault = await Promise.resolve()
      .then(() => fetchPage(url, options()))
      .then(
        (page) => (isWordPress(page) ? page : `answered ${page.status}, and not with a WordPress page`),
        (error: Error) => error.message,
      );
    if (typeof fault !== "string") return fault;
    if (Date.now() > end) throw new Error(`${url}: ${fault}`);
    await sleep(500);
  }
}

function isWordPress({ status, body }: Page): boolean {
  return status === 200 && /<meta name="generator" content="WordPress |\/wp-(includes|content)\//.test(body);
}
