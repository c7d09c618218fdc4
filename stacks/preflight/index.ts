import * as pulumi from "@pulumi/pulumi";
import type { SiteConfig } from "../schema.ts";
import { ApiError, Client } from "./client.ts";
import { doubts } from "./doubts.ts";
import { type ClusterFacts, gather } from "./facts.ts";
import { describe } from "./fault.ts";
import { judge } from "./judge.ts";
import { type Connection, findConnection } from "./kubeconfig.ts";

/**
 * Everything the cluster lacks or would refuse, at once. A RunError, so that the engine shows the text without a
 * stack trace and deploys nothing.
 */
export class PreflightError extends pulumi.RunError {
  readonly faults: readonly string[];

  constructor(cluster: string, faults: readonly string[]) {
    const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
    super(
      `The preflight of ${cluster} found ${count}; nothing was deployed.\n${faults.map((fault) => `  - ${fault}`).join("\n")}\nTo go on without these checks: pulumi config set preflight false`,
    );
    this.faults = faults;
  }
}

/**
 * Checks that the cluster the kubernetes provider will use has what the stack needs and accepts what it would change.
 * Warns of what may go wrong; throws {@link PreflightError} for what is certain to.
 */
export async function preflight(config: SiteConfig): Promise<void> {
  if (!config.preflight) return;
  const connection = locate();
  const facts = await read(connection, config);
  for (const doubt of doubts(config, facts)) await pulumi.log.warn(doubt);
  const faults = judge(config, facts);
  if (faults.length > 0) throw new PreflightError(nameOf(connection), faults.map(describe));
}

function nameOf({ cluster, origin }: Connection): string {
  return `${cluster.server} (${origin})`;
}

/** The provider's own settings; read as they are, because a kubeconfig may be kept as a secret. */
function locate(): Connection {
  const setting = (name: string) => pulumi.runtime.getConfig(`kubernetes:${name}`);
  try {
    return findConnection({
      kubeconfig: setting("kubeconfig"),
      context: setting("context"),
      cluster: setting("cluster"),
    });
  } catch (error) {
    throw new PreflightError("the kubeconfig", [(error as Error).message]);
  }
}

async function read(connection: Connection, config: SiteConfig): Promise<ClusterFacts> {
  let client: Client | undefined;
  try {
    client = await Client.open(connection);
    return await gather(client, config);
  } catch (error) {
    throw new PreflightError(nameOf(connection), [describeRefusal(error as Error)]);
  } finally {
    client?.close();
  }
}

function describeRefusal(error: Error): string {
  const other = "choose another by kubernetes:context, kubernetes:kubeconfig or KUBECONFIG";
  if (!(error instanceof ApiError)) return `there are no credentials (${error.message}); log in, or ${other}`;
  return error.status === 0
    ? `the API server cannot be reached (${error.message}); start the cluster, or ${other}`
    : `the API server does not know this user (${error.message}); log in anew, or ${other}`;
}
