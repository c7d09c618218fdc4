import { wordpressNames } from "../../components/names.ts";
import type { SiteConfig } from "../schema.ts";
import type { ClusterFacts } from "./facts.ts";
import { isSchedulable, nodesFor } from "./judge.ts";
import { serverDoubts } from "./server.ts";

/** What may go wrong and cannot be told for sure; warnings, one sentence each. */
export function doubts(config: SiteConfig, facts: ClusterFacts): string[] {
  const all = [
    unread(facts),
    localPath(config, facts),
    fewNodes(config, facts),
    ...serverDoubts(config, facts),
  ];
  return all.filter((doubt) => doubt !== undefined);
}

function unread({ unread: what }: ClusterFacts): string | undefined {
  return what.length === 0 ? undefined : `The preflight could not check: ${what.join("; ")}.`;
}

/** local-path-provisioner shares volumes only when it is told a folder all nodes have, which the class does not show. */
function localPath(
  { storage, wordpress }: SiteConfig,
  { storageClasses, claims }: ClusterFacts,
): string | undefined {
  const found = storageClasses?.find(({ metadata }) => metadata.name === storage.sharedClassName);
  const shared = wordpress.storage.accessMode === "ReadWriteMany";
  const made = claims[wordpressNames.claim]?.status?.phase === "Bound";
  if (!shared || made || found?.provisioner !== "rancher.io/local-path") return undefined;
  return `StorageClass ${storage.sharedClassName} (rancher.io/local-path) makes ReadWriteMany volumes only with a sharedFileSystemPath; without one the claim ${wordpressNames.claim} stays Pending.`;
}

function fewNodes(config: SiteConfig, { nodes }: ClusterFacts): string | undefined {
  const { antiAffinity, autoscaling } = config.wordpress;
  const count = nodes?.filter(isSchedulable).length;
  const most = nodesFor(autoscaling.maxReplicas, config);
  if (antiAffinity !== "hard" || !autoscaling.enabled || count === undefined || count >= most)
    return undefined;
  return `wordpress.antiAffinity is hard and ${count} nodes take pods: of at most ${most} pods (wordpress.autoscaling.maxReplicas and one for a rollout) the rest stays Pending.`;
}
