import { execa } from "execa";
import { serveProgram } from "./language-server.ts";

/** An engine command to run. */
export interface EngineCommand {
  /** Absolute path of the CLI. */
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Added to the environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Entry file of the program. @default none: the command runs no program */
  readonly entry?: string | undefined;
}

/** Runs an engine command with the terminal handed through and its program in this process; returns the exit code. */
export async function runEngine({ command, args, cwd, env, entry }: EngineCommand): Promise<number> {
  const program = entry === undefined ? undefined : await serveProgram(entry);
  // The engine ends by itself on the terminal's Ctrl-C, and its program has to be there until then.
  const wait = () => {};
  process.on("SIGINT", wait);
  try {
    const client = program ? [`--client=${program.address}`] : [];
    const { exitCode, signal } = await execa(command, [...args, ...client], {
      cwd,
      env,
      stdio: "inherit",
      reject: false,
      forceKillAfterDelay: 60_000,
    });
    return exitCode ?? (signal ? 130 : 1);
  } finally {
    process.off("SIGINT", wait);
    program?.close();
  }
}
