/** Names that go into the StorageClasses of one Rook cluster. */
export interface CephNames {
  /** Namespace of the Rook cluster. */
  namespace: string;
  /** Namespace of Rook's operator. */
  operatorNamespace: string;
  /** Ceph-CSI's name of the cluster. */
  clusterID: string;
  /** Name of the CephFilesystem. */
  filesystem: string;
  /** Name of the CephBlockPool. */
  blockPool: string;
  /** Whether the filesystem is made here, and not there already. */
  manage: boolean;
  /** CephFS client, kernel or fuse. @default Ceph-CSI's choice */
  mounter?: string;
}

/** What Kubernetes lets nobody change in a StorageClass once it is there. */
export interface FixedClass {
  provisioner: string;
  parameters: Record<string, string>;
  reclaimPolicy: string;
  volumeBindingMode: string;
}

/** The driver Rook has Ceph-CSI run. Source: Rook's CSI_DRIVER_NAME_PREFIX, by default the operator's namespace. */
export function cephDriver(driver: "cephfs" | "rbd", operatorNamespace: string): string {
  return `${operatorNamespace}.${driver}.csi.ceph.com`;
}

/** The fixed part of the StorageClass on the filesystem (`cephfs`) or on the block pool (`rbd`). */
export function cephClass(driver: "cephfs" | "rbd", names: CephNames): FixedClass {
  const own = driver === "cephfs" ? filesystemParameters(names) : blockParameters(names);
  return {
    provisioner: cephDriver(driver, names.operatorNamespace),
    parameters: { clusterID: names.clusterID, ...own, ...csiSecrets(driver, names.namespace) },
    reclaimPolicy: "Retain",
    volumeBindingMode: "Immediate",
  };
}

function filesystemParameters({ filesystem, manage, mounter }: CephNames): Record<string, string> {
  return {
    fsName: filesystem,
    // Rook's name for the first, unnamed data pool. A filesystem of somebody else's may have named it, as that of Rook's
    // own example has: without the parameter its default data pool is used.
    ...(manage ? { pool: `${filesystem}-data0` } : {}),
    ...(mounter !== undefined ? { mounter } : {}),
  };
}

function blockParameters({ blockPool }: CephNames): Record<string, string> {
  return {
    pool: blockPool,
    imageFormat: "2",
    imageFeatures: "layering",
    "csi.storage.k8s.io/fstype": "ext4",
  };
}

/** The Secrets Rook makes for Ceph-CSI, by the step that reads them. Source: Rook's example StorageClasses. */
function csiSecrets(driver: "cephfs" | "rbd", namespace: string): Record<string, string> {
  const steps = {
    provisioner: "provisioner",
    "controller-expand": "provisioner",
    "controller-publish": "provisioner",
    "node-stage": "node",
  };
  return Object.fromEntries(
    Object.entries(steps).flatMap(([step, user]) => [
      [`csi.storage.k8s.io/${step}-secret-name`, `rook-csi-${driver}-${user}`],
      [`csi.storage.k8s.io/${step}-secret-namespace`, namespace],
    ]),
  );
}
