/** Drivers, classes and claims: what is missing, and changes that Kubernetes refuses or that would lose data. */
import { mysqlNames, wordpressNames } from "../../components/names.ts";
import { parseQuantity } from "../../components/quantity.ts";
import { cephClass, type FixedClass } from "../../components/rook-cephfs/ceph-class.ts";
import { type Fault, notAllowed } from "../fault.ts";
import type { SiteConfig } from "../schema.ts";
import type { Cluster, Found } from "./cluster.ts";
import { isObjectStore, singleNodeProvisioners, unpackFault } from "./drivers.ts";
import { type Finding, inNamespace, type Rule } from "./rule.ts";

export interface StorageClass {
  metadata: { name: string };
  provisioner: string;
  parameters?: Record<string, string>;
  mountOptions?: string[];
  reclaimPolicy?: string;
  volumeBindingMode?: string;
  allowVolumeExpansion?: boolean;
}

export interface Claim {
  spec: {
    accessModes: string[];
    storageClassName?: string;
    resources: { requests: { storage: string } };
  };
  status?: { phase?: string; capacity?: { storage?: string } };
}

/** A PersistentVolumeClaim the stack makes. */
export interface OwnClaim {
  name: string;
  /** Config key its size and access mode stand under. */
  key: string;
  size: string;
  accessMode: string;
  className: string;
  /** Config key of the class. */
  classKey: string;
}

export function ownClaims({ mysql, wordpress, storage }: SiteConfig): OwnClaim[] {
  const files: OwnClaim = {
    name: wordpressNames.claim,
    key: "wordpress.storage",
    size: wordpress.storage.size,
    accessMode: wordpress.storage.accessMode,
    className: storage.sharedClassName,
    classKey: "storage.sharedClassName",
  };
  const tables: OwnClaim = {
    name: mysqlNames.claim,
    key: "mysql.storage",
    size: mysql.storage.size,
    accessMode: "ReadWriteOnce",
    className: storage.blockClassName,
    classKey: "storage.blockClassName",
  };
  return mysql.mode === "standalone" ? [files, tables] : [files];
}

export function claimOf(name: string, { namespace }: SiteConfig, cluster: Cluster): Promise<Found<Claim>> {
  return cluster.object<Claim>(`claim ${name}`, `${inNamespace(namespace)}/persistentvolumeclaims/${name}`);
}

/** Whether a claim has yet to get its volume; false where it is not known. */
export function isWaiting(claim: Found<Claim>): boolean {
  return claim !== undefined && claim?.status?.phase !== "Bound";
}

export function classesOf(cluster: Cluster): Promise<Found<StorageClass[]>> {
  return cluster.list<StorageClass>("StorageClasses", "/apis/storage.k8s.io/v1/storageclasses");
}

/** Rook names Ceph-CSI's drivers after its operator's namespace; a class of another name is nobody's. */
export const drivers: Rule = async ({ storage }, cluster) => {
  if (storage.type !== "rook") return [];
  const found = await cluster.list<{ metadata: { name: string } }>(
    "CSIDrivers",
    "/apis/storage.k8s.io/v1/csidrivers",
  );
  const names = found?.map(({ metadata }) => metadata.name);
  const { operatorNamespace } = storage.rook;
  const wanted = (["cephfs", "rbd"] as const).map((driver) => cephClass(driver, storage.rook).provisioner);
  if (!names || wanted.every((name) => names.includes(name))) return [];
  const others = names.flatMap((name) => /^(.+)\.cephfs\.csi\.ceph\.com$/.exec(name)?.[1] ?? []);
  const missing = wanted.filter((name) => !names.includes(name)).join(" and ");
  return [
    others.length > 0 && !others.includes(operatorNamespace)
      ? notAllowed(
          "storage.rook.operatorNamespace",
          operatorNamespace,
          `${others.join(" or ")}, after which the cluster's CSI drivers are named: volumes of ${missing} would stay Pending`,
        )
      : {
          key: "storage.rook.operatorNamespace",
          problem: `the cluster has no CSI driver ${missing}`,
          remedy:
            "let Rook's operator make its drivers (ROOK_CSI_ENABLE_CEPHFS, ROOK_CSI_ENABLE_RBD), or name its namespace",
        },
  ];
};

