import { execa } from "execa";

/** What {@link run} can be told. */
export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds until the program is ended. */
  readonly timeout: number;
  /** Gets each line the program prints while it runs. */
  readonly onLine?: (line: string) => void;
}

/**
 * Runs a program that must succeed and returns its output.
 * @throws with the program's last lines
 */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  const [file, ...rest] = bounded([command, ...args], options.timeout);
  const child = execa(file, rest, {
    cwd: options.cwd,
    env: options.env,
    // Only where nothing else bounds the program: a reserve over the bound itself.
    timeout: options.timeout + 10_000,
    stdin: "ignore",
    all: true,
    reject: false,
  });
  // Reading the lines also waits for the end.
  if (options.onLine) for await (const line of child.iterable({ from: "all" })) options.onLine(line);
  const result = await child;
  if (!result.failed) return result.stdout;
  const timedOut = result.timedOut || result.exitCode === 124;
  const reason = timedOut ? `took longer than ${options.timeout / 1000} s` : "failed";
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

function lastLines(text = ""): string {
  return text.trimEnd().split("\n").slice(-12).join("\n");
}
