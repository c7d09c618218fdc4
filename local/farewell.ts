import { Client } from "../stacks/preflight/client.ts";
import { findConnection } from "../stacks/preflight/kubeconfig.ts";
import type { Stack } from "./stack.ts";

/** What is said at the end of `npm start`. */
export interface Farewell {
  stack: Stack;
  outputs: Record<string, unknown>;
  /** The administrator's name; undefined where the cluster did not tell. */
  user: string | undefined;
  /** How long it took, as people read it. */
  took: string;
}

/** The administrator's name as its Secret has it; undefined where that cannot be read. */
export async function administrator(
  stack: Stack,
  outputs: Record<string, unknown>,
): Promise<string | undefined> {
  const path = `/api/v1/namespaces/${outputs.namespace}/secrets/${outputs.adminSecretName}`;
  let client: Client | undefined;
  try {
    client = await Client.open(findConnection({ context: stack.context }, { ...process.env, ...stack.env }));
    const secret = (await client.get(path)) as { data?: { username?: string } };
    const name = secret.data?.username;
    return name === undefined ? undefined : Buffer.from(name, "base64").toString();
  } catch {
    return undefined;
  } finally {
    client?.close();
  }
}

/** The site's address, how to log in, and what to do next. */
export function farewell({ stack, outputs, user, took }: Farewell): string {
  const kubectl =
    stack.context === undefined
      ? "npm run --silent cluster -- kubectl"
      : `kubectl --context ${stack.context}`;
  const read = (key: string) =>
    `${kubectl} get secret ${outputs.adminSecretName} -n ${outputs.namespace} -o 'jsonpath={.data.${key}}' | base64 -d`;
  const trust =
    stack.context === undefined
      ? ["", "Its certificate comes from a test authority made for this machine; a browser will say so."]
      : [];
  return [
    "",
    `WordPress is up after ${took}: ${outputs.url}`,
    `  log in at    ${outputs.url}/wp-login.php`,
    `  user         ${user ?? read("username")}`,
    `  password     ${read("password")}`,
    ...trust,
    "",
    ...nextSteps(stack),
  ].join("\n");
}

function nextSteps({ name, context }: Stack): string[] {
  const change = `npm run pulumi -- config set --path --stack ${name} KEY VALUE`;
  return context === undefined
    ? [`Change it with \`${change}\` and \`npm start\`; take it down with \`npm stop\`.`]
    : [
        `Change it with \`${change}\` and \`npm start -- --context ${context} --stack ${name}\`;`,
        `take it down with \`npm run pulumi -- destroy --context ${context} --stack ${name}\`.`,
      ];
}
