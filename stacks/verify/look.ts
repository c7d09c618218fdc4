/** One look at an address, as a browser takes it: by DNS and https. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import type { PeerCertificate, TLSSocket } from "node:tls";
import { knownAuthorities } from "../authorities.ts";
import { reason } from "../kubernetes/client.ts";

/** Longest wait for a connection with TLS, in milliseconds. */
const connectTimeout = 4_000;

/** Longest wait for a whole answer, in milliseconds. */
const answerTimeout = 15_000;

/** What came back, whoever vouches for it: nothing but a public page is asked for. */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  certificate: PeerCertificate;
  /** OpenSSL's or Node's code of what is wrong with the certificate. @default nothing */
  distrust?: string | undefined;
}

/** There is no answer. */
export class NoAnswer extends Error {
  /** Whether somebody was there, and spoke no https or fell silent; else nobody could be reached from here. */
  readonly reached: boolean;

  constructor(message: string, reached: boolean) {
    super(message);
    this.reached = reached;
  }
}

/** Names under localhost are this machine's, whether the resolver knows them or not (RFC 6761, 6.3). */
const loopback: LookupFunction = (_host, { all }, callback) =>
  all ? callback(null, [{ address: "127.0.0.1", family: 4 }]) : callback(null, "127.0.0.1", 4);

/** Asks for one page, over a connection of its own. Throws {@link NoAnswer}. */
export function look(url: URL): Promise<Answer> {
  const options: https.RequestOptions = {
    // Traefik answers 421 on a connection that was made before the route's TLS settings were there.
    agent: false,
    ca: knownAuthorities(),
    // Judged with the answer: Traefik's own certificate says that it is Traefik who answers.
    rejectUnauthorized: false,
    lookup: /(^|\.)localhost$/.test(url.hostname) ? loopback : undefined,
    // With that cookie the page cache asks WordPress.
    headers: { "user-agent": "wordpress-kubernetes", accept: "text/html", cookie: "comment_author_0=verify" },
  };
  return new Promise((resolve, reject) => {
    let connected = false;
    const request = https.get(url, options);
    const giveUp = (what: string, milliseconds: number) =>
      setTimeout(() => request.destroy(new Error(`${what} within ${milliseconds / 1000} s`)), milliseconds);
    const timers = [giveUp("no connection", connectTimeout), giveUp("no whole answer", answerTimeout)];
    const fail = (error: NodeJS.ErrnoException) => {
      const { code = "", message } = error;
      const spoke = connected || /^(EPROTO|ERR_SSL)/.test(code);
      // OpenSSL's text has its own places around the reason.
      const [, tls] = /SSL routines:[^:]*:([^:]+)/.exec(message) ?? [];
      reject(new NoAnswer(tls === undefined ? reason(error) : `no TLS comes about: ${tls}`, spoke));
    };
    request.on("socket", (socket) =>
      socket.on("secureConnect", () => {
        connected = true;
        clearTimeout(timers[0]);
      }),
    );
    request.on("response", (response) => readAnswer(response).then(resolve, fail));
    request.on("error", fail);
    request.on("close", () => timers.forEach(clearTimeout));
  });
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const { statusCode: status = 0, headers } = response;
  const socket = response.socket as TLSSocket;
  const certificate = socket.getPeerCertificate();
  // Node's types call it an error; it is the error's code.
  const distrust = socket.authorized ? undefined : String(socket.authorizationError);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status, headers, body: Buffer.concat(chunks).toString(), certificate, distrust };
}
