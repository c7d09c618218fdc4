// `npm start`: a cluster, the stack on it, and the site's address at the end.
import { readFileSync } from "node:fs";
import readline from "node:readline/promises";
import { parseArgs } from "node:util";
import { prepareMachine, startCluster } from "./cluster/index.ts";
import { chooseContext, contextNames } from "./contexts.ts";
import { administrator, farewell } from "./farewell.ts";
import { type FetchOptions, waitForFrontPage } from "./front-page.ts";
import { runOnStack, type Stack, stackOn, stackOutputs } from "./stack.ts";
import { moveOldStates } from "./state.ts";
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
  moveOldStates();
  const context = await chooseContext(values.context, process.stdin.isTTY ? askOnTerminal : undefined);
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
  const user = await administrator(target.stack, outputs);
  console.log(farewell({ stack: target.stack, outputs, user, took: duration(Date.now() - started) }));
}

/** Engine and cluster side by side: both are built when they are missing. */
async function embedded(stack = "local"): Promise<Target> {
  const { engine, cluster } = await withProgress("Engine and cluster", async (report) => {
    // A machine that is refused has had nothing downloaded or built.
    await prepareMachine(report);
    const [engine, cluster] = await Promise.all([ensureEngine(report), startCluster(report)]);
    return { engine, cluster };
  });
  console.log(engine.description);
  return {
    stack: stackOn(undefined, stack, engine),
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
    stack: stackOn(context, stack, engine),
    fetch: () => ({}),
  };
}

/** Puts a question to whoever sits at the terminal. */
async function askOnTerminal(question: string): Promise<string> {
  const terminal = readline.createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(question);
  terminal.close();
  return answer;
}

try {
  await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
