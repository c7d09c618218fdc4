/** A Pulumi project and stack in a temporary folder, driven by the real CLI with the plugins `npm start` uses. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { type Engine, environmentFor } from "../../local/toolchain/engine.ts";
import { temporaryFolder } from "./temporary.ts";

const checkout = path.join(import.meta.dirname, "..", "..");
const driver = path.join(checkout, "tools", "engine.ts");
const runner = path.join(checkout, "tools", "run.mjs");

/** Commands that run the program. */
const withProgram = new Set(["up", "preview", "refresh", "destroy"]);

/** What a command said and how it ended. */
export interface Run {
  code: number;
  /** stdout and stderr, in order. */
  text: string;
  seconds: number;
}

async function ended(
  child: PromiseLike<{ exitCode?: number; all?: unknown; shortMessage?: string }>,
): Promise<Run> {
  const started = performance.now();
  const { exitCode, all, shortMessage } = await child;
  const text = exitCode === undefined ? `${all}\n${shortMessage}` : String(all);
  return { code: exitCode ?? -1, text, seconds: (performance.now() - started) / 1000 };
}

/** One resource of the state. */
export interface StateResource {
  urn: string;
  type: string;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  initErrors?: string[];
}

/** What a stack is called and configured with. */
export interface StackOptions {
  /** @default engine-tests */
  project?: string;
  /** @default test */
  stack?: string;
  /** The config file's. @default none */
  config?: Record<string, unknown>;
  /** Options of Node for a program in a process of its own, before the project's. @default none */
  nodeOptions?: string;
  /** The longest one command may take, in milliseconds. @default five minutes */
  patience?: number;
}

/** A stack with one program. */
export class Stack {
  readonly folder: string;
  readonly #engine: Engine;
  readonly #kubeconfig: string;
  readonly #name: string;
  readonly #patience: number;

  constructor(engine: Engine, kubeconfig: string, options: StackOptions = {}) {
    const { project = "engine-tests", stack = "test", config = {}, nodeOptions = "" } = options;
    this.#engine = engine;
    this.#kubeconfig = kubeconfig;
    this.#name = stack;
    this.#patience = options.patience ?? 300_000;
    this.folder = temporaryFolder("stack");
    mkdirSync(path.join(this.folder, "state"));
    for (const part of ["node_modules", "tools"])
      symlinkSync(path.join(checkout, part), path.join(this.folder, part));
    writeFileSync(
      path.join(this.folder, "package.json"),
      '{ "name": "engine-tests", "type": "module", "main": "index.ts" }',
    );
    const { runtime, config: declared } = parse(readFileSync(path.join(checkout, "Pulumi.yaml"), "utf8"));
    // What the project says of other packages.
    const others = Object.fromEntries(Object.entries(declared).filter(([key]) => key.includes(":")));
    runtime.options.nodeargs = `${nodeOptions} ${runtime.options.nodeargs}`.trim();
    writeFileSync(
      path.join(this.folder, "Pulumi.yaml"),
      stringify({ name: project, runtime, main: "index.ts", config: others }),
    );
    writeFileSync(path.join(this.folder, `Pulumi.${stack}.yaml`), stringify({ config }));
  }

