import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { dataPath } from "../../local/toolchain/cache.ts";
import { ensureEngine } from "../../local/toolchain/engine.ts";
import { report } from "../../tests/proof/findings.ts";
import { type Cost, costOf } from "./process-cost.ts";

/** Runs an engine command with its program, in one process beside the CLI. */
export const engineDriver = path.join(import.meta.dirname, "..", "engine.ts");

/** The engine `npm start` uses, on a program and a state of the benchmark's own. */
export class BenchStack {
  static readonly #name = "bench";
  readonly #command: string;
  readonly #options: { cwd: string; env: Record<string, string> };
  readonly #folder: string;
  #hasObjects = false;

  private constructor(
    command: string,
    options: { cwd: string; env: Record<string, string> },
    folder: string,
  ) {
    this.#command = command;
    this.#options = options;
    this.#folder = folder;
  }

  /** Makes the stack of a program, such as `smallest`; `env` is added to the program's environment. */
  static async make(program: string, env: Record<string, string> = {}): Promise<BenchStack> {
    const engine = await ensureEngine(report);
    const folder = mkdtempSync(path.join(os.tmpdir(), "bench-"));
    const cwd = path.join(import.meta.dirname, "programs", program);
    const options = {
      cwd,
      env: {
        ...engine.env,
        KUBECONFIG: dataPath("cluster", "kubeconfig"),
        PULUMI_CONFIG_PASSPHRASE: "bench",
        PULUMI_BACKEND_URL: `file://${folder}`,
        ...env,
      },
    };
    const stack = new BenchStack(engine.command, options, folder);
    // In the folder: the engine writes the salt of its encryption beside the project.
    copyFileSync(path.join(cwd, "Pulumi.yaml"), path.join(folder, "Pulumi.yaml"));
    await execa(engine.command, ["stack", "init", BenchStack.#name, "--no-select"], {
      cwd: folder,
      env: options.env,
      timeout: 60_000,
    });
    return stack;
  }

  /** Runs an engine command and says what it took. */
  run(...args: string[]): Promise<Cost> {
    if (args[0] === "up") this.#hasObjects = true;
    const config = path.join(this.#folder, `Pulumi.${BenchStack.#name}.yaml`);
    const where = ["--stack", BenchStack.#name, "--config-file", config, "--non-interactive"];
    const driven = [process.execPath, engineDriver, path.join(this.#options.cwd, "index.ts"), this.#command];
    return costOf([...driven, ...args, ...where], { ...this.#options, minutes: 10 });
  }

  /** Deletes what the stack made, and its state. */
  async remove(): Promise<void> {
    try {
      if (this.#hasObjects) await this.run("destroy", "--yes", "--skip-preview");
    } finally {
      rmSync(this.#folder, { recursive: true });
    }
  }
}
