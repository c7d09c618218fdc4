// Lets a Node older than 22.18 run this project's TypeScript: `node --import ./tools/strip-types.mjs`, which Pulumi.yaml
// tells Pulumi's language host. Newer ones strip types by themselves, and then this does nothing.
import { readFileSync } from "node:fs";
import { register } from "node:module";
import { isMainThread } from "node:worker_threads";

if (isMainThread && !process.features.typescript) register(import.meta.url);

let compiler;

/** Node's hook for loading a module: see "Customization Hooks" in its manual. */
export async function load(url, context, next) {
  const { protocol, pathname } = new URL(url);
  if (protocol !== "file:" || !pathname.endsWith(".ts")) return next(url, context);
  compiler ??= (await import("typescript")).default;
  const { ModuleKind, ScriptTarget, transpileModule } = compiler;
  const compilerOptions = {
    module: ModuleKind.ESNext,
    target: ScriptTarget.ES2022,
    verbatimModuleSyntax: true,
    inlineSourceMap: true,
  };
  const { outputText } = transpileModule(readFileSync(new URL(url), "utf8"), {
    fileName: pathname,
    compilerOptions,
  });
  return { format: "module", source: outputText, shortCircuit: true };
}
