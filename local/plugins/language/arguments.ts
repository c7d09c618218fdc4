/** The command line and environment of one run of a program. */
import { createRequire } from "node:module";
import path from "node:path";
import type { RunRequest } from "@pulumi/pulumi/proto/language_pb.js";

/** How a program is started. */
export interface Command {
  arguments: string[];
  environment: NodeJS.ProcessEnv;
}

/**
 * One of the SDK's commands, by default the one that runs programs, as the program itself would resolve it; undefined
 * where the SDK is not installed.
 */
export function findRunner(programFolder: string, command = "run"): string | undefined {
  try {
    return createRequire(path.join(programFolder, "index.js")).resolve(`@pulumi/pulumi/cmd/${command}`);
  } catch {
    return undefined;
  }
}

/** The command that runs the program of `request` with the SDK's runner. */
export function commandFor(request: RunRequest, runner: string, engineAddress: string): Command {
  const info = request.getInfo();
  const options = info?.getOptions()?.toJavaScript() ?? {};
  const nodeArguments =
    typeof options.nodeargs === "string" ? options.nodeargs.split(/\s+/).filter(Boolean) : [];
  const flag = (name: string, value: string | undefined) => (value ? [`--${name}`, value] : []);
  return {
    arguments: [
      ...nodeArguments,
      runner,
      ...flag("monitor", request.getMonitorAddress()),
      ...flag("engine", engineAddress),
      ...flag("organization", request.getOrganization()),
      ...flag("project", request.getProject()),
      ...flag("root-directory", info?.getRootDirectory()),
      ...flag("stack", request.getStack()),
      ...flag("pwd", info?.getProgramDirectory()),
      ...(request.getDryrun() ? ["--dry-run"] : []),
      ...flag("parallel", String(request.getParallel())),
      info?.getEntryPoint() || ".",
      ...request.getArgsList(),
    ],
    environment: {
      ...process.env,
      ...configuration(request),
      PULUMI_NODEJS_TYPESCRIPT: String(options.typescript === true),
    },
  };
}

/** The stack's configuration as the SDK reads it: `project:key` to value, and which of them are secret. */
export function configuration(request: RunRequest): Record<string, string> {
  const entries = request.getConfigMap().entries() as Iterable<[string, string]>;
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(entries)),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
  };
}
