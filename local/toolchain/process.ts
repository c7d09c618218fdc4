import { execa } from "execa";
import { patienceFactor } from "./patience-factor.ts";

/** What {@link run} can be told. */
export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the program reads. @default nothing */
  readonly input?: string | undefined;
  /** Milliseconds until the program is ended, more by {@link patienceFactor} on a slow machine. @default 60,000 */
  readonly timeout?: number;
  /** Gets each line the program prints while it runs. */
  readonly onLine?: (line: string) => void;
}

/**
 * Runs a program that must succeed and returns its output.
 * @throws with the program's last lines
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { input } = options;
  const timeout = (options.timeout ?? 60_000) * patienceFactor();
  const [file, ...rest] = bounded([command, ...args], timeout);
  const child = execa(file, rest, {
    cwd: options.cwd,
    env: options.env,
    // Only where nothing else bounds the program: a reserve over the bound itself.
    timeout: timeout + 10_000,
    ...(input === undefined ? { stdin: "ignore" } : { input }),
    all: true,
    reject: false,
  });
  // Reading the lines also waits for the end.
  if (options.onLine) for await (const line of child.iterable({ from: "all" })) options.onLine(line);
  const result = await child;
  if (!result.failed) return result.stdout;
  const timedOut = result.timedOut || result.exitCode === 124;
  const reason = timedOut ? `took longer than ${timeout / 1000} s` : "failed";
  throw new Error(`${command} ${args[0] ?? ""} ${reason}: ${lastLines(result.all) || result.shortMessage}`);
}

/**
 * On Linux, the program and everything it starts end with this process, also when it is killed, and after the
 * timeout: `timeout` ends its whole process group.
 */
function bounded(command: readonly string[], timeout: number): [string, ...string[]] {
  if (process.platform !== "linux") return command as [string, ...string[]];
  const seconds = String(Math.ceil(timeout / 1000));
  return ["setpriv", "--pdeathsig", "TERM", "timeout", "--kill-after=5", seconds, ...command];
}

/** A word as a shell reads it back unchanged. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function lastLines(text = ""): string {
  return text.trimEnd().split("\n").slice(-12).join("\n");
}
