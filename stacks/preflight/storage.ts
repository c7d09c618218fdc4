/** Classes and claims: what is missing, and changes to them that Kubernetes refuses or that would lose data. */
import { cephClass, type FixedClass } from "../../components/ceph-class.ts";
import type { SiteConfig } from "../schema.ts";
import type { Claim, ClusterFacts, Found, StorageClass } from "./facts.ts";
import { type Fault, notAllowed } from "./fault.ts";
import { type ClaimNeed, neededClaims } from "./needs.ts";

type StorageCheck = (config: SiteConfig, facts: ClusterFacts) => (Fault | false)[];

/** Drivers of block devices: a file system on one is mounted on one node at a time, whatever the claim asks for. */
const singleNodeProvisioners =
  /(^|\.)rbd\.csi\.ceph\.com$|^ebs\.csi\.(aws\.com|eks\.amazonaws\.com)$|^pd\.csi\.storage\.gke\.io$|^disk\.csi\.azure\.com$|^dobs\.csi\.digitalocean\.com$|^csi\.hetzner\.cloud$/;

const wayOut = "to change it, restore a backup into a new claim";

/** Faults of the StorageClasses. */
export const classFaults: StorageCheck = (config, { storageClasses, claims }) => {
  if (!storageClasses) return [];
  const byName = (name: string) => storageClasses.find(({ metadata }) => metadata.name === name);
  if (config.storage.type === "rook") return ownClassFaults(config, byName);
  const names = storageClasses.map(({ metadata }) => metadata.name).join(", ") || "none";
  return neededClaims(config).flatMap((need) => {
    const found = byName(need.className);
    // A volume that is there needs its class no more.
    if (claims[need.name]?.status?.phase === "Bound") return [];
    if (!found) {
      return [
        {
          key: need.classKey,
          problem: `the cluster has no StorageClass ${need.className}`,
          remedy: `name one that is there (${names}); for volumes made by hand make a class with the provisioner kubernetes.io/no-provisioner`,
        },
      ];
    }
    return [
      need.accessMode === "ReadWriteMany" &&
        singleNodeProvisioners.test(found.provisioner) &&
        notAllowed(
          need.classKey,
          need.className,
          `a class whose volumes several nodes can share (${found.provisioner} makes them for one), because ${need.key}.accessMode is ReadWriteMany`,
        ),
    ];
  });
};

function ownClassFaults(
  { storage }: SiteConfig,
  byName: (name: string) => StorageClass | undefined,
): (Fault | false)[] {
  const own = [
    ["storage.sharedClassName", storage.sharedClassName, cephClass("cephfs", storage.rook)],
    ["storage.blockClassName", storage.blockClassName, cephClass("rbd", storage.rook)],
  ] as const;
  return own.map(([key, name, wanted]) => {
    const found = byName(name);
    const differences = found ? differencesOf(found, wanted) : [];
    return (
      differences.length > 0 && {
        key,
        problem: `StorageClass ${name} is there with ${differences.join(", ")}, and Kubernetes lets nobody change that`,
        remedy: `choose another name; or set storage.type to existing and use the class as it is; or delete the class first, which leaves its volumes alone (pulumi state unprotect, kubectl delete storageclass ${name}, pulumi refresh)`,
      }
    );
  });
}

function differencesOf(found: StorageClass, wanted: FixedClass): string[] {
  const there = found.parameters ?? {};
  const parameters = [...new Set([...Object.keys(there), ...Object.keys(wanted.parameters)])].sort();
  const pairs = [
    ["provisioner", found.provisioner, wanted.provisioner],
    ["reclaimPolicy", found.reclaimPolicy ?? "Delete", wanted.reclaimPolicy],
    ["volumeBindingMode", found.volumeBindingMode ?? "Immediate", wanted.volumeBindingMode],
    ...parameters.map((name) => [`parameter ${name}`, there[name], wanted.parameters[name]] as const),
  ] as const;
  return pairs
    .filter(([, is, should]) => is !== should)
    .map(([what, is, should]) => `${what} ${is ?? "unset"} (expected ${should ?? "unset"})`);
}

/** Faults of the claims that are there. */
export const claimFaults: StorageCheck = (config, { claims, storageClasses }) =>
  neededClaims(config).flatMap((need) => {
    const claim = claims[need.name];
    if (!claim) return [];
    return [
      ...replacementFaults(need, claim),
      sizeFault(need, claim, () => canGrow(config, claim, storageClasses)),
    ];
  });

function replacementFaults(need: ClaimNeed, { spec }: Claim): (Fault | false)[] {
  const { accessModes, storageClassName = "" } = spec;
  const loss = "a change replaces the claim and loses its data";
  return [
    !(accessModes.length === 1 && accessModes[0] === need.accessMode) &&
      notAllowed(
        `${need.key}.accessMode`,
        need.accessMode,
        `${accessModes.join(", ")}, the access mode of the claim ${need.name}: ${loss}; ${wayOut}`,
      ),
    storageClassName !== need.className &&
      notAllowed(
        need.classKey,
        need.className,
        `${storageClassName || "no class"}, the class of the claim ${need.name}: ${loss}; ${wayOut}`,
      ),
  ];
}

function sizeFault({ key, name, size }: ClaimNeed, claim: Claim, canGrow: () => boolean): Fault | false {
  const requested = claim.spec.resources.requests.storage;
  const [wanted, now, capacity] = [size, requested, claim.status?.capacity?.storage].map(quantity);
  if (wanted === undefined || now === undefined || wanted === now) return false;
  const fault = (expected: string) => notAllowed(`${key}.size`, size, expected);
  if (claim.status?.phase === "Pending") {
    return fault(
      `${requested}, the size of the claim ${name}, which has no volume yet and cannot change; see what it waits for with kubectl describe, or delete it`,
    );
  }
  if (wanted > now) {
    return (
      !canGrow() &&
      fault(
        `${requested}, the size of the claim ${name}: its StorageClass ${claim.spec.storageClassName ?? ""} does not allow expansion; set allowVolumeExpansion on it if its driver can, or restore a backup into a new claim`,
      )
    );
  }
  // An expansion that failed may be taken back as far as the volume's true size.
  if (capacity !== undefined && wanted > capacity) return false;
  return fault(
    `at least ${requested}, the size of the claim ${name}: a volume cannot shrink. To go smaller, restore a backup into a new claim`,
  );
}

/** True where it is not known. */
function canGrow({ storage }: SiteConfig, { spec }: Claim, storageClasses: Found<StorageClass[]>): boolean {
  const name = spec.storageClassName;
  const own =
    storage.type === "rook" && [storage.sharedClassName, storage.blockClassName].includes(name ?? "");
  if (own || !storageClasses) return true;
  return storageClasses.find(({ metadata }) => metadata.name === name)?.allowVolumeExpansion === true;
}

const units: Record<string, number> = { "": 1 };
for (const [power, prefix] of [..."kMGTPE"].entries()) {
  units[prefix] = 1000 ** (power + 1);
  units[`${prefix.toUpperCase()}i`] = 1024 ** (power + 1);
}

/** Bytes of a quantity in any form the API uses; undefined for what is none. */
export function quantity(text: string | undefined): number | undefined {
  const [, number, suffix = ""] = /^(\d+(?:\.\d+)?(?:[eE]\d+)?)([kKMGTPE]i?)?$/.exec(text ?? "") ?? [];
  const unit = units[suffix];
  return number === undefined || unit === undefined ? undefined : Number(number) * unit;
}
