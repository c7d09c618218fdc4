/*
 * Run inside a stage's network: asks what standard input lists, one after the other, and prints the answers. Nothing is
 * decoded or followed, so that an answer is what came over the wire.
 */
import http from "node:http";
import https from "node:https";
import { text } from "node:stream/consumers";
import { waitUntil } from "../../../local/toolchain/wait-until.ts";

export interface Question {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Bytes as they came, in Latin 1. */
  readonly body: string;
}

/** What a client is given on standard input: `ready` is asked first, each until somebody answers it. */
export interface Script {
  readonly ready: readonly Question[];
  readonly questions: readonly Question[];
}

/** Asks and gives the answer; rejects where there is none for so many milliseconds. */
export function ask(
  { url, method = "GET", headers = {}, body }: Question,
  timeout = 10_000,
): Promise<Answer> {
  const client = url.startsWith("https:") ? https : http;
  const servername = headers.host?.replace(/:\d+$/, "");
  const options = { method, headers, agent: false, rejectUnauthorized: false, servername, timeout };
  return new Promise((resolve, reject) => {
    const request = client.request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const known = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
        const bytes = Buffer.concat(chunks).toString("latin1");
        resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(known), body: bytes });
      });
    });
    request.on("timeout", () =>
      request.destroy(new Error(`${method} ${url}: no answer in ${timeout / 1000} s`)),
    );
    request.on("error", reject);
    request.end(body);
  });
}

/** Waits until the server is there, and Traefik has its routes and what is behind it. */
async function whenReady(question: Question): Promise<void> {
  await waitUntil(question.url, 60, async () => {
    const { status } = await ask(question);
    if ([404, 502, 503].includes(status)) throw new Error(`${status}`);
  });
}

if (import.meta.main) {
  const { ready, questions }: Script = JSON.parse(await text(process.stdin));
  for (const question of ready) await whenReady(question);
  const answers: Answer[] = [];
  for (const question of questions) answers.push(await ask(question));
  console.log(JSON.stringify(answers));
}
