import type * as k8s from "@pulumi/kubernetes/types/input.js";
import type { Input, Resource } from "@pulumi/pulumi";
import type { Resources } from "../pods.ts";

/** The database WordPress uses. */
export interface Database {
  /** Host name of the server. */
  host: Input<string>;
  /** Port of the server. */
  port: Input<number>;
  database: Input<string>;
  user: Input<string>;
  /** Secret in WordPress' namespace that holds the password. */
  secretName: Input<string>;
  /** Key of the password in that Secret. */
  passwordKey: Input<string>;
  /** Authority that signed the server's certificate, PEM. @default the connection is not encrypted */
  certificateAuthority?: Input<string>;
  /** Secret whose key `ca.crt` is that authority, in place of the PEM. @default the PEM, if there is one */
  certificateAuthoritySecretName?: Input<string>;
}

/** Arguments of {@link WordPress}. */
export interface WordPressArgs {
  /** Namespace to deploy into. */
  namespace: Input<string>;
  /** WordPress image, an apache variant with the official image's environment. */
  image: Input<string>;
  /** `shared`: all of /var/www/html on the volume. `image`: code from the image, only uploads on the volume. */
  content: "shared" | "image";
  /** The site's address: https, host, optional port, no path. */
  url: Input<string>;
  database: Database;
  /** What the provisioning Job waits for: the database server, the way to it. */
  provisionAfter: Resource[];
  /** The administrator made by the installation. */
  admin: {
    user: Input<string>;
    email: Input<string>;
    title: Input<string>;
    existingSecretName?: Input<string>;
  };
  /** Secret with the eight keys and salts. @default one with generated values is made */
  saltsSecretName?: Input<string>;
  /** The volume WordPress' pods share. */
  storage: {
    /** Size of the claim, such as `2Gi`. */
    size: Input<string>;
    accessMode: "ReadWriteMany" | "ReadWriteOnce";
    /** StorageClass of the claim. @default the cluster's default class */
    storageClassName?: Input<string>;
  };
  resources: Resources;
  /** Pods; not used under an autoscaler. */
  replicas: number;
  /** The HorizontalPodAutoscaler. @default none, and `replicas` holds */
  autoscaling?: {
    minReplicas: Input<number>;
    maxReplicas: number;
    /** Percent of the CPU request. */
    targetCPUUtilizationPercentage: Input<number>;
  };
  strategy: "RollingUpdate" | "Recreate";
  antiAffinity: "soft" | "hard";
  topologySpreadConstraints: Omit<k8s.core.v1.TopologySpreadConstraint, "labelSelector">[];
  priorityClassName?: Input<string>;
  /** Pods a drain may take at a time. */
  maxUnavailable: Input<number>;
  /** Seconds between leaving the endpoints and the stop signal. */
  preStopSleepSeconds: number;
  /** Seconds from the start of preStop until the pod is killed. */
  terminationGracePeriodSeconds: number;
  /** The longest a rollout may stand still, in seconds. What its pods say is reported at the end of its last step. */
  progressDeadlineSeconds: number;
  /** The longest the provisioning Job may take, in seconds. */
  provisionDeadlineSeconds: number;
  /** Restart a pod that stops answering. */
  livenessProbe: boolean;
  php: {
    /** memory_limit, in MiB. */
    memoryLimitMebibytes: number;
    /** Largest upload, in MiB. */
    uploadMaxMebibytes: number;
    /** Longest request, in seconds. */
    maxExecutionSeconds: number;
    extraIni: string[];
  };
  /** Each Apache process keeps its connection to the database for its next page. */
  persistentConnections: boolean;
  /** Apache processes of one pod. */
  maxRequestWorkers: number;
  /** Five cron fields: when WordPress' scheduled work runs. */
  cronSchedule: Input<string>;
  /** Leave xmlrpc.php open. */
  xmlrpc: boolean;
  /** Address ranges of proxies in front of Traefik: whom they name as their client is taken for the visitor. */
  trustedProxies: string[];
  extraEnv: k8s.core.v1.EnvVar[];
  /** Lines of PHP for wp-config.php. */
  extraConfig: string[];
  /** Further must-use plugins, PHP by file name. @default none */
  mustUsePlugins?: Record<string, Input<string>>;
  extraVolumes: k8s.core.v1.Volume[];
  extraVolumeMounts: k8s.core.v1.VolumeMount[];
  sidecars: k8s.core.v1.Container[];
  /** Protect the volume claim and the generated secrets from deletion. */
  protectData: boolean;
}
