import http from "node:http";
import tls from "node:tls";
import { hostPorts } from "../../local/cluster/index.ts";
import { acmeRoot } from "./environment.ts";

/** Asks for a path over http without TLS, and follows nothing. */
export function plainRequest(path: string): Promise<{ status?: number; location?: string }> {
  return new Promise((resolve, reject) => {
    const headers = { host: "wordpress.localhost" };
    const request = http.get(
      { host: "127.0.0.1", port: hostPorts.http, path, headers, timeout: 10_000 },
      (response) => {
        response.resume();
        resolve({ status: response.statusCode, location: response.headers.location });
      },
    );
    request.on("timeout", () => request.destroy(new Error("no answer within 10 s")));
    request.on("error", reject);
  });
}

/** The protocol agreed on when a client offers just this version, or why there is none. */
export function handshake(version: "TLSv1.1" | "TLSv1.2" | "TLSv1.3"): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = tls.connect({
      host: "127.0.0.1",
      port: hostPorts.https,
      servername: "wordpress.localhost",
      minVersion: version,
      maxVersion: version,
      // Node's own default would refuse 1.1 before the server could.
      ciphers: "DEFAULT:@SECLEVEL=0",
      ca: acmeRoot(),
    });
    socket.setTimeout(10_000, () => socket.destroy(new Error("no answer within 10 s")));
    socket.on("secureConnect", () => {
      resolve(socket.getProtocol());
      socket.destroy();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.message));
  });
}
