// `npm run pulumi -- …`: the engine `npm start` uses, on its stack or the one that --stack names. --context says on which
// cluster; without it, the one that the stack was deployed to.

import { runOnStack, stackOn, takeOption } from "./stack.ts";
import { contextsOf, moveOldStates } from "./state.ts";
import { ensureEngine } from "./toolchain/engine.ts";
import { withProgress } from "./toolchain/progress.ts";

/** The only context that has the stack; the embedded cluster where none has, or the embedded cluster's own stack is meant. */
function contextWith(stack: string): string | undefined {
  const [context, ...others] = stack === "local" ? [] : contextsOf(stack);
  if (others.length === 0) return context;
  throw new Error(`Stack ${stack} is on ${[context, ...others].join(", ")}: say which by --context NAME.`);
}

try {
  await moveOldStates();
  const stack = takeOption(process.argv.slice(2), ["--stack", "-s"]);
  const context = takeOption(stack.args, ["--context"]);
  const name = stack.value ?? "local";
  const target = context.value ?? contextWith(name);
  const engine = await withProgress("Engine", ensureEngine);
  process.exitCode = await runOnStack(stackOn(target, name, engine), context.args);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
