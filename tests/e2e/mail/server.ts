import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

/** A mail as the server got it. */
export interface Mail {
  /** Sender and recipients of the envelope. */
  from: string;
  to: string[];
  /** Who logged in. */
  user?: string;
  encrypted: boolean;
  /** Headers and body. */
  text: string;
}

/** Starts an SMTP server that takes every mail of this one login, and of nobody else where it asks for one; its port. */
export async function startServer(
  options: SMTPServerOptions & { port?: number },
  login: { user: string; password: string },
  received: (mail: Mail) => void,
): Promise<{ server: SMTPServer; port: number }> {
  const server = new SMTPServer({
    logger: false,
    authMethods: ["PLAIN", "LOGIN"],
    ...options,
    onAuth({ username, password }, _session, callback) {
      const right = username === login.user && password === login.password;
      callback(right ? null : new Error("the password is another"), { user: username });
    },
    onData(stream, session, callback) {
      const { mailFrom, rcptTo } = session.envelope;
      text(stream).then((content) => {
        received({
          from: mailFrom ? mailFrom.address : "",
          to: rcptTo.map(({ address }) => address),
          user: session.user as string | undefined,
          encrypted: session.secure,
          text: content,
        });
        callback(null);
      }, callback);
    },
  });
  // A client that does not trust the certificate ends the connection, which is an error to the server.
  server.on("error", () => {});
  const listening = server.listen(options.port ?? 0);
  await once(listening, "listening");
  return { server, port: (listening.address() as AddressInfo).port };
}
