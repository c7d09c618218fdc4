import https from "node:https";

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
  /** Take a certificate that nobody vouches for, as Traefik's own is. @default false */
  anyCertificate?: boolean;
  /** Address to connect to, whatever the name says. @default what DNS says */
  address?: string;
  /** Headers of the request. @default none */
  headers?: Readonly<Record<string, string>>;
}

/** A resolver that has one answer: `*.localhost` is known to browsers, and not to every system's resolver. */
export function alwaysAt(address: string): https.RequestOptions["lookup"] {
  return (_host, options, callback) =>
    options.all ? callback(null, [{ address, family: 4 }]) : callback(null, address, 4);
}

/** Fetches one page over https. The certificate is checked, if it is not said otherwise. Rejects after 60 s without an answer. */
export function fetchPage(
  url: string,
  { ca, anyCertificate = false, address, headers }: FetchOptions = {},
): Promise<Page> {
  const lookup = address === undefined ? undefined : alwaysAt(address);
  return new Promise((resolve, reject) => {
    // A connection of its own: Traefik answers 421 on one that was made before the route's TLS settings were there.
    const options = {
      ca,
      rejectUnauthorized: !anyCertificate,
      timeout: 60_000,
      lookup,
      agent: false,
      headers,
    };
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
    request.on("timeout", () => request.destroy(new Error("no answer within 60 s")));
    request.on("error", reject);
  });
}
