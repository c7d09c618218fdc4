import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { cachePath } from "../../local/toolchain/cache.ts";
import { ensureEngine } from "../../local/toolchain/engine.ts";
import { report } from "../../tests/proof/findings.ts";
import { type Cost, costOf } from "./process-cost.ts";

/** The engine `npm start` uses, on a program and a state of the benchmark's own. */
export class BenchStack {
  static readonly #name = "bench";
  readonly #command: string;
  readonly #options: { cwd: string; env: Record<string, string> };
  readonly #folder: string;

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
    const options = {
      cwd: path.join(import.meta.dirname, "programs", program),
      env: {
        ...engine.env,
        KUBECONFIG: cachePath("cluster", "kubeconfig"),
        PULUMI_BACKEND_URL: `file://${folder}`,
        ...env,
      },
    };
    const stack = new BenchStack(engine.command, options, folder);
    await execa(engine.command, ["stack", "init", ...stack.#where(), "--no-select"], {
      ...options,
      timeout: 60_000,
    });
    return stack;
  }

  /** Runs an engine command and says what it took. */
  run(...args: string[]): Promise<Cost> {
    const command = [this.#command, ...args, ...this.#where(), "--config-file", this.#config()];
    return costOf([...command, "--non-interactive"], { ...this.#options, minutes: 10 });
  }

  /** Deletes what the stack made, and its state. */
  async remove(): Promise<void> {
    try {
      await this.run("destroy", "--yes", "--skip-preview");
    } finally {
      rmSync(this.#folder, { recursive: true });
    }
  }

  #where(): string[] {
    return ["--stack", BenchStack.#name];
  }

  /** Out of the checkout: the engine writes its salt into it. */
  #config(): string {
    return path.join(this.#folder, "Pulumi.bench.yaml");
  }
}
