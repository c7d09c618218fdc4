// `npm start`: a cluster, the stack on it, and the site's address at the end.
import readline from "node:readline/promises";
import { parseArgs } from "node:util";
import { type CertificateSource, verdictOn } from "../stacks/verify/verdict.ts";
import { prepareMachine, restartAdvice, startCluster } from "./cluster/index.ts";
import { chooseContext, contextNames } from "./contexts.ts";
import { administrator, farewell } from "./farewell.ts";
import { ensureK3s, k3sContext } from "./k3s.ts";
import { chooseDocker } from "./platform.ts";
import { runOnStack, type Stack, stackOn, stackOutputs } from "./stack.ts";
import { moveOldStates } from "./state.ts";
import { ensureEngine } from "./toolchain/engine.ts";
import { duration, withProgress } from "./toolchain/progress.ts";
import { waitUntil } from "./toolchain/wait-until.ts";

const usage = `npm start [-- --context NAME | --docker] [--stack NAME]

--context NAME  deploy to this context of your kubeconfig instead of the embedded cluster
--docker        deploy to a stock k3s, which is made in Docker
--stack NAME    the stack to deploy (default: local on the embedded cluster, else dev)`;

/** Where the stack goes. */
interface Target {
  stack: Stack;
  /** Where the site's certificate comes from, if the site is on this machine. @default it is elsewhere */
  certificate?: CertificateSource;
}

async function main(): Promise<void> {
  const started = Date.now();
  const { values } = parseArgs({
    options: {
      context: { type: "string" },
      docker: { type: "boolean", default: false },
      stack: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);
  await moveOldStates();
  const { stack, certificate } = await chooseTarget(values);
  const code = await runOnStack(stack, ["up", "--yes", "--skip-preview"]);
  if (code !== 0) {
    throw new Error(
      `pulumi up failed: the messages above say why. Mend it and run npm start again; it goes on from here.`,
    );
  }
  const outputs = await stackOutputs(stack);
  if (certificate !== undefined) await untilOpen(String(outputs.url), certificate);
  const user = await administrator(stack, outputs);
  console.log(farewell({ stack, outputs, user, took: duration(Date.now() - started) }));
}

/**
 * The program itself takes a site nobody can reach for somebody else's to judge. So is here one of a name that may not
 * lead to this machine; one under localhost can be reached.
 */
async function untilOpen(url: string, certificate: CertificateSource): Promise<void> {
  const local = /(^|\.)localhost$/.test(new URL(url).hostname);
  const look = async () => {
    const verdict = await verdictOn(new URL(url), certificate);
    if (verdict.is === "answering") return;
    if (verdict.is === "failing" || local) throw new Error(verdict.reason);
    console.log(`Not verified from here: ${verdict.reason}`);
  };
  await waitUntil(url, 90, look, { pause: 500 });
}

interface Choice {
  context?: string | undefined;
  docker: boolean;
  stack?: string | undefined;
}

/** What was asked for; else what somebody at the terminal says yes to; else the embedded cluster. */
async function chooseTarget({ context: given, docker, stack }: Choice): Promise<Target> {
  if (docker && given !== undefined)
    throw new Error("--context and --docker name two clusters: give one of them.");
  if (docker) return inDocker(stack);
  const ask = process.stdin.isTTY ? askOnTerminal : undefined;
  const context = await chooseContext(given, ask);
  if (context !== undefined) return ownCluster(context, stack);
  return (await chooseDocker(ask)) ? inDocker(stack) : embedded(stack);
}

/** Stock k3s; without a Docker that answers, nothing is downloaded. */
async function inDocker(stack = "dev"): Promise<Target> {
  const engine = await withProgress("Engine and k3s in Docker", async (report) => {
    await ensureK3s(report);
    return ensureEngine(report);
  });
  console.log(engine.description);
  return { stack: stackOn(k3sContext, stack, engine), certificate: "default" };
}

/** Engine and cluster side by side: both are built when they are missing. */
async function embedded(stack = "local"): Promise<Target> {
  const [engine, outdated] = await withProgress("Engine and cluster", async (report) => {
    // A machine that is refused has had nothing downloaded or built.
    await prepareMachine(report);
    return Promise.all([ensureEngine(report), startCluster(report)]);
  });
  console.log(engine.description);
  if (outdated.length > 0) console.log(restartAdvice(outdated));
  return { stack: stackOn(undefined, stack, engine), certificate: "certResolver" };
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
  return { stack: stackOn(context, stack, engine) };
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