export const classes: Rule = async (config, cluster) => {
  const all = await classesOf(cluster);
  if (!all) return [];
  const byName = (name: string) => all.find(({ metadata }) => metadata.name === name);
  if (config.storage.type === "rook") return ownClassFaults(config, byName);
  const names = all.map(({ metadata }) => metadata.name).join(", ") || "none";
  const findings = ownClaims(config).map(async (own) => {
    const found = byName(own.className);
    // A volume that is there needs its class no more.
    if ((await claimOf(own.name, config, cluster))?.status?.phase === "Bound") return false;
    if (found) return driverFinding(config, own, found);
    return {
      key: own.classKey,
      problem: `the cluster has no StorageClass ${own.className}`,
      remedy: `name one that is there (${names}); for volumes made by hand make a class with the provisioner kubernetes.io/no-provisioner`,
    };
  });
  return Promise.all(findings);
};

/** What the driver of a class cannot do for a claim's files. */
function driverFinding(
  { wordpress }: SiteConfig,
  { name, key, className, classKey, accessMode }: OwnClaim,
  found: StorageClass,
): Finding | false {
  const { provisioner } = found;
  if (name === wordpressNames.claim) {
    const fault = wordpress.content === "shared" ? unpackFault(found) : undefined;
    if (fault) {
      return notAllowed(classKey, className, `${fault.wanted}: ${fault.why} (${provisioner})`);
    }
    if (isObjectStore(found)) {
      return {
        warning: `StorageClass ${className} (${provisioner}) shows an object store as files: a folder is renamed file by file or not at all, modes and folders' times are lost, and locks hold on one node only. Updates of WordPress may fail or be seen half done; a class of a file system has none of this.`,
      };
    }
  }
  if (accessMode !== "ReadWriteMany") return false;
  // It shares volumes only when it is told a folder all nodes have, which the class does not show.
  if (provisioner === "rancher.io/local-path") {
    return {
      warning: `StorageClass ${className} (rancher.io/local-path) makes ReadWriteMany volumes only with a sharedFileSystemPath; without one the claim ${name} stays Pending.`,
    };
  }
  return (
    singleNodeProvisioners.test(provisioner) &&
    notAllowed(
      classKey,
      className,
      `a class whose volumes several nodes can share (${provisioner} makes them for one), because ${key}.accessMode is ReadWriteMany`,
    )
  );
}

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

export const claims: Rule = async (config, cluster) => {
  const findings = ownClaims(config).map(async (own) => {
    const claim = await claimOf(own.name, config, cluster);
    if (!claim) return [];
    return [
      ...replacementFaults(own, claim),
      sizeFault(own, claim, canGrow(config, claim, await classesOf(cluster))),
    ];
  });
  return (await Promise.all(findings)).flat();
};

const wayOut = "to change it, restore a backup into a new claim";

function replacementFaults(own: OwnClaim, { spec }: Claim): (Fault | false)[] {
  const { accessModes, storageClassName = "" } = spec;
  const loss = "a change replaces the claim and loses its data";
  return [
    !(accessModes.length === 1 && accessModes[0] === own.accessMode) &&
      notAllowed(
        `${own.key}.accessMode`,
        own.accessMode,
        `${accessModes.join(", ")}, the access mode of the claim ${own.name}: ${loss}; ${wayOut}`,
      ),
    storageClassName !== own.className &&
      notAllowed(
        own.classKey,
        own.className,
        `${storageClassName || "no class"}, the class of the claim ${own.name}: ${loss}; ${wayOut}`,
      ),
  ];
}

function sizeFault({ key, name, size }: OwnClaim, claim: Claim, growing: boolean): Fault | false {
  const requested = claim.spec.resources.requests.storage;
  const [wanted, now, capacity] = [size, requested, claim.status?.capacity?.storage].map(parseQuantity);
  if (wanted === undefined || now === undefined || wanted === now) return false;
  const fault = (expected: string) => notAllowed(`${key}.size`, size, expected);
  if (claim.status?.phase === "Pending") {
    return fault(
      `${requested}, the size of the claim ${name}, which has no volume yet and cannot change; see what it waits for with kubectl describe, or delete it`,
    );
  }
  if (wanted > now) {
    return (
      !growing &&
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
function canGrow({ storage }: SiteConfig, { spec }: Claim, all: Found<StorageClass[]>): boolean {
  const name = spec.storageClassName;
  const own =
    storage.type === "rook" && [storage.sharedClassName, storage.blockClassName].includes(name ?? "");
  if (own || !all) return true;
  return all.find(({ metadata }) => metadata.name === name)?.allowVolumeExpansion === true;
}
