/** The Kubernetes API over HTTPS: one connection, bounded retries, errors that carry the server's status. */
import http from "node:http";
import https from "node:https";
import { asObject, type Properties } from "../rpc/values.ts";
import { type CredentialSource, type Credentials, credentialSource } from "./credentials.ts";
import type { Connection } from "./kubeconfig.ts";
import { pause } from "./pause.ts";

const REQUEST_TIMEOUT_MS = 60_000;
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 200;
/** Whatever the server asks for. */
const LONGEST_PAUSE_MS = 10_000;

/** An answer of the API server that is not a success; code 0 where there was no answer. */
export class ApiError extends Error {
  readonly code: number;
  /** The server's machine-readable reason: `NotFound`, `AlreadyExists`, `Conflict`, `Invalid`, … */
  readonly reason: string;
  readonly details: Properties;
  constructor(code: number, reason: string, message: string, details: Properties = {}) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.code === 404;
}

/** One call. */
export interface Request {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path without the server. */
  path: string;
  query?: Record<string, string> | undefined;
  body?: unknown;
  /** Content type of the body; `application/json` by default. */
  type?: string;
  /** Hears what the server has to say besides its answer: unknown fields, deprecated versions. */
  onWarning?: ((text: string) => void) | undefined;
}

/** Speaks to one API server. */
export class Client {
  readonly #base: URL;
  readonly #connection: Connection;
  readonly #credentials: CredentialSource;
  readonly #signal: AbortSignal | undefined;
  #agent: { key: string; agent: http.Agent } | undefined;

  /** @param signal nothing is tried again once it is aborted */
  constructor(connection: Connection, signal?: AbortSignal) {
    this.#connection = connection;
    this.#signal = signal;
    this.#base = new URL(connection.server);
    this.#credentials = credentialSource(connection);
  }

  /** The server's address, for messages. */
  get server(): string {
    return this.#connection.server;
  }

  /** A JSON answer. */
  async json(request: Request): Promise<Properties> {
    const text = await this.text(request);
    return text ? asObject(JSON.parse(text)) : {};
  }

  /** The answer's text, retried where a repetition can help and cannot harm. */
  async text(request: Request): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(request, await this.#credentials());
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.code === 401 && attempt === 1 && this.#connection.exec) {
          await this.#credentials(true);
          continue;
        }
        if (attempt >= ATTEMPTS || this.#signal?.aborted || !worthRepeating(error, request)) throw error;
        const asked = Number(error.details.retryAfterSeconds ?? 0) * 1000;
        await pause(Math.min(asked || FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS), this.#signal);
      }
    }
  }

  #agentFor(credentials: Credentials): http.Agent {
    const key = `${credentials.certificate ?? ""}${credentials.key ?? ""}`;
    if (this.#agent?.key !== key) {
      const { ca, insecure, tlsServerName } = this.#connection;
      const options = { keepAlive: true, ca, cert: credentials.certificate, key: credentials.key };
      const agent =
        this.#base.protocol === "http:"
          ? new http.Agent({ keepAlive: true })
          : new https.Agent({
              ...options,
              rejectUnauthorized: !insecure,
              ...(tlsServerName ? { servername: tlsServerName } : {}),
            });
      this.#agent = { key, agent };
    }
    return this.#agent.agent;
  }

  #once(request: Request, credentials: Credentials): Promise<string> {
    const url = new URL(this.#base.pathname.replace(/\/$/, "") + request.path, this.#base);
    for (const [key, value] of Object.entries(request.query ?? {})) url.searchParams.set(key, value);
    const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    const headers: http.OutgoingHttpHeaders = {
      accept: "application/json, */*",
      "user-agent": "pulumi-kubernetes",
    };
    if (credentials.authorization) headers.authorization = credentials.authorization;
    if (body) {
      headers["content-type"] = request.type ?? "application/json";
      headers["content-length"] = body.length; // Node leaves it out on DELETE, and the server then ignores the body
    }
    const options = {
      method: request.method,
      agent: this.#agentFor(credentials),
      headers,
      timeout: REQUEST_TIMEOUT_MS,
    };
    return new Promise((resolve, reject) => {
      const call = (url.protocol === "http:" ? http : https).request(url, options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", (error) => reject(unreachable(error, this.server)));
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          const code = response.statusCode ?? 0;
          if (code < 200 || code >= 300) return reject(apiError(code, text));
          for (const warning of warnings(response.headers.warning)) request.onWarning?.(warning);
          resolve(text);
        });
      });
      call.on("timeout", () => call.destroy(new Error(`no answer in ${REQUEST_TIMEOUT_MS / 1000} s`)));
      call.on("error", (error) => reject(unreachable(error, this.server)));
      call.end(body);
    });
  }
}

/** `299 - "text", 299 - "text"` to texts. */
export function warnings(header: string | string[] | undefined): string[] {
  const text = Array.isArray(header) ? header.join(", ") : (header ?? "");
  return [...text.matchAll(/299 \S+ "((?:\\.|[^"\\])*)"/g)].map((match) =>
    (match[1] ?? "").replace(/\\(.)/g, "$1"),
  );
}

function unreachable(error: Error, server: string): ApiError {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return new ApiError(
    0,
    code,
    `the Kubernetes API server at ${server} did not answer: ${error.message || code}`,
  );
}

function apiError(code: number, text: string): ApiError {
  try {
    const status = asObject(JSON.parse(text));
    const message = String(status.message ?? text);
    return new ApiError(code, String(status.reason ?? ""), message, asObject(status.details));
  } catch {
    return new ApiError(code, "", text.trim() || `HTTP ${code}`);
  }
}

/** Only what surely did not happen, or may happen twice without harm. */
function worthRepeating(error: ApiError, request: Request): boolean {
  if (error.code === 429 || error.code === 503) return true;
  if (error.code !== 0) return error.code === 500 && error.reason === "ServerTimeout";
  return error.reason === "ECONNREFUSED" || request.method === "GET";
}
