import { CustomResource, type CustomResourceArgs } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { StorageClass, type StorageClassArgs } from "@pulumi/kubernetes/storage/v1/storageClass.js";
import * as pulumi from "@pulumi/pulumi";
import { type WithDefaults, withDefaults } from "../defaults.ts";
import { withProgramWins } from "../program-wins.ts";
import { type Transform, transformed } from "../transform.ts";
import { sayWhenSlow } from "../waiting.ts";
import { type CephNames, cephClass, cephDriver } from "./ceph-class.ts";
import { rookDefaults } from "./defaults.ts";

/** Arguments of {@link RookCephfs}. */
export interface RookCephfsArgs {
  /** Namespace of the Rook cluster. @default rook-ceph */
  namespace?: pulumi.Input<string>;
  /** Namespace of Rook's operator, after which Ceph-CSI's drivers are named. @default rook-ceph */
  operatorNamespace?: pulumi.Input<string>;
  /** Ceph-CSI's name of the cluster; Rook uses the namespace's name. @default rook-ceph */
  clusterID?: pulumi.Input<string>;
  /** Name of the CephFilesystem. @default myfs */
  filesystem?: pulumi.Input<string>;
  /** Name of the CephBlockPool. @default replicapool */
  blockPool?: pulumi.Input<string>;
  /** Make filesystem and pool; false where they are there already, and only the classes are wanted. @default true */
  manage?: boolean;
  /** Copies Ceph keeps of every object. @default 3 */
  replicas?: pulumi.Input<number>;
  /** What two copies may not share: host, rack, zone or osd. @default host */
  failureDomain?: pulumi.Input<string>;
  /** Active metadata servers. @default 1 */
  activeCount?: pulumi.Input<number>;
  /** Keep a warm standby for each active metadata server. @default true */
  activeStandby?: pulumi.Input<boolean>;
  /** CephFS client, kernel or fuse. @default Ceph-CSI's choice */
  mounter?: pulumi.Input<string>;
  /** Name of the StorageClass on the filesystem. @default csi-cephfs */
  sharedClassName?: pulumi.Input<string>;
  /** Name of the StorageClass on the block pool. @default rook-ceph-block */
  blockClassName?: pulumi.Input<string>;
  /** Make a VolumeSnapshotClass for each StorageClass. @default false */
  snapshots?: boolean;
  /** Protect filesystem, pool and classes from deletion. @default false */
  protectData?: boolean;
  /** Changes to the objects this is made of. */
  transform?: {
    filesystem?: Transform<CustomResourceArgs>;
    blockPool?: Transform<CustomResourceArgs>;
    storageClass?: Transform<StorageClassArgs>;
    snapshotClass?: Transform<CustomResourceArgs>;
  };
}

type Settings = WithDefaults<RookCephfsArgs, typeof rookDefaults>;

const cephApiVersion = "ceph.rook.io/v1";

/** Rook says Ready once Ceph has the pools; a volume made earlier would wait in vain. */
const untilReady = { "pulumi.com/waitFor": "jsonpath={.status.phase}=Ready" };

/**
 * A CephFS filesystem and a block pool in an existing Rook cluster, each with its StorageClass; sites that share them
 * take the names of the classes. The data outlives the program: what holds it leaves the stack and stays in the cluster.
 *
 * The smallest:
 * ```ts
 * const storage = new RookCephfs("storage", {});
 * const database = new MySql("db", { namespace: "blog", storage: { storageClassName: storage.blockClassName } });
 * ```
 * Classes on a filesystem and a pool that are there:
 * ```ts
 * new RookCephfs("storage", {
 *   manage: false,
 *   namespace: "storage",
 *   clusterID: "storage",
 *   filesystem: "myfs",
 *   blockPool: "replicapool",
 *   sharedClassName: "blog-files",
 *   blockClassName: "blog-database",
 *   snapshots: true,
 *   protectData: true,
 *   transform: { storageClass: { mountOptions: ["noatime"] } },
 * });
 * ```
 */
export class RookCephfs extends pulumi.ComponentResource {
  /** StorageClass for volumes several pods share (ReadWriteMany). */
  readonly sharedClassName: pulumi.Output<string>;
  /** StorageClass for volumes of one pod (ReadWriteOnce). */
  readonly blockClassName: pulumi.Output<string>;

  constructor(resourceName: string, args: RookCephfsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("wordpress:index:RookCephfs", resourceName, {}, withProgramWins(opts));
    const settings = withDefaults(args, rookDefaults);
    const keep = { parent: this, protect: settings.protectData, retainOnDelete: true };

    const { manage } = settings;
    const filesystem = manage ? this.filesystem(resourceName, settings, keep) : undefined;
    const pool = manage ? this.blockPool(resourceName, settings, keep) : undefined;
    if (filesystem) sayWhenSlow(filesystem, notReady("CephFilesystem", settings.filesystem, settings));
    if (pool) sayWhenSlow(pool, notReady("CephBlockPool", settings.blockPool, settings));
    const after = (dependsOn: CustomResource | undefined) => ({ ...keep, dependsOn });
    const shared = this.storageClass(`${resourceName}-shared-class`, settings, "cephfs", after(filesystem));
    const block = this.storageClass(`${resourceName}-block-class`, settings, "rbd", after(pool));
    if (settings.snapshots) this.snapshotClasses(resourceName, settings);

    this.sharedClassName = shared.metadata.name;
    this.blockClassName = block.metadata.name;
    this.registerOutputs({ sharedClassName: this.sharedClassName, blockClassName: this.blockClassName });
  }

