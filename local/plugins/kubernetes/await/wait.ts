/** Waits until an object is ready, says meanwhile what is missing, and in the end why it is not. */
import { dig } from "../../rpc/values.ts";
import { isNotFound } from "../client.ts";
import { annotation, describe, type KubeObject } from "../objects.ts";
import { pause } from "../pause.ts";
import type { Session } from "../session.ts";
import type { Awaiter } from "./awaiters.ts";
import { Look } from "./look.ts";
import { eventLines, podProblems } from "./pods.ts";
import { failed, ready, type Verdict, waiting } from "./verdict.ts";

const DEFAULT_TIMEOUT_SECONDS = 600;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1000;
/** Pods and events are looked at this often while waiting. */
const DETAILS_EVERY_MS = 3000;
const EVENTS_SHOWN = 5;

/** How waiting ended. Without reasons the object is ready. */
export interface Outcome {
  live: KubeObject;
  /** Why it is not ready, the most important first. */
  reasons: string[];
}

/** Seconds to wait: the resource option customTimeouts, else the annotation, else ten minutes. */
export function timeoutSeconds(customTimeout: number, inputs: KubeObject): number {
  if (customTimeout > 0) return customTimeout;
  const annotated = Number(annotation(inputs, "timeoutSeconds"));
  return annotated > 0 ? annotated : DEFAULT_TIMEOUT_SECONDS;
}

/** What is awaited. */
export interface Awaited {
  urn: string;
  /** The object as it was written. */
  object: KubeObject;
  awaiter: Awaiter;
  seconds: number;
  /** Keeps secrets out of what is said. */
  redact: (message: string) => string;
}

/** Waits; never throws: once the object is written, its state must not be lost. */
export async function waitUntilReady(session: Session, awaited: Awaited): Promise<Outcome> {
  const since = new Date();
  const deadline = since.getTime() + awaited.seconds * 1000;
  const look = new Look(session.client);
  const say = teller(session, awaited);
  let seen: Sight = { live: awaited.object, verdict: waiting("") };
  let trouble: Trouble = { line: "", isFinal: false };
  let nextDetails = since.getTime() + DETAILS_EVERY_MS;

  for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 1.5, LONGEST_PAUSE_MS)) {
    seen = await observe(session, look, awaited, seen.live, since);
    const { live, verdict } = seen;
    if (verdict.state === "ready") {
      say("");
      return { live, reasons: [] };
    }
    if (Date.now() >= nextDetails) {
      trouble = await troubleOf(look, live).catch(() => trouble);
      nextDetails = Date.now() + DETAILS_EVERY_MS;
    }
    const end = ending(verdict, trouble, awaited.seconds, Date.now() >= deadline, session.signal.aborted);
    if (end) return { live, reasons: [end, ...(await explain(look, live))].map(awaited.redact) };
    say([verdict.message, trouble.line].filter(Boolean).join("; "));
    await pause(Math.min(wait, Math.max(deadline - Date.now(), 1)), session.signal);
  }
}

/** One look: the object as it is now, and what that means. */
interface Sight {
  live: KubeObject;
  verdict: Verdict;
}

async function observe(
  session: Session,
  look: Look,
  awaited: Awaited,
  before: KubeObject,
  since: Date,
): Promise<Sight> {
  try {
    const live = await look.get(await session.discovery.path(awaited.object));
    if (!live) return { live: before, verdict: verdictOnGone(before) };
    return { live, verdict: await awaited.awaiter(live, look, since) };
  } catch (error) {
    return { live: before, verdict: waiting(error instanceof Error ? error.message : String(error)) };
  }
}

/** A Job may be cleaned up as soon as it is done; anything else should not vanish. */
function verdictOnGone(live: KubeObject): Verdict {
  if (dig(live, "spec", "ttlSecondsAfterFinished") !== undefined) return ready;
  return failed(`${describe(live)} was deleted by somebody else while we waited for it`);
}

/** Why waiting ends here without success; undefined where it goes on. */
function ending(
  verdict: Exclude<Verdict, { state: "ready" }>,
  trouble: Trouble,
  seconds: number,
  isLate: boolean,
  isCancelled: boolean,
): string | undefined {
  if (verdict.state === "failed") return verdict.message;
  if (trouble.isFinal) return trouble.line;
  if (isCancelled) return `cancelled while waiting: ${verdict.message}`;
  return isLate ? `not ready within ${seconds} seconds: ${verdict.message}` : undefined;
}

/** Says something only when it is new. */
function teller(session: Session, { urn, redact }: Awaited): (message: string) => void {
  let last = "";
  return (message) => {
    if (message === last) return;
    last = message;
    session.log("status", urn, redact(message));
  };
}

/** What keeps it from being ready, in one line; empty while nothing is wrong. */
interface Trouble {
  line: string;
  isFinal: boolean;
}

/** What pods and events say right now. */
async function troubleOf(look: Look, live: KubeObject): Promise<Trouble> {
  const pods = await look.podsOf(live);
  const problems = pods.flatMap(podProblems);
  const worst = problems.find(({ isFinal }) => isFinal) ?? problems[0];
  if (worst) return { line: worst.text, isFinal: worst.isFinal === true };
  const events = await Promise.all([live, ...pods.slice(0, 3)].map((object) => look.eventsOf(object)));
  return { line: eventLines(events.flat()).at(-1) ?? "", isFinal: false };
}

/** The whole story, for the final message: problems with the last log lines, then events. */
async function explain(look: Look, live: KubeObject): Promise<string[]> {
  try {
    const pods = await look.podsOf(live);
    const problems = await Promise.all(
      pods.flatMap((pod) =>
        podProblems(pod).map(async (problem) => {
          const log = await look.logOf(pod, problem);
          return log
            ? `${problem.text}\n  last lines of its log:\n${log.replace(/^/gm, "    ")}`
            : problem.text;
        }),
      ),
    );
    const events = await Promise.all([live, ...pods].map((object) => look.eventsOf(object)));
    return [...new Set([...problems, ...eventLines(events.flat()).slice(-EVENTS_SHOWN)])];
  } catch (error) {
    if (isNotFound(error)) return [];
    return [`its pods and events could not be read: ${error instanceof Error ? error.message : error}`];
  }
}
