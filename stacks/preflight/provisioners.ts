/** Ceph-CSI's provisioners: of several one makes the volumes, and it is the one that holds their lease. */
import { cephClass } from "../../components/rook-cephfs/ceph-class.ts";
import type { SiteConfig } from "../schema.ts";
import type { Cluster } from "./cluster.ts";
import { inNamespace, type Rule } from "./rule.ts";
import { claimOf, classesOf, isWaiting, type OwnClaim, ownClaims } from "./storage.ts";

export interface Lease {
  spec: { holderIdentity?: string; renewTime?: string; leaseDurationSeconds?: number };
}

/**
 * Seconds past its end after which a lease counts as left behind: of Rook's, another provisioner looks after one every
 * 26 seconds, and this machine's clock may be off. Source: the flags Rook starts them with.
 */
const patience = 300;

/** What may be told of it is a warning: the next provisioner may be about to start. */
export const provisioners: Rule = (config, cluster) =>
  Promise.all(
    ownClaims(config).map(async (own) => {
      const provisioner = await provisionerOf(own, config, cluster);
      // Rook names its drivers after its operator's namespace; where others' lease is, their names do not say.
      const [, namespace] = /^([^.]+)\.(?:cephfs|rbd)\.csi\.ceph\.com$/.exec(provisioner) ?? [];
      if (namespace === undefined || !isWaiting(await claimOf(own.name, config, cluster))) return false;
      // As the library that all of them have for it does.
      const name = provisioner.replaceAll(/[^a-zA-Z0-9-]/g, "-");
      const path = `${inNamespace(namespace, "coordination.k8s.io/v1")}/leases/${name}`;
      const lease = await cluster.object<Lease>(`Lease ${name}`, path);
      if (!lease || !isLeftBehind(lease)) return false;
      const { holderIdentity = "nobody", renewTime } = lease.spec;
      return {
        warning: `Lease ${name} in namespace ${namespace} was last renewed at ${renewTime}, by ${holderIdentity}: no provisioner of StorageClass ${own.className} is at work, and the claim ${own.name} stays Pending. See that their pods run (kubectl -n ${namespace} get pods), and where they do and wait for it, delete it: kubectl delete lease ${name} -n ${namespace}`,
      };
    }),
  );

async function provisionerOf(own: OwnClaim, { storage }: SiteConfig, cluster: Cluster): Promise<string> {
  if (storage.type === "rook") {
    return cephClass(own.classKey === "storage.sharedClassName" ? "cephfs" : "rbd", storage.rook).provisioner;
  }
  const all = await classesOf(cluster);
  return all?.find(({ metadata }) => metadata.name === own.className)?.provisioner ?? "";
}

function isLeftBehind({ spec }: Lease): boolean {
  const { renewTime = "", leaseDurationSeconds = 0 } = spec;
  return Date.now() > Date.parse(renewTime) + (leaseDurationSeconds + patience) * 1000;
}
