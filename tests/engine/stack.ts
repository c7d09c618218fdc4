/** A Pulumi project and stack in a temporary folder, driven by the real CLI with the bundled plugins. */
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { installPlugins } from "../../local/plugins/install.ts";
import { binaries } from "./binaries.ts";
import { temporaryFolder } from "./temporary.ts";

const COMMAND_TIMEOUT_MS = 120_000;
const checkout = path.join(import.meta.dirname, "..", "..");

/** The CLI with its plugins. */
export interface Engine {
  cli: string;
  home: string;
  remove(): void;
}

/** Puts CLI, language host and providers into a temporary PULUMI_HOME. */
export async function installEngine(): Promise<Engine> {
  const { pulumi } = await binaries(["pulumi"]);
  const home = temporaryFolder("home");
  const folder = path.join(home, "bin");
  mkdirSync(folder);
  const cli = path.join(folder, "pulumi");
  try {
    linkSync(pulumi, cli); // a symbolic link would make the CLI look for its language host elsewhere
  } catch {
    copyFileSync(pulumi, cli);
  }
  await installPlugins(home, folder);
  return { cli, home, remove: () => rmSync(home, { recursive: true, force: true }) };
}

/** What a command said and how it ended. */
export interface Run {
  code: number;
  /** stdout and stderr, in order. */
  text: string;
  seconds: number;
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

/** A stack with one program. */
export class Stack {
  readonly folder: string;
  readonly #engine: Engine;
  readonly #kubeconfig: string;

  constructor(engine: Engine, kubeconfig: string) {
    this.#engine = engine;
    this.#kubeconfig = kubeconfig;
    this.folder = temporaryFolder("stack");
    mkdirSync(path.join(this.folder, "state"));
    symlinkSync(path.join(checkout, "node_modules"), path.join(this.folder, "node_modules"));
    writeFileSync(
      path.join(this.folder, "package.json"),
      '{ "name": "engine-tests", "type": "module", "main": "index.ts" }',
    );
    const project =
      "name: engine-tests\nruntime:\n  name: nodejs\n  options:\n    typescript: false\nmain: index.ts\n";
    writeFileSync(path.join(this.folder, "Pulumi.yaml"), project);
  }

  /** Makes the stack with this program. */
  async init(program: string): Promise<void> {
    this.program(program);
    const made = await this.run("stack", "init", "test");
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

  /** Starts the CLI. */
  start(...args: string[]) {
    return execa(this.#engine.cli, ["--non-interactive", "--color=never", ...args], {
      cwd: this.folder,
      all: true,
      reject: false,
      timeout: COMMAND_TIMEOUT_MS,
      env: {
        PULUMI_HOME: this.#engine.home,
        PULUMI_BACKEND_URL: `file://${this.folder}/state`,
        PULUMI_CONFIG_PASSPHRASE: "engine-tests",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        KUBECONFIG: this.#kubeconfig,
      },
    });
  }

  /** Runs the CLI to its end; never throws for a failing command. */
  async run(...args: string[]): Promise<Run> {
    const started = performance.now();
    const { exitCode, all, shortMessage } = await this.start(...args);
    const text = exitCode === undefined ? `${all}\n${shortMessage}` : all;
    return { code: exitCode ?? -1, text, seconds: (performance.now() - started) / 1000 };
  }

  /** `pulumi up`; throws what it said where it does not end as expected. */
  async up(expected: "success" | "failure" = "success", ...args: string[]): Promise<Run> {
    return this.#expecting(expected, "up", "--yes", "--skip-preview", "--diff", ...args);
  }

  async preview(...args: string[]): Promise<Run> {
    return this.#expecting("success", "preview", "--diff", ...args);
  }

  /** What a preview plans, in order: `update web`. */
  async steps(): Promise<string[]> {
    const { text } = await this.#expecting("success", "preview", "--json");
    const { steps } = JSON.parse(text) as { steps: { op: string; urn: string }[] };
    return steps.map(({ op, urn }) => `${op} ${urn.split("::").at(-1)}`);
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
