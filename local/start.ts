// `npm start`: a cluster, the stack on it, and the site's address at the end.
import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import readline from "node:readline/promises";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { startCluster } from "./cluster/index.ts";
import { type FetchOptions, waitForFrontPage } from "./front-page.ts";
import { runOnStack, type Stack, stackOutputs } from "./stack.ts";
import { ensureEngine } from "./toolchain/engine.ts";
import { duration, withProgress } from "./toolchain/progress.ts";

const usage = `npm start [-- --context NAME] [--stack NAME]

--context NAME  deploy to this context of your kubeconfig instead of the embedded cluster
--stack NAME    the stack to deploy (default: local on the embedded cluster, dev on your own)`;

/** Where the stack goes. */
interface Target {
  stack: Stack;
  fetch: () => FetchOptions;
}

async function main(): Promise<void> {
  const started = Date.now();
  const { values } = parseArgs({
    options: {
      context: { type: "string" },
      stack: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);
  const context = values.context ?? (await askForContext());
  const target =
    context === undefined ? await embedded(values.stack) : await ownCluster(context, values.stack);
  const code = await runOnStack(target.stack, ["up", "--yes", "--skip-preview"]);
  if (code !== 0) {
    throw new Error(
      `pulumi up failed: the messages above say why. Mend it and run npm start again; it goes on from here.`,
    );
  }
  const outputs = await stackOutputs(target.stack);
  await waitForFrontPage(String(outputs.url), target.fetch, 90);
  console.log(farewell(outputs, target, duration(Date.now() - started)));
}

/** Engine and cluster side by side: both are built when they are missing. */
async function embedded(stack = "local"): Promise<Target> {
  const { engine, cluster } = await withProgress("Engine and cluster", async (report) => {
    const [engine, cluster] = await Promise.all([ensureEngine(report), startCluster(report)]);
    return { engine, cluster };
  });
  console.log(engine.description);
  return {
    stack: { name: stack, engine, env: { ...engine.env, KUBECONFIG: cluster.kubeconfig } },
    fetch: () => ({ ca: readFileSync(cluster.acmeRootFile, "utf8"), address: "127.0.0.1" }),
  };
}

async function ownCluster(context: string, stack = "dev"): Promise<Target> {
  const known = contextNames();
  if (!known.includes(context)) {
    throw new Error(
      `There is no context "${context}" in your kubeconfig; known are ${known.join(", ") || "none"}.`,
    );
  }
  const engine = await withProgress("Engine", ensureEngine);
  console.log(engine.description);
  return {
    stack: { name: stack, engine, env: engine.env, context },
    fetch: () => ({}),
  };
}

/** On a terminal with a kubeconfig, whether to use its current context; elsewhere no context is touched. */
async function askForContext(): Promise<string | undefined> {
  const [current] = contextNames();
  if (current === undefined || !process.stdin.isTTY) return undefined;
  const terminal = readline.createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(
    `Deploy to the Kubernetes context "${current}" of your kubeconfig? [y/N] `,
  );
  terminal.close();
  return /^y(es)?$/i.test(answer.trim()) ? current : undefined;
}

/** Contexts of the user's kubeconfig, the current one first. */
function contextNames(): string[] {
  const file = process.env.KUBECONFIG?.split(path.delimiter)[0] || path.join(os.homedir(), ".kube", "config");
  if (!existsSync(file)) return [];
  const config = parse(readFileSync(file, "utf8")) ?? {};
  const names: string[] = (config.contexts ?? []).map(({ name }: { name: string }) => name);
  const current: string = config["current-context"];
  return names.sort((a, b) => Number(b === current) - Number(a === current));
}

function farewell(outputs: Record<string, unknown>, { stack }: Target, took: string): string {
  const secret = outputs.adminSecretName;
  const kubectl = stack.context === undefined ? "npm run --silent cluster -- kubectl" : "kubectl";
  const read = (key: string) =>
    `${kubectl} get secret ${secret} -n ${outputs.namespace} -o 'jsonpath={.data.${key}}' | base64 -d`;
  const trust =
    stack.context === undefined
      ? ["", "Its certificate comes from a test authority made for this machine; a browser will say so."]
      : [];
  return [
    "",
    `WordPress is up after ${took}: ${outputs.url}`,
    `  log in at    ${outputs.url}/wp-login.php`,
    `  user         ${read("username")}`,
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
        `take it down with \`npm run pulumi -- destroy --stack ${name}\`.`,
      ];
}

try {
  await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
