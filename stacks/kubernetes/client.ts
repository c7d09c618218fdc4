/** Reads the Kubernetes API. No client library: the smallest costs a fifth of a preview just to be loaded. */
import http from "node:http";
import https from "node:https";
import { knownAuthorities } from "../authorities.ts";
import { type Credentials, findCredentials, pem } from "./credentials.ts";
import type { Cluster, Connection } from "./kubeconfig.ts";

/** Longest wait for one answer, in milliseconds. */
const requestTimeout = 5_000;

/** Longest time for everything the client does, in milliseconds. */
const totalTimeout = 15_000;

/** An answer that is no success. */
export class ApiError extends Error {
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Reads one API server; {@link close} it at the end. */
export class Client {
  readonly #base: URL;
  readonly #credentials: Credentials;
  readonly #agent: http.Agent;
  readonly #deadline: AbortSignal;

  private constructor(cluster: Cluster, credentials: Credentials, deadline: AbortSignal) {
    this.#base = new URL(cluster.server);
    this.#credentials = credentials;
    this.#agent = makeAgent(this.#base, cluster, credentials);
    this.#deadline = deadline;
  }

  /** A client for the connection, its credentials at hand. The time for all its work starts now. */
  static async open(connection: Connection): Promise<Client> {
    const deadline = AbortSignal.timeout(totalTimeout);
    return new Client(connection.cluster, await findCredentials(connection, deadline), deadline);
  }

  /** The JSON under a path such as `/api/v1/nodes`, in the form asked for. Throws {@link ApiError}. */
  get(path: string, accept = "application/json"): Promise<unknown> {
    const url = new URL(this.#base.pathname.replace(/\/$/, "") + path, this.#base);
    const signal = AbortSignal.any([AbortSignal.timeout(requestTimeout), this.#deadline]);
    const { authorization } = this.#credentials;
    const headers = { accept, ...(authorization ? { authorization } : {}) };
    const request = url.protocol === "http:" ? http.request : https.request;
    return new Promise((resolve, reject) => {
      const fail = (error: Error) =>
        reject(new ApiError(0, signal.aborted ? `no answer in ${requestTimeout / 1000} s` : reason(error)));
      request(url, { agent: this.#agent, headers, signal }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", fail);
        response.on("end", () => {
          const { statusCode = 0, statusMessage } = response;
          try {
            if (statusCode !== 200) throw new ApiError(statusCode, `${statusCode} ${statusMessage}`);
            resolve(JSON.parse(Buffer.concat(chunks).toString()));
          } catch (error) {
            reject(error instanceof ApiError ? error : new ApiError(0, "the answer is not JSON"));
          }
        });
      })
        .on("error", fail)
        .end();
    });
  }

  /** Lets go of the connections. */
  close(): void {
    this.#agent.destroy();
  }
}

/** What an error of a connection says: one of several addresses tried carries its text in its parts. */
export function reason(error: Error): string {
  const inner = error instanceof AggregateError ? error.errors[0] : error;
  return inner?.message || String((error as NodeJS.ErrnoException).code);
}

function makeAgent(server: URL, cluster: Cluster, { certificate, key }: Credentials): http.Agent {
  // A handshake costs more than a read: a few connections, used again.
  const pool = { keepAlive: true, maxSockets: 4, proxyEnv: proxyFor(server, cluster) };
  if (server.protocol === "http:") return new http.Agent(pool);
  const authority = pem(cluster["certificate-authority-data"], cluster["certificate-authority"]);
  return new https.Agent({
    ...pool,
    // As the provider takes the system's.
    ca: authority ?? knownAuthorities(),
    cert: certificate,
    key,
    rejectUnauthorized: cluster["insecure-skip-tls-verify"] !== true,
    ...(cluster["tls-server-name"] ? { servername: cluster["tls-server-name"] } : {}),
  });
}

/** The kubeconfig's proxy, else the environment's; never for this machine itself, as in the provider. */
function proxyFor({ hostname }: URL, cluster: Cluster): NodeJS.ProcessEnv | undefined {
  const proxy = cluster["proxy-url"];
  if (proxy) return { HTTPS_PROXY: proxy, HTTP_PROXY: proxy };
  return /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname) ? undefined : process.env;
}
