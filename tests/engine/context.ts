/** One control plane and one engine for the whole suite. */
import { dig } from "../../local/plugins/rpc/values.ts";
import { type ControlPlane, startControlPlane } from "./api-server.ts";
import { type Engine, installEngine, Stack } from "./stack.ts";

let shared: Promise<{ cluster: ControlPlane; engine: Engine }> | undefined;

async function context() {
  shared ??= Promise.all([startControlPlane(), installEngine()]).then(([cluster, engine]) => ({
    cluster,
    engine,
  }));
  return shared;
}

/** The control plane that all engine tests share. */
export async function cluster(): Promise<ControlPlane> {
  return (await context()).cluster;
}

/** A new stack with this program, not yet deployed. */
export async function newStack(program: string): Promise<Stack> {
  const { cluster: plane, engine } = await context();
  const stack = new Stack(engine, plane.kubeconfig);
  await stack.init(program);
  return stack;
}

/** An object of the cluster; undefined where there is none. */
export async function live(path: string): Promise<Record<string, unknown> | undefined> {
  const { client } = await cluster();
  return client.json({ method: "GET", path }).catch((error: unknown) => {
    if (dig({ error: Object(error) }, "error", "code") === 404) return undefined;
    throw error;
  });
}

/** Changes an object behind the engine's back, as somebody with kubectl would. */
export async function patch(
  path: string,
  body: unknown,
  manager = "kubectl-patch",
  subresource = "",
): Promise<void> {
  const { client } = await cluster();
  await client.json({
    method: "PATCH",
    path: path + subresource,
    query: { fieldManager: manager },
    body,
    type: "application/merge-patch+json",
  });
}

/** Ends what the suite has started. */
export async function stopAll(): Promise<void> {
  const running = await shared;
  shared = undefined;
  running?.engine.remove();
  await running?.cluster.stop();
}
