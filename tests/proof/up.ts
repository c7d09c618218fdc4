import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { stackOn } from "../../local/stack.ts";
import { ensureEngine } from "../../local/toolchain/engine.ts";
import { type Ended, pulumi, root } from "../e2e/environment.ts";
import { lastLines, report } from "./findings.ts";
import { settled } from "./kube.ts";

/** Settings as the stack's config file nests them, such as `{ wordpress: { php: { memoryLimit: "160Mi" } } }`. */
export interface Settings {
  [key: string]: string | number | boolean | Settings | string[] | Settings[];
}

/** The engine's command for the stack with settings on top of its config, for this one run. */
interface Command {
  file: string;
  args: string[];
  env: Record<string, string>;
}

/** The settings stand in a config file of their own, so that nothing in the checkout changes. */
async function onStack(command: string[], settings: Settings): Promise<Command> {
  const { engine, env, state } = stackOn(undefined, "local", await ensureEngine(() => {}));
  const folder = path.join(state.folder, "project");
  const { encryptionsalt } = parse(readFileSync(path.join(folder, "Pulumi.local.yaml"), "utf8"));
  const { config } = parse(readFileSync(path.join(root, "Pulumi.local.yaml"), "utf8"));
  const own = Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [`wordpress-kubernetes:${key}`, value]),
  );
  const file = path.join(folder, "Pulumi.proof.yaml");
  writeFileSync(file, stringify({ config: merged(config, own), encryptionsalt }));
  const program = [path.join(root, "tools", "engine.ts"), path.join(root, "index.ts"), engine.command];
  const where = ["--stack", "local", "--config-file", file, "--non-interactive"];
  return { file: process.execPath, args: [...program, ...command, ...where], env };
}

/** Starts an `up` in a process group of its own; whoever starts it ends it. */
export async function startUp(settings: Settings = {}) {
  const { file, args, env } = await onStack(["up", "--yes", "--skip-preview"], settings);
  const options = { cwd: root, env, all: true, reject: false, stdin: "ignore", detached: true } as const;
  return { process: execa(file, args, options) };
}

/** Sends a signal to an `up` and all it has started, as a terminal does on Ctrl-C; one that is done is fine. */
export function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    process.kill(-(pid ?? Number.NaN), signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** A killed engine leaves its lock on the stack; this is the documented way to take it away. */
export async function freeLock(): Promise<void> {
  const { code, output } = await pulumi(["cancel", "--yes"], 1);
  if (code !== 0) report(`pulumi cancel: ${lastLines(output)}`);
}

/** `changes` laid over `base`, map by map. */
export function merged(base: Settings, changes: Settings): Settings {
  const result = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    const old = result[key];
    result[key] = isMap(old) && isMap(value) ? merged(old, value) : value;
  }
  return result;
}

function isMap(value: unknown): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Milliseconds an interrupted engine is given to keep its state and free its lock. */
const farewell = 30_000;

/** Runs `up` with settings of its own; says how it ended. Rejects when it did not end by itself within `minutes`. */
export async function upWith(settings: Settings = {}, minutes = 9): Promise<Ended> {
  const begun = Date.now();
  const up = (await startUp(settings)).process;
  let late = false;
  let killed = false;
  const interrupt = setTimeout(() => {
    late = true;
    signalGroup(up.pid, "SIGINT");
  }, minutes * 60_000);
  const kill = setTimeout(
    () => {
      killed = true;
      signalGroup(up.pid, "SIGKILL");
    },
    minutes * 60_000 + farewell,
  );
  const { exitCode, all } = await up;
  for (const timer of [interrupt, kill]) clearTimeout(timer);
  if (killed) await freeLock();
  const output = String(all ?? "");
  const took = Math.round((Date.now() - begun) / 1000);
  report(`up ${JSON.stringify(settings).slice(0, 300)}: code ${exitCode} after ${took} s`);
  if (late) throw new Error(`pulumi up did not end within ${minutes} minutes:\n${lastLines(output)}`);
  return { code: exitCode ?? -1, output };
}

/** `up` that must succeed. */
export async function mustUp(settings: Settings = {}, minutes?: number): Promise<void> {
  const { code, output } = await upWith(settings, minutes);
  if (code !== 0) throw new Error(`pulumi up failed:\n${lastLines(output)}`);
}

/** Brings the site back to the stack's own config, and waits until it is whole. */
export async function restore(): Promise<void> {
  await mustUp();
  await settled();
}

/** Runs a scenario that changes the site, and restores the site however it ends. */
export async function restoring<T>(scenario: () => Promise<T>): Promise<T> {
  try {
    return await scenario();
  } finally {
    await restore();
  }
}
