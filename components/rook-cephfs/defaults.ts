/** What Rook's storage has when it is not told otherwise; the names are those of Rook's examples. */
export const rookDefaults = {
  namespace: "rook-ceph",
  operatorNamespace: "rook-ceph",
  clusterID: "rook-ceph",
  filesystem: "myfs",
  blockPool: "replicapool",
  manage: true,
  replicas: 3,
  failureDomain: "host",
  activeCount: 1,
  activeStandby: true,
  sharedClassName: "csi-cephfs",
  blockClassName: "rook-ceph-block",
  snapshots: false,
  protectData: false,
} as const;
