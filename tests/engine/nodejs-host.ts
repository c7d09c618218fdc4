/**
 * Plays Pulumi's language host for Node.js, which is only in releases, where a CLI comes without one: programs and
 * plugins are processes started by the SDK's own commands, with the words and the environment the official host gives
 * them. The engine finds it on PATH as `pulumi-language-nodejs`.
 */
import { chmodSync, existsSync, realpathSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import grpc from "@grpc/grpc-js";
import language from "@pulumi/pulumi/proto/language_grpc_pb.js";
import messages, {
  type RunPluginRequest,
  type RunRequest,
  type RunResponse,
} from "@pulumi/pulumi/proto/language_pb.js";
import plugins from "@pulumi/pulumi/proto/plugin_pb.js";
import { execa } from "execa";
import empty from "google-protobuf/google/protobuf/empty_pb.js";

/** Name of the official host's program. */
const program = "pulumi-language-nodejs";

/** The environment with which a CLI finds a host: nothing more where it has the official one, else this one. */
export function withNodejsHost(cli: string, folder: string): Record<string, string> {
  if (existsSync(path.join(path.dirname(realpathSync(cli)), program))) return {};
  const file = path.join(folder, program);
  writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${import.meta.filename}" "$@"\n`);
  chmodSync(file, 0o755);
  return { PATH: [folder, path.dirname(process.execPath), process.env.PATH].join(path.delimiter) };
}

/** A command of the SDK that a program or plugin of this folder has. */
function runnerOf(folder: string, command: "run" | "run-plugin"): string {
  return createRequire(path.join(folder, "index.js")).resolve(`@pulumi/pulumi/cmd/${command}`);
}

/** The runner's exit code for a failure whose reason it has shown. */
const alreadyShown = 32;

async function run(request: RunRequest, engine: string): Promise<RunResponse> {
  const info = request.getInfo();
  const words = [
    ...["--monitor", request.getMonitorAddress(), "--engine", engine, "--project", request.getProject()],
    ...["--stack", request.getStack(), "--pwd", info?.getProgramDirectory() ?? process.cwd()],
    ...(request.getDryrun() ? ["--dry-run"] : []),
    info?.getEntryPoint() || ".",
  ];
  const config = Object.fromEntries(request.getConfigMap().entries() as Iterable<[string, string]>);
  const { nodeargs = "" } = (info?.getOptions()?.toJavaScript() ?? {}) as { nodeargs?: string };
  const options = nodeargs.split(" ").filter(Boolean);
  const runner = runnerOf(info?.getProgramDirectory() ?? process.cwd(), "run");
  const child = execa(process.execPath, [...options, runner, ...words], {
    stdin: "ignore",
    reject: false,
    env: {
      PULUMI_CONFIG: JSON.stringify(config),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      PULUMI_NODEJS_TYPESCRIPT: "false",
    },
  });
  child.stdout.pipe(process.stdout);
  child.stderr.pipe(process.stderr);
  const { exitCode } = await child;
  const response = new messages.RunResponse();
  if (exitCode === alreadyShown) response.setBail(true);
  else if (exitCode !== 0) response.setError(`Program exited with non-zero exit code: ${exitCode}`);
  return response;
}

/** Runs a plugin until it ends, or until the engine hangs up. */
async function runPlugin(call: grpc.ServerWritableStream<RunPluginRequest, unknown>): Promise<void> {
  const { request } = call;
  const folder = request.getInfo()?.getProgramDirectory() ?? "";
  const runner = runnerOf(folder, "run-plugin");
  const env = Object.fromEntries(request.getEnvList().map((line) => line.split(/=(.*)/s).slice(0, 2)));
  const child = execa(process.execPath, [runner, folder, ...request.getArgsList()], {
    cwd: request.getPwd(),
    env,
    stdin: "ignore",
    reject: false,
    buffer: false,
  });
  call.on("cancelled", () => child.kill());
  child.stdout.on("data", (data) => call.write(answer((response) => response.setStdout(data))));
  child.stderr.on("data", (data) => call.write(answer((response) => response.setStderr(data))));
  const { exitCode } = await child;
  call.end(call.write(answer((response) => response.setExitcode(exitCode ?? 1))));
}

function answer(fill: (response: messages.RunPluginResponse) => void): messages.RunPluginResponse {
  const response = new messages.RunPluginResponse();
  fill(response);
  return response;
}

function serve(engine: string): void {
  const server = new grpc.Server();
  const always = (make: () => object) => (_call: unknown, reply: grpc.sendUnaryData<object>) =>
    reply(null, make());
  server.addService(language.LanguageRuntimeService as unknown as grpc.ServiceDefinition, {
    getPluginInfo: always(() => new plugins.PluginInfo()),
    getRequiredPlugins: always(() => new messages.GetRequiredPluginsResponse()),
    getRequiredPackages: always(() => new messages.GetRequiredPackagesResponse()),
    cancel: always(() => new empty.Empty()),
    run: ({ request }: { request: RunRequest }, reply: grpc.sendUnaryData<object>) =>
      run(request, engine).then((response) => reply(null, response), reply),
    runPlugin,
    // The checkout has its packages.
    installDependencies: (call: grpc.ServerWritableStream<unknown, unknown>) => call.end(),
  });
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    console.log(port);
  });
}

if (import.meta.main) serve(process.argv.at(-1) ?? "");
