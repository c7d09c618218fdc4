/** `pulumi install`: the program's npm packages. */
import { spawn } from "node:child_process";
import type grpc from "@grpc/grpc-js";
import type {
  InstallDependenciesRequest,
  InstallDependenciesResponse,
} from "@pulumi/pulumi/proto/language_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";

/** Runs `npm install` in the program's folder and streams what it says. */
export function installDependencies(
  call: grpc.ServerWritableStream<InstallDependenciesRequest, InstallDependenciesResponse>,
): void {
  const folder = call.request.getInfo()?.getProgramDirectory() || process.cwd();
  const npm = spawn("npm", ["install", "--no-audit", "--no-fund"], { cwd: folder });
  npm.stdout.on("data", (data: Buffer) =>
    call.write(new language.InstallDependenciesResponse().setStdout(data)),
  );
  npm.stderr.on("data", (data: Buffer) =>
    call.write(new language.InstallDependenciesResponse().setStderr(data)),
  );
  npm.on("error", (error) => call.destroy(new Error(`could not start npm: ${error.message}`)));
  npm.on("close", (code) => {
    if (code === 0) call.end();
    else call.destroy(new Error(`npm install in ${folder} ended with exit code ${code}`));
  });
}
