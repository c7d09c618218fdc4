import http from "node:http";
import https from "node:https";
import { findConnection, userKubeconfig } from "../stacks/kubernetes/kubeconfig.ts";

/** Longest wait for a cluster's first word, in milliseconds. */
const patience = 3000;

/** Puts a question to somebody at a terminal. */
export type Ask = (question: string) => Promise<string>;

/**
 * The context to deploy to; undefined for the embedded cluster. No context is touched unasked: it is the one given, or
 * the current one when its cluster answers and somebody at a terminal says yes.
 * @param ask undefined where nobody is there to answer
 */
export async function chooseContext(
  given: string | undefined,
  ask: Ask | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  if (given !== undefined || ask === undefined) return given;
  const context = await answeringContext(env);
  if (context === undefined) return undefined;
  const answer = await ask(`Deploy to the Kubernetes context "${context}" of your kubeconfig? [y/N] `);
  return saysYes(answer) ? context : undefined;
}

/** Whether an answer to a question means yes. */
export function saysYes(answer: string): boolean {
  return /^y(es)?$/i.test(answer.trim());
}

/** Contexts of the user's kubeconfig. */
export function contextNames(env: NodeJS.ProcessEnv = process.env): string[] {
  return (userKubeconfig(env).contexts ?? []).map(({ name }) => name);
}

/** The current context, when its cluster answers. */
async function answeringContext(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const context = userKubeconfig(env)["current-context"];
    if (!context) return undefined;
    return (await answers(findConnection({ context }, env).cluster.server)) ? context : undefined;
  } catch {
    // A kubeconfig that cannot be read leads to no cluster.
    return undefined;
  }
}

/** Whether anything is said under an API server's address, within three seconds. */
export function answers(server: string, milliseconds = patience): Promise<boolean> {
  const { get } = server.startsWith("http:") ? http : https;
  // Neither credentials are sent nor is the answer believed: a refusal shows as well that somebody is there.
  const options = { rejectUnauthorized: false, signal: AbortSignal.timeout(milliseconds) };
  return new Promise((resolve) => {
    const request = get(`${server.replace(/\/$/, "")}/readyz`, options, (response) => {
      response.destroy();
      resolve(true);
    });
    request.on("error", () => resolve(false));
  });
}
