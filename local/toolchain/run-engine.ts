import { execa } from "execa";
import { serveProgram } from "./language-server.ts";

/** An engine command to run. */
export interface EngineCommand {
  /** Absolute path of the CLI. */
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Added to the environment, this process's own among it. */
  readonly env: Readonly<Record<string, string>>;
  /** Entry file of the program. @default none: the command runs no program */
  readonly entry?: string | undefined;
}

/** Runs an engine command with the terminal handed through and its program in this process; returns the exit code. */
export async function runEngine({ command, args, cwd, env, entry }: EngineCommand): Promise<number> {
  // For the program as well, which looks for the cluster itself.
  Object.assign(process.env, env);
  const program = entry === undefined ? undefined : await serveProgram(entry);
  const client = program ? [`--client=${program.address}`] : [];
  const cli = execa(command, [...args, ...client], { cwd, stdio: "inherit", reject: false });
  // The engine is given the time to end in order, and its program has to be there until then. A terminal's Ctrl-C it
  // gets by itself; the second one ends it at once.
  const handlers = { SIGINT: () => {}, SIGTERM: () => cli.kill("SIGINT"), SIGHUP: () => cli.kill("SIGINT") };
  for (const [name, handler] of Object.entries(handlers)) process.on(name, handler);
  try {
    const { exitCode, signal } = await cli;
    return exitCode ?? (signal ? 130 : 1);
  } finally {
    for (const [name, handler] of Object.entries(handlers)) process.off(name, handler);
    program?.close();
  }
}
