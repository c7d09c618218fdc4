import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { StorageClass } from "@pulumi/kubernetes/storage/v1/storageClass.js";
import * as pulumi from "@pulumi/pulumi";
import { type CephNames, cephClass } from "./ceph-class.ts";

/** Arguments of {@link RookCephfs}. */
export interface RookCephfsArgs {
  /** Namespace of the Rook cluster. */
  namespace: pulumi.Input<string>;
  /** Ceph-CSI's name of the cluster; Rook uses the namespace's name. */
  clusterID: pulumi.Input<string>;
  /** Name of the CephFilesystem. */
  filesystem: pulumi.Input<string>;
  /** Name of the CephBlockPool. */
  blockPool: pulumi.Input<string>;
  /** Copies Ceph keeps of every object. */
  replicas: pulumi.Input<number>;
  /** What two copies may not share: host, rack, zone or osd. */
  failureDomain: pulumi.Input<string>;
  /** Active metadata servers. */
  activeCount: pulumi.Input<number>;
  /** Keep a warm standby for each active metadata server. */
  activeStandby: pulumi.Input<boolean>;
  /** CephFS client, kernel or fuse. @default Ceph-CSI's choice */
  mounter?: pulumi.Input<string>;
  /** Name of the StorageClass on the filesystem. */
  sharedClassName: pulumi.Input<string>;
  /** Name of the StorageClass on the block pool. */
  blockClassName: pulumi.Input<string>;
  /** Make a VolumeSnapshotClass for each StorageClass. */
  snapshots: boolean;
  /** Protect filesystem, pool and classes from deletion. */
  protectData: boolean;
}

const cephApiVersion = "ceph.rook.io/v1";

/** Rook says Ready once Ceph has the pools; a volume made earlier would wait in vain. */
const untilReady = { "pulumi.com/waitFor": "jsonpath={.status.phase}=Ready" };

/** A CephFS filesystem and a block pool in an existing Rook cluster, each with its StorageClass. */
export class RookCephfs extends pulumi.ComponentResource {
  /** StorageClass for volumes several pods share (ReadWriteMany). */
  readonly sharedClassName: pulumi.Output<string>;
  /** StorageClass for volumes of one pod (ReadWriteOnce). */
  readonly blockClassName: pulumi.Output<string>;

  private readonly keep: pulumi.CustomResourceOptions;

  constructor(resourceName: string, args: RookCephfsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("wordpress:index:RookCephfs", resourceName, {}, opts);
    // Taking the stack down must not take the data down: what holds it leaves the stack and stays in the cluster.
    this.keep = { parent: this, protect: args.protectData, retainOnDelete: true };

    const filesystem = this.filesystem(resourceName, args);
    const pool = this.blockPool(resourceName, args);
    const shared = this.storageClass(`${resourceName}-shared-class`, args, "cephfs", filesystem);
    const block = this.storageClass(`${resourceName}-block-class`, args, "rbd", pool);
    if (args.snapshots) this.snapshotClasses(resourceName, args);

    this.sharedClassName = shared.metadata.name;
    this.blockClassName = block.metadata.name;
    this.registerOutputs({ sharedClassName: this.sharedClassName, blockClassName: this.blockClassName });
  }

  private replicatedPool(args: RookCephfsArgs) {
    return {
      failureDomain: args.failureDomain,
      replicated: {
        size: args.replicas,
        // A single copy is only accepted when it is asked for.
        requireSafeReplicaSize: pulumi.output(args.replicas).apply((replicas) => replicas > 1),
      },
    };
  }

  private filesystem(resourceName: string, args: RookCephfsArgs): CustomResource {
    return new CustomResource(
      `${resourceName}-filesystem`,
      {
        apiVersion: cephApiVersion,
        kind: "CephFilesystem",
        metadata: { name: args.filesystem, namespace: args.namespace, annotations: untilReady },
        spec: {
          metadataPool: this.replicatedPool(args),
          dataPools: [this.replicatedPool(args)],
          preserveFilesystemOnDelete: true,
          metadataServer: { activeCount: args.activeCount, activeStandby: args.activeStandby },
        },
      },
      this.keep,
    );
  }

  private blockPool(resourceName: string, args: RookCephfsArgs): CustomResource {
    return new CustomResource(
      `${resourceName}-block-pool`,
      {
        apiVersion: cephApiVersion,
        kind: "CephBlockPool",
        metadata: { name: args.blockPool, namespace: args.namespace, annotations: untilReady },
        spec: this.replicatedPool(args),
      },
      this.keep,
    );
  }

  private storageClass(
    resourceName: string,
    args: RookCephfsArgs,
    driver: "cephfs" | "rbd",
    dependsOn: CustomResource,
  ): StorageClass {
    const { namespace, clusterID, filesystem, blockPool, mounter } = args;
    const names = pulumi.output({ namespace, clusterID, filesystem, blockPool, mounter });
    const fixed = names.apply((known) => cephClass(driver, known as CephNames));
    return new StorageClass(
      resourceName,
      {
        metadata: { name: driver === "cephfs" ? args.sharedClassName : args.blockClassName },
        provisioner: fixed.provisioner,
        parameters: fixed.parameters,
        reclaimPolicy: fixed.reclaimPolicy,
        allowVolumeExpansion: true,
        volumeBindingMode: fixed.volumeBindingMode,
      },
      { ...this.keep, dependsOn: [dependsOn] },
    );
  }

  private snapshotClasses(resourceName: string, args: RookCephfsArgs): void {
    for (const driver of ["cephfs", "rbd"] as const) {
      new CustomResource(
        `${resourceName}-${driver}-snapshot-class`,
        {
          apiVersion: "snapshot.storage.k8s.io/v1",
          kind: "VolumeSnapshotClass",
          metadata: { name: driver === "cephfs" ? args.sharedClassName : args.blockClassName },
          driver: `rook-ceph.${driver}.csi.ceph.com`,
          deletionPolicy: "Retain",
          parameters: {
            clusterID: args.clusterID,
            "csi.storage.k8s.io/snapshotter-secret-name": `rook-csi-${driver}-provisioner`,
            "csi.storage.k8s.io/snapshotter-secret-namespace": args.namespace,
          },
        },
        { parent: this },
      );
    }
  }
}
