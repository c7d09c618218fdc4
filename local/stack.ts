import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse, stringify } from "yaml";
import { statePath } from "./cluster/layout.ts";
import { k3sContext, k3sKubeconfig } from "./k3s.ts";
import { requireFreeName, type State, stateOf } from "./state.ts";
import { dataPath } from "./toolchain/cache.ts";
import { type Engine, environmentFor } from "./toolchain/engine.ts";
import { endOrphans } from "./toolchain/orphans.ts";
import { run } from "./toolchain/process.ts";
import { runEngine } from "./toolchain/run-engine.ts";

/** The checkout, which is also the Pulumi project. */
const projectFolder = path.join(import.meta.dirname, "..");

/** Commands of the engine that run the program, or may. */
const withProgram = new Set(["up", "update", "preview", "refresh", "destroy"]);

/** Commands of the engine that read the stack's config. */
const withConfigFile = new Set([...withProgram, "import"]);

/** Commands that ask Pulumi's own language host about the project, which only its releases bring. */
const withLanguageHost = new Set(["convert", "import", "install", "new", "package", "watch"]);

/** Commands below `stack` that name their stack themselves. */
const ownStack = new Set(["init", "ls", "rm", "select", "rename"]);

/** A stack on one cluster, driven by the real engine. */
export interface Stack {
  name: string;
  engine: Engine;
  /** Environment of the engine: its own settings, the kubeconfig and where the state is. */
  env: Record<string, string>;
  /** Context it is deployed to, of the user's kubeconfig or the k3s in Docker; undefined for the embedded cluster. */
  context: string | undefined;
  state: State;
}

/** The stack of this name on a context of the user's, on the k3s in Docker, or on the embedded cluster. */
export function stackOn(context: string | undefined, name: string, engine: Engine): Stack {
  if (context !== undefined) requireFreeName(name, context);
  const state = stateOf(context);
  const env = { ...engine.env, ...state.env };
  if (context === undefined) {
    env.KUBECONFIG = dataPath("cluster", "kubeconfig");
    // By which the program knows the site's certificate; Pebble makes another root whenever it starts.
    env.NODE_EXTRA_CA_CERTS = statePath("acme-root.pem");
  }
  if (context === k3sContext) env.KUBECONFIG = k3sKubeconfig();
  return { name, engine, env, context, state };
}

/**
 * Runs an engine command on the stack with the terminal handed through, and returns its exit code. The program runs in
 * this process. The first use makes the stack.
 */
export async function runOnStack(stack: Stack, args: string[]): Promise<number> {
  const [command = ""] = args;
  endOrphans();
  await ensureStack(stack);
  const code = await runEngine({
    command: stack.engine.command,
    args: stackArgs(stack, args),
    cwd: projectFolder,
    env: { ...stack.env, ...environmentFor(stack.engine, readState(stack)) },
    entry: withProgram.has(command) ? path.join(projectFolder, "index.ts") : undefined,
  });
  if (code !== 0 && withLanguageHost.has(command)) console.error(hostMissing(command));
  return code;
}

function hostMissing(command: string): string {
  return `pulumi ${command} needs Pulumi's language host for Node.js, which comes with the released CLI and not with one built from source: install Pulumi and run it without npm.`;
}

/** The stack's outputs, secrets in plain text. */
export async function stackOutputs({ name, engine, env }: Stack): Promise<Record<string, unknown>> {
  const args = ["stack", "output", "--json", "--show-secrets", "--stack", name];
  return JSON.parse(await run(engine.command, args, { cwd: projectFolder, env }));
}

/** The engine's words for a command on the stack, with the stack and its config named. */
export function stackArgs(stack: Stack, args: string[]): string[] {
  const [command = "", subcommand = ""] = args;
  if (withConfigFile.has(command))
    return [...args, "--stack", stack.name, "--config-file", writeConfigFile(stack)];
  const takesStack =
    ["config", "cancel", "state"].includes(command) || (command === "stack" && !ownStack.has(subcommand));
  return takesStack ? [...args, "--stack", stack.name] : args;
}

/** Takes an option such as `--stack NAME`, in any of its forms, out of the words for the engine. */
export function takeOption(args: string[], names: string[]): { value: string | undefined; args: string[] } {
  const at = args.findIndex((arg) => names.some((name) => arg === name || arg.startsWith(`${name}=`)));
  if (at < 0) return { value: undefined, args };
  const [name, inline] = args[at]?.split("=") ?? [];
  const value = inline ?? args[at + 1];
  if (!value) throw new Error(`${name} needs a name.`);
  return { value, args: args.toSpliced(at, inline === undefined ? 2 : 1) };
}

/** What the engine has written of the stack; empty where it has nothing yet, or keeps it elsewhere. */
function readState({ name, state }: Stack): string {
  const { name: project } = readProject();
  const file = path.join(state.folder, ".pulumi", "stacks", project, `${name}.json`);
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/** Makes the stack where there is none yet. */
async function ensureStack(stack: Stack): Promise<void> {
  if (readState(stack) !== "") return;
  const { engine, env, name } = stack;
  const select = ["stack", "select", name, "--create", "--non-interactive"];
  await run(engine.command, select, { cwd: shadowFolder(stack), env });
}

/**
 * The engine writes the salt of its encryption into the stack's config file. That file is kept beside the state, so that
 * the one in the checkout, which others share, does not change: it is the checkout's config with the salt added.
 */
function writeConfigFile(stack: Stack): string {
  const { name, context } = stack;
  const file = path.join(shadowFolder(stack), `Pulumi.${name}.yaml`);
  const salt = existsSync(file) ? parse(readFileSync(file, "utf8"))?.encryptionsalt : undefined;
  const own = parse(readFileSync(path.join(projectFolder, `Pulumi.${name}.yaml`), "utf8"));
  const config = { ...own.config, ...(context === undefined ? {} : { "kubernetes:context": context }) };
  writeFileSync(file, stringify({ ...own, config, ...(salt === undefined ? {} : { encryptionsalt: salt }) }));
  return file;
}

/** A project of the same name beside the state: the engine takes its stacks for this project's. */
function shadowFolder({ state }: Stack): string {
  const folder = path.join(state.folder, "project");
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "Pulumi.yaml"), stringify(readProject()));
  return folder;
}

function readProject(): { name: string; runtime: unknown } {
  const { name, runtime } = parse(readFileSync(path.join(projectFolder, "Pulumi.yaml"), "utf8"));
  return { name, runtime };
}
