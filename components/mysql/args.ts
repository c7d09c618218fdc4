import type { StatefulSetArgs } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import type { JobArgs } from "@pulumi/kubernetes/batch/v1/job.js";
import type { ConfigMapArgs } from "@pulumi/kubernetes/core/v1/configMap.js";
import type { PersistentVolumeClaimArgs } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim.js";
import type { SecretArgs } from "@pulumi/kubernetes/core/v1/secret.js";
import type { ServiceArgs as ServiceObjectArgs } from "@pulumi/kubernetes/core/v1/service.js";
import type { PodDisruptionBudgetArgs } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import type { Input } from "@pulumi/pulumi";
import type { WithDefaults } from "../defaults.ts";
import type { PodArgs, Resources, ServiceArgs } from "../pods.ts";
import type { Transform } from "../transform.ts";
import type { mysqlDefaults } from "./defaults.ts";

/** Arguments of MySql. */
export interface MySqlArgs extends PodArgs, ServiceArgs {
  /** Namespace to deploy into; one server in each. */
  namespace: Input<string>;
  /** MySQL image with the official image's environment. @default mysql:8.4.10 */
  image?: Input<string>;
  /** Database made at the first start. @default wordpress */
  database?: Input<string>;
  /** User made at the first start, with all rights on that database and no other. @default wordpress */
  user?: Input<string>;
  /** The volume at /var/lib/mysql. */
  storage?: {
    /** Size of the claim. It may grow, never shrink. @default 20Gi */
    size?: Input<string>;
    /** StorageClass of the claim. @default the cluster's default class */
    storageClassName?: Input<string>;
  };
  /** Half of the memory limit is the buffer pool. @default 500m and 1Gi, requests and limits alike */
  resources?: Resources;
  /** max_connections. @default as many as have room beside the buffer pool: 352 with 1Gi */
  maxConnections?: Input<number>;
  /** Log queries slower than this, in seconds. @default no slow log */
  slowQuerySeconds?: Input<number>;
  /** Lines added to the `[mysqld]` section of the server's configuration, which is checked first. @default none */
  extraConfig?: Input<string>[];
  /** How long the engine waits for the server to be ready, in seconds; the server itself has all time. @default 600 */
  startDeadlineSeconds?: number;
  /** Pods a drain may take: 1 lets it stop the server, 0 makes it wait for you. @default 1 */
  maxUnavailable?: Input<number>;
  /** Time for a clean shutdown, in seconds; the engine waits as long. @default 300 */
  terminationGracePeriodSeconds?: number;
  /** Secret with the keys `password` and `root-password`, of printable ASCII without `'` and `\`. @default one with generated passwords is made */
  existingSecretName?: Input<string>;
  /** Serve TLS with a certificate of the server's own, and take nothing else over TCP. @default false */
  tls?: boolean;
  /** Secret with `ca.crt`, `tls.crt` and `tls.key` for `wordpress-mysql.NAMESPACE.svc`. @default a certificate is made */
  existingCertificateSecretName?: Input<string>;
  /** Protect the volume claim and the passwords from deletion. @default false */
  protectData?: boolean;
  /** Changes to the objects this is made of. */
  transform?: {
    statefulSet?: Transform<StatefulSetArgs>;
    service?: Transform<ServiceObjectArgs>;
    /** The headless Service of the StatefulSet. */
    podsService?: Transform<ServiceObjectArgs>;
    volumeClaim?: Transform<PersistentVolumeClaimArgs>;
    secret?: Transform<SecretArgs>;
    configMap?: Transform<ConfigMapArgs>;
    disruptionBudget?: Transform<PodDisruptionBudgetArgs>;
    /** The Job that asks the server whether it takes an existing Secret's password. */
    loginJob?: Transform<JobArgs>;
    /** The Job that checks `extraConfig`. */
    configJob?: Transform<JobArgs>;
  };
}

export type MySqlSettings = WithDefaults<MySqlArgs, typeof mysqlDefaults>;
