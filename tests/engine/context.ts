/** One control plane and one engine for the whole suite. */

import { type Engine, ensureEngine } from "../../local/toolchain/engine.ts";
import { plainReport } from "../../local/toolchain/progress.ts";
import { type ControlPlane, startControlPlane } from "./api-server.ts";
import { Stack, type StackOptions } from "./stack.ts";

let shared: Promise<{ cluster: ControlPlane; engine: Engine }> | undefined;

async function context() {
  shared ??= Promise.all([startControlPlane(), ensureEngine(plainReport())]).then(
    ([cluster, engine]) => ({ cluster, engine }),
    (error) => {
      // Whoever asks next tries anew.
      shared = undefined;
      throw error;
    },
  );
  return shared;
}

/** The control plane that all engine tests share. */
export async function cluster(): Promise<ControlPlane> {
  return (await context()).cluster;
}

/** A new stack with this program, not yet deployed. */
export async function newStack(program: string, options?: StackOptions): Promise<Stack> {
  const { cluster: plane, engine } = await context();
  const stack = new Stack(engine, plane.kubeconfig, options);
  await stack.init(program);
  return stack;
}

/** The object at a path of the API; undefined where there is none. */
export async function live(path: string): Promise<Record<string, unknown> | undefined> {
  const { kubectl } = await cluster();
  return kubectl(["get", "--raw", path]).then(JSON.parse, (error: Error) => {
    if (error.message.includes("NotFound")) return undefined;
    throw error;
  });
}

/** Makes an object at a path of the API. */
export async function post(path: string, body: object): Promise<Record<string, unknown>> {
  const { kubectl } = await cluster();
  return JSON.parse(await kubectl(["create", "--raw", path, "-f", "-"], body));
}

/** Ends what the suite has started. */
export async function stopAll(): Promise<void> {
  const running = await shared;
  shared = undefined;
  await running?.cluster.stop();
}
