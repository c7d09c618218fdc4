import { Client } from "../stacks/kubernetes/client.ts";
import { findConnection } from "../stacks/kubernetes/kubeconfig.ts";
import { k3sContext } from "./k3s.ts";
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
  const kubectl = kubectlOn(stack.context);
  const read = (key: string) =>
    `${kubectl} get secret ${outputs.adminSecretName} -n ${outputs.namespace} -o 'jsonpath={.data.${key}}' | base64 -d`;
  const authority = {
    embedded: "comes from a test authority made for this machine",
    [k3sContext]: "is Traefik's own, signed by nobody",
  }[stack.context ?? "embedded"];
  const trust = authority ? ["", `Its certificate ${authority}; a browser will say so.`] : [];
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

function kubectlOn(context: string | undefined): string {
  if (context === undefined) return "npm run --silent cluster -- kubectl";
  return context === k3sContext ? `docker exec ${k3sContext} kubectl` : `kubectl --context ${context}`;
}

/** Lines that work as they stand, also where the stack is on several clusters or is not its cluster's usual one. */
function nextSteps({ name, context }: Stack): string[] {
  const named = `${context === undefined ? "" : `--context ${context} `}--stack ${name}`;
  const change = `npm run pulumi -- config set --path ${named} KEY VALUE`;
  if (context !== undefined && context !== k3sContext) {
    return [
      `Change it with \`${change}\` and \`npm start -- ${named}\`;`,
      `take it down with \`npm run pulumi -- destroy ${named}\`.`,
    ];
  }
  const [usual, ...words]: string[] = context === undefined ? ["local"] : ["dev", "--docker"];
  if (name !== usual) words.push(`--stack ${name}`);
  const start = ["npm start", ...(words.length > 0 ? ["--", ...words] : [])].join(" ");
  return [`Change it with \`${change}\` and \`${start}\`; take it down with \`npm stop\`.`];
}
