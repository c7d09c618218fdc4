import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { root, run } from "../../tests/e2e/environment.ts";
import { judged, type Table } from "./report.ts";

/** A line a command printed, and when, in seconds since its start. */
export interface Line {
  text: string;
  at: number;
}

/** A command that has ended well. */
export interface Timed {
  seconds: number;
  lines: Line[];
}

/** Parts of a command that follow each other, each with the line that ends it. */
type Phases = Record<string, RegExp>;

const startPhases: Phases = {
  // The line without the time before it, which comes when both are there.
  "engine and cluster": /^Pulumi CLI v.*; plugins/,
  "`pulumi up`": /^Duration: /,
  "front page": /^WordPress is up after /,
};

/** What `npm test` does side by side, each with the line it ends with. */
const testParts: Phases = {
  "format and lint": /^. format and lint/,
  types: /^. types/,
  "unit tests": /^ +\d+ passing /,
};

/** Where the time of `npm start` and of `npm test` goes. */
export async function commands(): Promise<Table[]> {
  const test = await timed(["npm", "test"], 10);
  const running = await timed(["npm", "start"], 10);
  const stopped = await run(["npm", "stop"], 5);
  if (stopped.code !== 0) throw new Error(`npm stop ended with ${stopped.code}:\n${stopped.output}`);
  const warm = await timed(["npm", "start"], 15);
  return [starts(running, warm), tests(test)];
}

/** Times of a warm `npm start` by phase. */
export function starts(running: Timed, warm: Timed): Table {
  const [one, other] = [phasesOf(running), phasesOf(warm)];
  const row = (name: string, ...figures: number[]) => [name, ...figures.map((figure) => figure.toFixed(1))];
  return {
    title: "Where the time of a warm `npm start` goes",
    setup: "One run each, everything built; `npm run bench -- commands`,",
    columns: ["s", "cluster running", "after `npm stop`"],
    rows: [
      ...Object.keys(one).map((name) => row(name, one[name] ?? 0, other[name] ?? 0)),
      row("**together**", running.seconds, warm.seconds),
    ],
    conclusions: [`Warm under 45 s: ${judged(warm.seconds < 45)}.`],
  };
}

/** Times of `npm test` by part. */
export function tests({ seconds, lines }: Timed): Table {
  const endOf = (last: RegExp) => lines.find(({ text }) => last.test(text))?.at.toFixed(1) ?? "?";
  return {
    title: "Where the time of `npm test` goes",
    setup: "One run beside the idle embedded cluster, the parts side by side; `npm run bench -- commands`,",
    columns: ["", "ended after, s"],
    rows: [
      ...Object.entries(testParts).map(([name, last]) => [name, endOf(last)]),
      ["**together**", seconds.toFixed(1)],
    ],
    conclusions: [`Under 60 s: ${judged(seconds < 60)}.`, `The slowest tests: ${slowest(lines).join("; ")}.`],
  };
}

/** The five tests that took longest, as mocha's lines have them: `title (1234ms)`. */
function slowest(lines: Line[]): string[] {
  return lines
    .flatMap(({ text }) => {
      const [, title, milliseconds] = /^ +. (.+) \((\d+)ms\)$/.exec(text) ?? [];
      return title ? [{ title, seconds: Number(milliseconds) / 1000 }] : [];
    })
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, 5)
    .map(({ title, seconds }) => `"${title}" ${seconds.toFixed(1)} s`);
}

/** Seconds of each phase; one whose last line is missing counts with the next. */
function phasesOf({ seconds, lines }: Timed): Record<string, number> {
  const found: Record<string, number> = {};
  let begun = 0;
  for (const [name, last] of Object.entries(startPhases)) {
    const ended = lines.find(({ text }) => last.test(text))?.at ?? begun;
    found[name] = ended - begun;
    begun = ended;
  }
  found["the end of the process"] = seconds - begun;
  return found;
}

/** Runs a command of the checkout to its end and notes when it printed each line; rejects when it fails. */
async function timed(command: string[], minutes: number): Promise<Timed> {
  const begun = performance.now();
  const since = () => (performance.now() - begun) / 1000;
  const lines: Line[] = [];
  const [file = "", ...args] = command;
  const options = {
    cwd: root,
    all: true,
    stdin: "ignore",
    reject: false,
    timeout: minutes * 60_000,
  } as const;
  const child = execa(file, args, options);
  for await (const text of child.iterable({ from: "all" }))
    lines.push({ text: stripVTControlCharacters(text), at: since() });
  const { exitCode } = await child;
  const seconds = since();
  if (exitCode === 0) return { seconds, lines };
  const output = lines.map(({ text }) => text).join("\n");
  throw new Error(`${command.join(" ")} ended with ${exitCode ?? "no code"}:\n${output}`);
}
