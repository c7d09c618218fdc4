/** Plugins written in TypeScript: local policy packs and providers with a PulumiPlugin.yaml. */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import type grpc from "@grpc/grpc-js";
import type { RunPluginRequest, RunPluginResponse } from "@pulumi/pulumi/proto/language_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";

/** Runs the plugin's folder under the SDK's plugin runner and streams its output until it ends. */
export function runPlugin(call: grpc.ServerWritableStream<RunPluginRequest, RunPluginResponse>): void {
  const info = call.request.getInfo();
  const folder = info?.getProgramDirectory() || process.cwd();
  const isPolicyPack = call.request.getKind() === "analyzer";
  const module = `@pulumi/pulumi/cmd/${isPolicyPack ? "run-policy-pack" : "run-plugin"}`;
  const runner = createRequire(path.join(folder, "index.js")).resolve(module);
  const given = call.request.getArgsList();
  const environment = Object.fromEntries(
    call.request
      .getEnvList()
      .map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
  );
  const plugin = spawn(
    process.execPath,
    [runner, ...(isPolicyPack ? [...given, folder] : [folder, ...given])],
    {
      cwd: call.request.getPwd() || folder,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  plugin.stdout.on("data", (data: Buffer) => call.write(new language.RunPluginResponse().setStdout(data)));
  plugin.stderr.on("data", (data: Buffer) => call.write(new language.RunPluginResponse().setStderr(data)));
  plugin.on("error", (error) => call.destroy(new Error(`could not start the plugin: ${error.message}`)));
  plugin.on("close", (code) => {
    call.write(new language.RunPluginResponse().setExitcode(code ?? 1));
    call.end();
  });
  call.on("cancelled", () => plugin.kill("SIGINT"));
}
