/**
 * Plays Pulumi's language host for Node.js where a CLI comes without one: each run of the program is a process started
 * by the SDK's own command, with the words and the environment the official host gives it. CLI ARGS….
 */
import { createRequire } from "node:module";
import grpc from "@grpc/grpc-js";
import language from "@pulumi/pulumi/proto/language_grpc_pb.js";
import messages, { type RunRequest, type RunResponse } from "@pulumi/pulumi/proto/language_pb.js";
import plugins from "@pulumi/pulumi/proto/plugin_pb.js";
import { execa } from "execa";

const runner = createRequire(import.meta.url).resolve("@pulumi/pulumi/cmd/run");

/** The runner's exit code for a failure whose reason it has shown. */
const alreadyShown = 32;

async function run(request: RunRequest): Promise<RunResponse> {
  const info = request.getInfo();
  const engine = request.getArgsList()[0] ?? "";
  const words = [
    ...["--monitor", request.getMonitorAddress(), "--engine", engine, "--project", request.getProject()],
    ...["--stack", request.getStack(), "--pwd", info?.getProgramDirectory() ?? process.cwd()],
    ...(request.getDryrun() ? ["--dry-run"] : []),
    info?.getEntryPoint() || ".",
  ];
  const config = Object.fromEntries(request.getConfigMap().entries() as Iterable<[string, string]>);
  const { exitCode } = await execa(process.execPath, [runner, ...words], {
    stdio: ["ignore", "inherit", "inherit"],
    reject: false,
    env: {
      PULUMI_CONFIG: JSON.stringify(config),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      PULUMI_NODEJS_TYPESCRIPT: "false",
    },
  });
  const response = new messages.RunResponse();
  if (exitCode === alreadyShown) response.setBail(true);
  else if (exitCode !== 0) response.setError(`Program exited with non-zero exit code: ${exitCode}`);
  return response;
}

const server = new grpc.Server();
server.addService(language.LanguageRuntimeService as unknown as grpc.ServiceDefinition, {
  getPluginInfo: (_call: unknown, answer: grpc.sendUnaryData<object>) =>
    answer(null, new plugins.PluginInfo()),
  getRequiredPlugins: (_call: unknown, answer: grpc.sendUnaryData<object>) =>
    answer(null, new messages.GetRequiredPluginsResponse()),
  run: ({ request }: { request: RunRequest }, answer: grpc.sendUnaryData<object>) =>
    run(request).then((response) => answer(null, response), answer),
});
const { promise, resolve, reject } = Promise.withResolvers<number>();
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
  error ? reject(error) : resolve(port),
);
const [, , command = "", ...args] = process.argv;
const cli = execa(command, [...args, `--client=127.0.0.1:${await promise}`], {
  stdio: "inherit",
  reject: false,
});
const { exitCode } = await cli;
server.forceShutdown();
process.exitCode = exitCode ?? 1;