  private filesystem(
    resourceName: string,
    settings: Settings,
    opts: pulumi.CustomResourceOptions,
  ): CustomResource {
    const args = {
      apiVersion: cephApiVersion,
      kind: "CephFilesystem",
      metadata: { name: settings.filesystem, namespace: settings.namespace, annotations: untilReady },
      spec: {
        metadataPool: replicatedPool(settings),
        dataPools: [replicatedPool(settings)],
        preserveFilesystemOnDelete: true,
        metadataServer: {
          activeCount: settings.activeCount,
          activeStandby: settings.activeStandby,
          placement: {},
          resources: {},
        },
        statusCheck: { mirror: {} },
      },
    };
    return new CustomResource(
      `${resourceName}-filesystem`,
      transformed<CustomResourceArgs>(settings.transform?.filesystem, args),
      opts,
    );
  }

  private blockPool(
    resourceName: string,
    settings: Settings,
    opts: pulumi.CustomResourceOptions,
  ): CustomResource {
    const args = {
      apiVersion: cephApiVersion,
      kind: "CephBlockPool",
      metadata: { name: settings.blockPool, namespace: settings.namespace, annotations: untilReady },
      spec: replicatedPool(settings),
    };
    return new CustomResource(
      `${resourceName}-block-pool`,
      transformed<CustomResourceArgs>(settings.transform?.blockPool, args),
      opts,
    );
  }

  private storageClass(
    resourceName: string,
    settings: Settings,
    driver: "cephfs" | "rbd",
    opts: pulumi.CustomResourceOptions,
  ): StorageClass {
    const { namespace, operatorNamespace, clusterID, filesystem, blockPool, manage, mounter } = settings;
    const names = { namespace, operatorNamespace, clusterID, filesystem, blockPool, manage, mounter };
    const fixed = pulumi.output(names).apply((known) => cephClass(driver, known as CephNames));
    const args = {
      metadata: { name: className(driver, settings) },
      provisioner: fixed.provisioner,
      parameters: fixed.parameters,
      reclaimPolicy: fixed.reclaimPolicy,
      allowVolumeExpansion: true,
      volumeBindingMode: fixed.volumeBindingMode,
    };
    return new StorageClass(
      resourceName,
      transformed<StorageClassArgs>(settings.transform?.storageClass, args),
      opts,
    );
  }

  private snapshotClasses(resourceName: string, settings: Settings): void {
    for (const driver of ["cephfs", "rbd"] as const) {
      const args = {
        apiVersion: "snapshot.storage.k8s.io/v1",
        kind: "VolumeSnapshotClass",
        metadata: { name: className(driver, settings) },
        driver: pulumi.output(settings.operatorNamespace).apply((operator) => cephDriver(driver, operator)),
        deletionPolicy: "Retain",
        parameters: {
          clusterID: settings.clusterID,
          "csi.storage.k8s.io/snapshotter-secret-name": `rook-csi-${driver}-provisioner`,
          "csi.storage.k8s.io/snapshotter-secret-namespace": settings.namespace,
        },
      };
      new CustomResource(
        `${resourceName}-${driver}-snapshot-class`,
        transformed<CustomResourceArgs>(settings.transform?.snapshotClass, args),
        { parent: this },
      );
    }
  }
}

function className(driver: "cephfs" | "rbd", settings: Settings): pulumi.Input<string> {
  return driver === "cephfs" ? settings.sharedClassName : settings.blockClassName;
}

function notReady(
  kind: string,
  name: pulumi.Input<string>,
  { namespace, operatorNamespace }: Settings,
): pulumi.Output<string> {
  const describe = pulumi.interpolate`kubectl -n ${namespace} describe ${kind.toLowerCase()} ${name}`;
  return pulumi.interpolate`${kind} ${name} has not become Ready within three minutes of the beginning, and without that the update fails. Rook makes it once it has a CephCluster that is not in HEALTH_ERR (kubectl -n ${namespace} get cephclusters). What Rook says of it: ${describe} and kubectl -n ${operatorNamespace} logs deploy/rook-ceph-operator`;
}

/**
 * A pool, and a filesystem above, with every field that Rook fills in when it puts its finalizer on an object. An operator
 * before 1.17 then goes by the object as it was before, never says that it has seen the filled-in one, and Pulumi would wait
 * for that although all is Ready. Source: Rook's controllers, and tests/proof/ceph.test.ts with 1.12.11.
 */
function replicatedPool({ failureDomain, replicas }: Settings) {
  return {
    failureDomain,
    replicated: {
      size: replicas,
      // A single copy is only accepted when it is asked for.
      requireSafeReplicaSize: pulumi.output(replicas).apply((copies) => copies > 1),
    },
    erasureCoded: { codingChunks: 0, dataChunks: 0 },
    mirroring: {},
    quotas: {},
    statusCheck: { mirror: {} },
  };
}
