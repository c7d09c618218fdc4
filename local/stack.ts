import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { cacheFolder } from "./toolchain/cache.ts";
import { type Engine, environmentFor } from "./toolchain/engine.ts";
import { endOrphans } from "./toolchain/orphans.ts";
import { runEngine } from "./toolchain/run-engine.ts";

/** The checkout, which is also the Pulumi project. */
export const projectFolder = path.join(import.meta.dirname, "..");

/** Commands of the engine that run the program, or may. */
const withProgram = new Set(["up", "update", "preview", "refresh", "destroy"]);

/** Commands of the engine that read the stack's config. */
const withConfigFile = new Set([...withProgram, "import"]);

/** Commands that ask Pulumi's own language host about the project, which only its releases bring. */
const withLanguageHost = new Set(["about", "convert", "install", "new", "package", "policy", "watch"]);

/** Commands below `stack` that name their stack themselves. */
const ownStack = new Set(["init", "ls", "rm", "select", "rename"]);

/** A stack whose state is kept in the cache, driven by the real engine. */
export interface Stack {
  name: string;
  engine: Engine;
  /** Environment of the engine: its own settings and the kubeconfig. */
  env: Record<string, string>;
  /** Context of the user's kubeconfig it is deployed to. @default the embedded cluster */
  context?: string;
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
export async function stackOutputs(stack: Stack): Promise<Record<string, unknown>> {
  const args = ["stack", "output", "--json", "--show-secrets", "--stack", stack.name];
  const { stdout } = await execa(stack.engine.command, args, {
    cwd: projectFolder,
    env: stack.env,
    timeout: 60_000,
  });
  return JSON.parse(stdout);
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

/** Takes `--stack NAME` out of the words for the engine; `fallback` is the stack meant without it. */
export function chooseStack(args: string[], fallback: string): { name: string; args: string[] } {
  const at = args.findIndex((arg) => arg === "--stack" || arg === "-s" || arg.startsWith("--stack="));
  if (at < 0) return { name: fallback, args };
  const [, value] = args[at]?.split("=") ?? [];
  const name = value ?? args[at + 1];
  if (!name) throw new Error("--stack needs the name of a stack.");
  return { name, args: args.toSpliced(at, value === undefined ? 2 : 1) };
}

/** What the engine has written of the stack; empty where it has nothing yet. */
function readState({ name }: Pick<Stack, "name">): string {
  const { project } = shadowProject(name);
  const file = path.join(cacheFolder("state", ".pulumi", "stacks", project), `${name}.json`);
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/** Makes the stack when the state does not hold it yet. */
export async function ensureStack({ name, engine, env }: Stack): Promise<void> {
  if (readState({ name }) !== "") return;
  await execa(engine.command, ["stack", "init", name, "--no-select"], {
    cwd: shadowFolder(),
    env,
    timeout: 60_000,
  });
}

/**
 * The engine writes the salt of its encryption into the stack's config file. That file is kept in the cache, so that
 * the one in the checkout, which others share, does not change: it is the checkout's config with the salt added.
 */
function writeConfigFile({ name, context }: Stack): string {
  const { file } = shadowProject(name);
  const salt = readShadow(file).encryptionsalt;
  const own = parse(readFileSync(path.join(projectFolder, `Pulumi.${name}.yaml`), "utf8"));
  const config = { ...own.config, ...(context === undefined ? {} : { [contextKey]: context }) };
  writeFileSync(file, stringify({ ...own, config, ...(salt === undefined ? {} : { encryptionsalt: salt }) }));
  return file;
}

/** The context `npm start` deployed the stack to; undefined for the embedded cluster. */
export function contextOf(name: string): string | undefined {
  return readShadow(shadowProject(name).file).config?.[contextKey];
}

const contextKey = "kubernetes:context";

function readShadow(file: string): { encryptionsalt?: string; config?: Record<string, string> } {
  return (existsSync(file) && parse(readFileSync(file, "utf8"))) || {};
}

function shadowFolder(): string {
  return cacheFolder("state", "project");
}

/** A project of the same name in the cache: the engine takes its stacks for this project's. */
function shadowProject(stack: string): { project: string; file: string } {
  const { name, runtime } = parse(readFileSync(path.join(projectFolder, "Pulumi.yaml"), "utf8"));
  const folder = shadowFolder();
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "Pulumi.yaml"), stringify({ name, runtime }));
  return { project: name, file: path.join(folder, `Pulumi.${stack}.yaml`) };
}