  /** Makes the stack with this program. */
  async init(program: string): Promise<void> {
    this.program(program);
    const made = await this.run("stack", "init", this.#name);
    if (made.code !== 0) throw new Error(made.text);
  }

  /** Replaces the program. `k8s`, `random` and `pulumi` are imported for it. */
  program(text: string): void {
    const imports = ["pulumi", "kubernetes", "random"].map((name) => {
      const variable = name === "kubernetes" ? "k8s" : name;
      return `import * as ${variable} from "@pulumi/${name}";`;
    });
    writeFileSync(
      path.join(this.folder, "index.ts"),
      `${imports.join("\n")}\nvoid [pulumi, k8s, random];\n${text}\n`,
    );
  }

  /** Puts a state in the place of the stack's. */
  async importState(state: { deployment: object }): Promise<void> {
    const own = JSON.parse((await this.run("stack", "export")).text) as { deployment: object };
    const file = path.join(this.folder, "imported.json");
    // The way secrets are kept is this stack's.
    writeFileSync(file, JSON.stringify({ ...own, deployment: { ...own.deployment, ...state.deployment } }));
    const { code, text } = await this.run("stack", "import", "--file", file);
    if (code !== 0) throw new Error(text);
  }

  /** The CLI. */
  get command(): string {
    return this.#engine.command;
  }

  /** Starts the CLI, with the program in a process beside it. */
  start(...args: string[]) {
    const driven = [process.execPath, driver, path.join(this.folder, "index.ts")];
    return this.#start([...(withProgram.has(args[0] ?? "") ? driven : []), this.command, ...args]);
  }

  /** Starts it as a person does: by an npm script, through the runner of all npm scripts here, in a terminal. */
  startInTerminal(...args: string[]) {
    const words = ["node", runner, driver, path.join(this.folder, "index.ts"), this.command, ...args];
    const manifest = { name: "engine-tests", type: "module", scripts: { engine: words.join(" ") } };
    writeFileSync(path.join(this.folder, "package.json"), JSON.stringify(manifest));
    return execa("script", ["-qefc", "npm run --silent engine", "/dev/null"], {
      ...this.#options(),
      stdin: "pipe",
    });
  }

  #start(words: string[], env: Record<string, string> = {}) {
    const [file = "", ...rest] = [...words, "--non-interactive", "--color=never"];
    return execa(file, rest, this.#options(env));
  }

  #options(env: Record<string, string> = {}) {
    return {
      cwd: this.folder,
      all: true,
      reject: false,
      timeout: this.#patience,
      env: {
        ...this.#engine.env,
        ...environmentFor(this.#engine, this.storedText()),
        PULUMI_BACKEND_URL: `file://${this.folder}/state`,
        PULUMI_CONFIG_PASSPHRASE: "engine-tests",
        KUBECONFIG: this.#kubeconfig,
        ...env,
      },
    } as const;
  }

  /** Runs the CLI to its end; never throws for a failing command. */
  async run(...args: string[]): Promise<Run> {
    return ended(this.start(...args));
  }

  /** Runs the CLI without a program beside it: the engine starts the program by its language host. */
  async runAlone(args: string[], env: Record<string, string> = {}): Promise<Run> {
    return ended(this.#start([this.command, ...args], env));
  }

  /** `pulumi up`; throws what it said where it does not end as expected. */
  async up(expected: "success" | "failure" = "success", ...args: string[]): Promise<Run> {
    return this.#expecting(expected, "up", "--yes", "--skip-preview", "--diff", ...args);
  }

  async preview(...args: string[]): Promise<Run> {
    return this.#expecting("success", "preview", "--diff", ...args);
  }

  /** What a preview plans: its steps in order, such as `update Deployment web`, and how many resources stay the same. */
  async plan(): Promise<{ steps: string[]; same: number }> {
    const { text } = await this.#expecting("success", "preview", "--json");
    const { steps, changeSummary } = JSON.parse(text) as {
      steps: { op: string; urn: string }[];
      changeSummary: { same: number };
    };
    const named = (urn: string) => urn.split("::").slice(-2).join(" ").replace(/^.*:/, "");
    return { steps: steps.map(({ op, urn }) => `${op} ${named(urn)}`), same: changeSummary.same };
  }

  async refresh(...args: string[]): Promise<Run> {
    return this.#expecting("success", "refresh", "--yes", "--skip-preview", "--diff", ...args);
  }

  async destroy(): Promise<Run> {
    return this.#expecting("success", "destroy", "--yes", "--skip-preview");
  }

  async #expecting(expected: "success" | "failure", ...args: string[]): Promise<Run> {
    const run = await this.run(...args);
    if ((run.code === 0) !== (expected === "success")) {
      throw new Error(`pulumi ${args[0]} should end in ${expected} and ended with ${run.code}:\n${run.text}`);
    }
    return run;
  }

  /** The resources of the state, secrets encrypted. */
  async resources(): Promise<StateResource[]> {
    const { text } = await this.run("stack", "export");
    return (JSON.parse(text) as { deployment: { resources?: StateResource[] } }).deployment.resources ?? [];
  }

  async resource(name: string): Promise<StateResource | undefined> {
    return (await this.resources()).find(({ urn }) => urn.endsWith(`::${name}`));
  }

  async output(name: string): Promise<string> {
    return (await this.run("stack", "output", name, "--show-secrets")).text.trim();
  }

  /** Everything the file backend has written: state, history, backups, checkpoints. */
  storedText(): string {
    const files = (folder: string): string[] =>
      readdirSync(folder).flatMap((name) => {
        const file = path.join(folder, name);
        return statSync(file).isDirectory() ? files(file) : [readFileSync(file, "utf8")];
      });
    return files(path.join(this.folder, "state")).join("\n");
  }

  /** Removes the folder; what the stack made goes away with the control plane. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
