// `npm run pulumi -- …`: the engine `npm start` uses, on its stack (or the one --stack names) and that stack's cluster.

import { chooseStack, contextOf, runOnStack } from "./stack.ts";
import { cachePath } from "./toolchain/cache.ts";
import { ensureEngine } from "./toolchain/engine.ts";
import { withProgress } from "./toolchain/progress.ts";

try {
  const engine = await withProgress("Engine", ensureEngine);
  const { name, args } = chooseStack(process.argv.slice(2), "local");
  const context = contextOf(name);
  const env =
    context === undefined ? { ...engine.env, KUBECONFIG: cachePath("cluster", "kubeconfig") } : engine.env;
  process.exitCode = await runOnStack({ name, engine, env, context }, args);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
