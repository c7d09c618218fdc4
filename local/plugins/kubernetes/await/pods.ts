/** What is wrong with pods, in words. */
import { asList, asObject, dig, type Properties } from "../../rpc/values.ts";
import { type KubeObject, nameOfObject } from "../objects.ts";
import { condition } from "./verdict.ts";

/** Ordinary steps of a start; every other reason for waiting is trouble. */
const ORDINARY = new Set(["ContainerCreating", "PodInitializing"]);

/** One thing that keeps a pod from running. */
export interface Problem {
  /** `pod name: what is wrong`. */
  text: string;
  /** The container whose log may explain it. */
  container?: string | undefined;
  /** No waiting will help. */
  isFinal?: boolean;
}

/** The problems of one pod; none while it starts in the ordinary way. */
export function podProblems(pod: KubeObject): Problem[] {
  const name = nameOfObject(pod);
  const scheduled = condition(pod, "PodScheduled");
  if (scheduled?.status === "False") {
    return [{ text: `pod ${name} cannot be scheduled: ${scheduled.message ?? scheduled.reason}` }];
  }
  const problems = [...statuses(pod, "initContainerStatuses"), ...statuses(pod, "containerStatuses")].flatMap(
    (status) => containerProblems(name, status),
  );
  if (problems.length === 0 && dig(pod, "status", "phase") === "Failed") {
    problems.push({
      text: `pod ${name} failed: ${dig(pod, "status", "message") ?? dig(pod, "status", "reason") ?? "no reason given"}`,
    });
  }
  return problems;
}

function statuses(pod: KubeObject, field: string): Properties[] {
  return asList(dig(pod, "status", field)).map(asObject);
}

function containerProblems(pod: string, status: Properties): Problem[] {
  const container = String(status.name);
  const where = `pod ${pod}, container ${container}`;
  const reason = dig(status, "state", "waiting", "reason");
  if (reason !== undefined && !ORDINARY.has(String(reason))) {
    const message = dig(status, "state", "waiting", "message");
    const last = terminated(dig(status, "lastState", "terminated"));
    const detail = reason === "CrashLoopBackOff" ? last : message;
    const isFinal = reason === "InvalidImageName";
    return [
      {
        text: `${where}: ${reason}${detail ? `: ${detail}` : ""}`,
        container: last ? container : undefined,
        isFinal,
      },
    ];
  }
  const ended = terminated(dig(status, "state", "terminated"));
  return ended ? [{ text: `${where}: ${ended}`, container }] : [];
}

/** `exited with code 1 (Error): message`; undefined for a clean end. */
function terminated(state: unknown): string | undefined {
  const code = dig(state, "exitCode");
  if (code === undefined || code === 0) return undefined;
  const reason = dig(state, "reason");
  const message = dig(state, "message");
  return `exited with code ${code}${reason ? ` (${reason})` : ""}${message ? `: ${String(message).trim()}` : ""}`;
}

/** `Warning` events as lines, the newest last. */
export function eventLines(events: KubeObject[]): string[] {
  const time = (event: KubeObject) => String(event.lastTimestamp ?? event.eventTime ?? "");
  const warnings = events
    .filter((event) => event.type === "Warning")
    .sort((a, b) => time(a).localeCompare(time(b)));
  const lines = warnings.map(
    (event) =>
      `${dig(event, "involvedObject", "kind")} ${dig(event, "involvedObject", "name")}: ${event.reason}: ${event.message}`,
  );
  return [...new Set(lines)];
}
