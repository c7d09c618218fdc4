/** `pulumi install`: the program's npm packages. */
import { spawn } from "node:child_process";
import type grpc from "@grpc/grpc-js";
import type {
  InstallDependenciesRequest,
  InstallDependenciesResponse,
} from "@pulumi/pulumi/proto/language_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import { endsWithUs, exitCodeOf } from "./children.ts";

/** Runs `npm install` in the program's folder and streams what it says. */
export function installDependencies(
  call: grpc.ServerWritableStream<InstallDependenciesRequest, InstallDependenciesResponse>,
): void {
  const folder = call.request.getInfo()?.getProgramDirectory() || process.cwd();
  const args = ["install", "--no-audit", "--no-fund"];
  const npm = endsWithUs(spawn("npm", args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] }));
  npm.stdout.on("data", (data: Buffer) =>
    call.write(new language.InstallDependenciesResponse().setStdout(data)),
  );
  npm.stderr.on("data", (data: Buffer) =>
    call.write(new language.InstallDependenciesResponse().setStderr(data)),
  );
  call.on("cancelled", () => npm.kill());
  // Not `destroy`: it ends the stream without a status, and the caller would wait for ever.
  const fail = (message: string) => call.emit("error", new Error(message));
  exitCodeOf(npm).then(
    (code) => (code === 0 ? call.end() : fail(`npm install in ${folder} ended with exit code ${code}`)),
    (error: Error) => fail(`could not start npm: ${error.message}`),
  );
}
