import { run } from "../toolchain/process.ts";
import { statePath } from "./layout.ts";

/** The cluster's own kubectl, linked when the cluster starts. */
export function kubectlPath(): string {
  return statePath("bin", "kubectl");
}

/** Environment that points a kubectl at the cluster and keeps its cache out of the home folder. */
export function kubectlEnvironment(): Record<string, string> {
  return { KUBECONFIG: statePath("kubeconfig"), KUBECACHEDIR: statePath("kubectl-cache") };
}

/** Runs kubectl on the cluster and returns its output. */
export function kubectl(
  args: readonly string[],
  { seconds = 60, input }: { seconds?: number; input?: string } = {},
): Promise<string> {
  return run(kubectlPath(), args, { timeout: seconds * 1000, input, env: kubectlEnvironment() });
}
