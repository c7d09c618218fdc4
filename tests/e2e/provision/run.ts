/*
 * Run inside a stage's network: runs the commands standard input lists, one after the other, as the Job's user in
 * WordPress' root file system, and prints how each ended.
 */
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { ask, type Question } from "../http/ask.ts";

export interface Step {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Asked over and over while the command runs. */
  readonly load?: Load;
}

/** Four visitors who ask for the same page, each again once it has been answered. */
export interface Load {
  readonly question: Question;
  /** What is told of an answer: the header of this name, and the groups of this pattern in the body. */
  readonly header: string;
  readonly pattern: string;
  /** How long they go on once the command has ended, in seconds. */
  readonly after: number;
}

/** What is told of an answer. */
export interface Seen {
  readonly status: number;
  readonly header: string | undefined;
  readonly match: string | undefined;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** In the order in which they were asked for. */
  readonly seen: readonly Seen[];
}

/** What a client is given on standard input. */
export interface Script {
  readonly root: string;
  readonly steps: readonly Step[];
}

const visitors = 4;

async function run(root: string, { command, env, load }: Step): Promise<Ended> {
  let over = false;
  const visit = async ({ question, header, pattern }: Load) => {
    const seen: (Seen & { at: number })[] = [];
    while (!over) {
      const at = performance.now();
      const { status, headers, body } = await ask(question, 60_000);
      seen.push({
        at,
        status,
        header: headers[header],
        match: new RegExp(pattern).exec(body)?.slice(1).join(" "),
      });
    }
    return seen;
  };
  const visits = Promise.all(load ? Array.from({ length: visitors }, () => visit(load)) : []);
  const args = ["--userspec=33:33", root, "env", "--chdir=/var/www/html", ...command];
  const options = {
    env,
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
    timeout: 300_000,
  } as const;
  const [ended] = await Promise.all([
    execa("chroot", args, options).finally(async () => {
      await sleep((load?.after ?? 0) * 1000);
      over = true;
    }),
    visits,
  ]);
  const seen = (await visits).flat().sort((one, other) => one.at - other.at);
  return { code: ended.exitCode ?? null, stdout: ended.stdout, stderr: ended.stderr, seen };
}

if (import.meta.main) {
  const { root, steps }: Script = JSON.parse(await text(process.stdin));
  const ended: Ended[] = [];
  for (const step of steps) ended.push(await run(root, step));
  console.log(JSON.stringify(ended));
}
