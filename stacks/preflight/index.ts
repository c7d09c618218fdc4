import * as pulumi from "@pulumi/pulumi";
import { describe, FaultsError } from "../fault.ts";
import { ApiError, Client } from "../kubernetes/client.ts";
import { type Connection, findConnection } from "../kubernetes/kubeconfig.ts";
import type { SiteConfig } from "../schema.ts";
import { ceph } from "./ceph.ts";
import { Cluster } from "./cluster.ts";
import { dns } from "./dns.ts";
import { runningServer } from "./mysql.ts";
import { antiAffinity, version } from "./nodes.ts";
import * as ownership from "./ownership.ts";
import { provisioners } from "./provisioners.ts";
import * as requirements from "./requirements.ts";
import type { Rule } from "./rule.ts";
import { claims, classes, drivers } from "./storage.ts";
import { letIn, startedWith } from "./traefik.ts";
import { claimNamespaces, movedFaults } from "./volumes.ts";
import { administrator } from "./wordpress.ts";

/** In the order of their findings. */
const rules: Rule[] = [
  version,
  requirements.apis,
  requirements.traefik,
  letIn,
  startedWith,
  dns,
  requirements.objects,
  ceph,
  drivers,
  classes,
  claims,
  provisioners,
  runningServer,
  administrator,
  antiAffinity,
  ownership.namespace,
  ownership.objects,
  requirements.secrets,
];

/** What all rules find: faults in words, and warnings. Throws {@link ApiError} for a server that lets nobody read. */
export async function check(
  config: SiteConfig,
  cluster: Cluster,
): Promise<Record<"faults" | "warnings", string[]>> {
  await cluster.minorVersion();
  const findings = (await Promise.all(rules.map((rule) => rule(config, cluster)))).flat();
  const found = findings.flatMap((finding) => finding || []);
  const things = [...new Set(cluster.unread)];
  const unread = things.length > 0 && `The preflight could not check: ${things.join("; ")}.`;
  return {
    faults: found.flatMap((finding) => ("warning" in finding ? [] : [describe(finding)])),
    warnings: [
      ...(unread ? [unread] : []),
      ...found.flatMap((finding) => ("warning" in finding ? [finding.warning] : [])),
    ],
  };
}

/** Everything the cluster lacks or would refuse, at once. */
export class PreflightError extends FaultsError {
  constructor(cluster: string, faults: readonly string[]) {
    const end = "\nTo go on without these checks: pulumi config set preflight false";
    super(`The preflight of ${cluster} found`, faults, end);
  }
}

/**
 * Checks that the cluster the kubernetes provider will use has what the stack needs and accepts what it would change.
 * Warns of what may go wrong; throws {@link PreflightError} for what is certain to.
 */
export async function preflight(config: SiteConfig): Promise<void> {
  if (!config.preflight) return;
  const connection = locate();
  const [found, namespaces] = await Promise.all([ask(connection, config), claimNamespaces()]);
  for (const warning of found.warnings) await pulumi.log.warn(warning);
  const faults = [...movedFaults(config, namespaces).map(describe), ...found.faults];
  if (faults.length > 0) throw new PreflightError(nameOf(connection), faults);
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

async function ask(connection: Connection, config: SiteConfig) {
  let client: Client | undefined;
  try {
    client = await Client.open(connection);
    return await check(config, new Cluster(client));
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
