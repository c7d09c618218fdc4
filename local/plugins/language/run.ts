/** Runs the user's program and reports how it ended. */
import { type ChildProcess, spawn } from "node:child_process";
import type { RunRequest, RunResponse } from "@pulumi/pulumi/proto/language_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import { commandFor, findRunner } from "./arguments.ts";
import { endsWithUs } from "./children.ts";

/** The runner's exit code for "failed, and the reason has already been shown". */
const ALREADY_REPORTED = 32;
const KILL_AFTER_MS = 5000;
const running = new Set<ChildProcess>();

/** Runs the program to its end. */
export function runProgram(request: RunRequest, engineAddress: string): Promise<RunResponse> {
  const folder = request.getInfo()?.getProgramDirectory() ?? process.cwd();
  const runner = findRunner(folder);
  if (!runner) {
    const message = `the package @pulumi/pulumi is not installed in ${folder}: run npm install there`;
    return Promise.resolve(new language.RunResponse().setError(message));
  }
  const command = commandFor(request, runner, engineAddress);
  const program = endsWithUs(
    spawn(process.execPath, command.arguments, {
      cwd: folder,
      env: command.environment,
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
  // Our own stdout carried the port; from here on the engine shows what the program writes.
  program.stdout.on("data", (data: Buffer) => process.stdout.write(data));
  program.stderr.on("data", (data: Buffer) => process.stderr.write(data));
  running.add(program);
  return new Promise((resolve) => {
    program.on("error", (error) => {
      running.delete(program);
      resolve(new language.RunResponse().setError(`could not start ${process.execPath}: ${error.message}`));
    });
    program.on("close", (code, signal) => {
      running.delete(program);
      resolve(outcome(code, signal));
    });
  });
}

/** What the engine is told about an exit. */
export function outcome(code: number | null, signal: NodeJS.Signals | null): RunResponse {
  const response = new language.RunResponse();
  if (code === 0) return response;
  if (code === ALREADY_REPORTED) return response.setBail(true);
  return response.setError(
    signal ? `Program was ended by ${signal}` : `Program exited with non-zero exit code: ${code}`,
  );
}

/** Asks running programs to stop, then makes them. */
export function cancelPrograms(): void {
  for (const program of running) {
    program.kill("SIGINT");
    setTimeout(() => program.kill("SIGKILL"), KILL_AFTER_MS).unref();
  }
}
