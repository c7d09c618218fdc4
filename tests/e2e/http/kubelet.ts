/*
 * Run inside a stage's network: asks for readiness as the kubelet does, while clients load Apache and something goes
 * wrong, and prints what became of the pod.
 */
import { spawn } from "node:child_process";
import http from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { waitUntil } from "../../../local/toolchain/wait-until.ts";

/** A readiness probe as a pod has it, its port by number. */
export interface Probe {
  readonly url: string;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
}

/** What a client is given on standard input. */
export interface Trial {
  readonly probe: Probe;
  /** Addresses, each asked again and again by so many clients; an answer that takes longer than the trial is not waited for. */
  readonly load: Readonly<Record<string, number>>;
  /** A command of shell that is run, and may go on, once the pod is ready. */
  readonly fault?: string;
  /** How long the pod is looked at, in seconds; it may leave the Service before. */
  readonly seconds: number;
}

/** What became of the pod. */
export interface Verdict {
  readonly ready: boolean;
  /** Seconds until it left the Service, or it was looked at no longer. */
  readonly seconds: number;
  readonly probes: number;
  readonly failed: number;
  /** Seconds the slowest good answer took. */
  readonly slowest: number;
  /** Answers of status 200 the clients got, by address. */
  readonly served: Readonly<Record<string, number>>;
}

const since = (start: number) => (performance.now() - start) / 1000;

function statusOf(url: string, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent: false, signal }, (response) => {
      response.on("error", reject).on("end", () => resolve(response.statusCode ?? 0));
      response.resume();
    });
    request.on("error", reject);
  });
}

/** As the kubelet judges it: any status from 200 to 399, in time. */
async function isReady({ url, timeoutSeconds }: Probe): Promise<boolean> {
  const status = await statusOf(url, AbortSignal.timeout(timeoutSeconds * 1000)).catch(() => 0);
  return status >= 200 && status < 400;
}

async function client(url: string, served: Record<string, number>, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const status = await statusOf(url, over).catch(() => 0);
    if (status === 200) served[url] = (served[url] ?? 0) + 1;
  }
}

async function watch(probe: Probe, seconds: number): Promise<Omit<Verdict, "served">> {
  const start = performance.now();
  let [probes, failed, inARow, slowest] = [0, 0, 0, 0];
  while (since(start) < seconds && inARow < probe.failureThreshold) {
    const asked = performance.now();
    const good = await isReady(probe);
    probes += 1;
    if (good) slowest = Math.max(slowest, since(asked));
    else failed += 1;
    inARow = good ? 0 : inARow + 1;
    await sleep(Math.max(0, probe.periodSeconds - since(asked)) * 1000);
  }
  return { ready: inARow < probe.failureThreshold, seconds: since(start), probes, failed, slowest };
}

if (import.meta.main) {
  const { probe, load, fault, seconds }: Trial = JSON.parse(await text(process.stdin));
  await waitUntil("a pod that is ready", 60, () => isReady(probe));
  const over = new AbortController();
  const served: Record<string, number> = {};
  for (const [url, clients] of Object.entries(load))
    for (let each = 0; each < clients; each++) void client(url, served, over.signal);
  if (fault !== undefined) spawn("bash", ["-c", fault], { stdio: ["ignore", "ignore", "inherit"] });
  const verdict = await watch(probe, seconds);
  over.abort();
  console.log(JSON.stringify({ ...verdict, served } satisfies Verdict));
  process.exit();
}
