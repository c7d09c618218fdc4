import { execa } from "execa";

/** Runs a program to its end, bounded, and returns its output; the error holds the command and what it said. */
export async function run(
  program: string,
  args: readonly string[],
  options: { seconds?: number; input?: string; env?: Record<string, string>; cwd?: string } = {},
): Promise<string> {
  const { seconds = 60, ...rest } = options;
  const result = await execa(program, args, {
    timeout: seconds * 1000,
    forceKillAfterDelay: 2000,
    maxBuffer: 64 * 1024 * 1024,
    stdin: rest.input === undefined ? "ignore" : "pipe",
    ...rest,
  });
  return result.stdout;
}
