/** Plugins written in TypeScript: local policy packs and providers with a PulumiPlugin.yaml. */
import { spawn } from "node:child_process";
import type grpc from "@grpc/grpc-js";
import type { RunPluginRequest, RunPluginResponse } from "@pulumi/pulumi/proto/language_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import { findRunner } from "./arguments.ts";
import { endsWithUs, exitCodeOf } from "./children.ts";

/** Runs the plugin's folder under the SDK's plugin runner and streams its output until it ends. */
export function runPlugin(call: grpc.ServerWritableStream<RunPluginRequest, RunPluginResponse>): void {
  const info = call.request.getInfo();
  const folder = info?.getProgramDirectory() || process.cwd();
  const isPolicyPack = call.request.getKind() === "analyzer";
  const fail = (message: string) => call.emit("error", new Error(message));
  const runner = findRunner(folder, isPolicyPack ? "run-policy-pack" : "run-plugin");
  if (!runner) {
    fail(`the package @pulumi/pulumi is not installed in ${folder}: run npm install there`);
    return;
  }
  const given = call.request.getArgsList();
  const environment = Object.fromEntries(
    call.request
      .getEnvList()
      .map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
  );
  const plugin = endsWithUs(
    spawn(process.execPath, [runner, ...(isPolicyPack ? [...given, folder] : [folder, ...given])], {
      cwd: call.request.getPwd() || folder,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
  plugin.stdout.on("data", (data: Buffer) => call.write(new language.RunPluginResponse().setStdout(data)));
  plugin.stderr.on("data", (data: Buffer) => call.write(new language.RunPluginResponse().setStderr(data)));
  call.on("cancelled", () => plugin.kill("SIGINT"));
  exitCodeOf(plugin).then(
    (code) => {
      call.write(new language.RunPluginResponse().setExitcode(code ?? 1));
      call.end();
    },
    (error: Error) => fail(`could not start the plugin: ${error.message}`),
  );
}
