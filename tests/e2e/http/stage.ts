import path from "node:path";
import { execa } from "execa";
import { quote } from "../../../local/toolchain/process.ts";
import { apart } from "../image-root.ts";
import type { Answer, Question, Script } from "./ask.ts";

/** A server of a stage: a command, in a root file system of its own where it has one. */
export interface Server {
  readonly root?: string;
  readonly command: readonly string[];
  /** What it answers once it is up, by another status than 404, 502 and 503; clients of others wait themselves. */
  readonly ready?: Question;
}

/** An address nobody answers for, as that of a pod whose node is gone: what is sent there is lost. */
export const lostAddress = "http://192.0.2.2";

// $1 is the client; the servers, each a line of shell, come in by their number. They end with the namespace.
const script = (servers: readonly Server[]) =>
  [
    "ip link set lo up",
    // One that counts as the internet; nobody is reached from here.
    "ip address add 192.31.0.1/32 dev lo",
    "ip link add lost type veth peer name end",
    "ip address add 192.0.2.1/24 dev lost",
    "ip link set lost up",
    "ip link set end up",
    ...servers.map(({ root, command }) => {
      const quoted = command.map(quote).join(" ");
      // A pipe, as in a container: a file descriptor that is a socket cannot be opened by its name in /dev.
      if (root === undefined) return `${quoted} 2>&1 | cat >&2 &`;
      const inside = quote(root);
      return `mount --bind /dev ${inside}/dev\nmount -t proc proc ${inside}/proc\nchroot ${inside} ${quoted} 2>&1 | cat >&2 &`;
    }),
    'exec "$0" "$1"',
  ].join("\n");

/** Starts the servers in a network of their own, asks, ends them, and gives the answers in the order of the questions. */
export async function askOnStage(
  servers: readonly Server[],
  questions: readonly Question[],
): Promise<Answer[]> {
  const asked: Script = { ready: servers.flatMap(({ ready }) => ready ?? []), questions };
  return onStage(servers, path.join(import.meta.dirname, "ask.ts"), asked, 240_000);
}

/**
 * Starts the servers in a network of their own, then a client, a module that is given JSON on standard input and answers
 * with JSON; ends all of them after so many milliseconds at the latest.
 */
export async function onStage<T>(
  servers: readonly Server[],
  client: string,
  input: unknown,
  timeout: number,
): Promise<T> {
  const { exitCode, stdout, stderr } = await execa(
    "setpriv",
    [...apart, "sh", "-e", "-c", script(servers), process.execPath, client],
    { input: JSON.stringify(input), reject: false, timeout },
  );
  if (exitCode !== 0) throw new Error(`the stage ended with ${exitCode}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
