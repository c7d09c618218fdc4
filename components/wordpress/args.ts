import type { DeploymentArgs } from "@pulumi/kubernetes/apps/v1/deployment.js";
import type { HorizontalPodAutoscalerArgs } from "@pulumi/kubernetes/autoscaling/v2/horizontalPodAutoscaler.js";
import type { CronJobArgs } from "@pulumi/kubernetes/batch/v1/cronJob.js";
import type { JobArgs } from "@pulumi/kubernetes/batch/v1/job.js";
import type { ConfigMapArgs } from "@pulumi/kubernetes/core/v1/configMap.js";
import type { PersistentVolumeClaimArgs } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim.js";
import type { SecretArgs } from "@pulumi/kubernetes/core/v1/secret.js";
import type { ServiceArgs as ServiceObjectArgs } from "@pulumi/kubernetes/core/v1/service.js";
import type { PodDisruptionBudgetArgs } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import type * as k8s from "@pulumi/kubernetes/types/input.js";
import type { Input, Resource } from "@pulumi/pulumi";
import type { WithDefaults } from "../defaults.ts";
import type { PodArgs, Resources, ServiceArgs } from "../pods.ts";
import type { Transform } from "../transform.ts";
import type { wordpressDefaults } from "./defaults.ts";
import type { Extension } from "./extensions.ts";

/** The database WordPress uses. A MySql is one. */
export interface Database {
  /** Host name of the server. */
  host: Input<string>;
  /** IP address of that host. @default what DNS says */
  address?: Input<string>;
  /** Port of the server. @default 3306 */
  port?: Input<number>;
  /** Name of the database. @default wordpress */
  database?: Input<string>;
  /** Its user. @default wordpress */
  user?: Input<string>;
  /** Secret in WordPress' namespace that holds the password. */
  secretName: Input<string>;
  /** Key of the password in that Secret. @default password */
  passwordKey?: Input<string>;
  /** Encrypt the connection and check the server's certificate. @default where an authority is given */
  tls?: boolean;
  /** Authority that signed the server's certificate, PEM. @default with `tls` those the image trusts */
  certificateAuthority?: Input<string>;
  /** Secret whose key `ca.crt` is that authority, in place of the PEM. @default the PEM, if there is one */
  certificateAuthoritySecretName?: Input<string>;
}

/** The SMTP server that WordPress gives its mail to. */
export interface SmtpServer {
  /** Host name of the server; a Service of the cluster as `smtp.mail.svc`. */
  host: Input<string>;
  /** Port of the server. @default 587 with `starttls`, 465 with `implicit`, 25 with `none` */
  port?: Input<number>;
  /**
   * `starttls`: TLS is asked for, and nothing sent without; `implicit`: TLS from the first byte; either way the
   * certificate is checked. `none`: plain text, and no password to a host outside the cluster. @default starttls
   */
  tls?: "starttls" | "implicit" | "none";
  /** Authority that signed the server's certificate, PEM. @default those the image trusts */
  certificateAuthority?: Input<string>;
  /** Login name. @default none: the server takes mail without */
  user?: Input<string>;
  /** Secret in WordPress' namespace that holds the user's password. @default none */
  secretName?: Input<string>;
  /** Key of the password in that Secret. @default password */
  passwordKey?: Input<string>;
  /** Address that mail comes from, and that what cannot be delivered goes back to. */
  fromAddress: Input<string>;
  /** Name beside that address. @default the site's title */
  fromName?: Input<string>;
}

/** Arguments of WordPress. */
export interface WordPressArgs extends PodArgs, ServiceArgs {
  /** Namespace to deploy into; one site in each. */
  namespace: Input<string>;
  /** The site's address: https, host, optional port, no path. */
  url: Input<string>;
  /**
   * Address the site had before: the provisioning Job puts the new one in its place in the database, once. http or https,
   * host, optional port and path. @default the contents stay as they are
   */
  movedFrom?: Input<string>;
  /** The database: a MySql, or the place of another server. */
  database: Database;
  /** The volume WordPress' pods share. */
  storage: {
    /** Size of the claim, which may grow, never shrink. @default 2Gi */
    size?: Input<string>;
    /** ReadWriteOnce only with one replica and Recreate. @default ReadWriteMany */
    accessMode?: "ReadWriteMany" | "ReadWriteOnce";
    /** StorageClass of the claim. @default the cluster's default class */
    storageClassName?: Input<string>;
  };
  /** WordPress image, an apache variant with the official image's environment. @default wordpress:7.1.0-php8.4-apache */
  image?: Input<string>;
  /**
   * `shared`: all of /var/www/html on the volume, plugins can be installed. `image`: code from the image, only
   * wp-content/uploads on the volume. @default shared
   */
  content?: "shared" | "image";
  /**
   * Plugins the provisioning Job installs, or with `content: image` finds there, and activates. One that is taken out
   * is deactivated. @default none
   */
  plugins?: Extension[];
  /** Themes, likewise, of which one at most is activated. One that is taken out stays as it is. @default none */
  themes?: Extension[];
  /** What the provisioning Job waits for besides what it is given: the way to the database, for one. @default nothing */
  provisionAfter?: Resource[];
  /** The administrator made by the installation, and the site's title. */
  admin?: {
    /** Login name. @default admin */
    user?: Input<string>;
    /** @default admin@example.com */
    email?: Input<string>;
    /** Title of a newly installed site. @default WordPress */
    title?: Input<string>;
    /** Secret with the key `password`. @default one with a generated password is made */
    existingSecretName?: Input<string>;
  };
  /**
   * Language, such as `de_DE`. Its files are in wp-content/languages, or with `content: shared` come from wordpress.org.
   * @default en_US
   */
  language?: Input<string>;
  /** Time zone, such as `Europe/Berlin`. @default UTC */
  timezone?: Input<string>;
  /** Structure of a post's address, with %postname% or %post_id%. @default /%year%/%monthnum%/%day%/%postname%/ */
  permalinks?: Input<string>;
  /** The server that sends the site's mail. @default none: no mail is sent, and WordPress says so */
  smtp?: SmtpServer;
  /** Secret with the eight keys and salts. @default one with generated values is made */
  saltsSecretName?: Input<string>;
  /** Of the memory limit follows how many workers Apache has. @default 200m and 1Gi, requests and limits alike */
  resources?: Resources;
  /** Pods; not used under an autoscaler. @default 3 */
  replicas?: Input<number>;
  /** The HorizontalPodAutoscaler, which needs metrics-server. */
  autoscaling?: {
    /** @default true */
    enabled?: boolean;
    /** Fewest pods. @default 3 */
    minReplicas?: Input<number>;
    /** Most pods. @default 6 */
    maxReplicas?: Input<number>;
    /** CPU to aim at, in percent of the request. @default 20 */
    targetCPUUtilizationPercentage?: Input<number>;
  };
  /** How pods are replaced. @default RollingUpdate */
  strategy?: "RollingUpdate" | "Recreate";
  /** Whether two pods should not (soft) or may not (hard) share a node. @default soft */
  antiAffinity?: "soft" | "hard";
  /** Added to the serving pods; labelSelector is filled in. @default none */
  topologySpreadConstraints?: Omit<k8s.core.v1.TopologySpreadConstraint, "labelSelector">[];
  /** Pods a drain may take at a time. @default 1 */
  maxUnavailable?: Input<number>;
  /** Seconds between leaving the endpoints and the stop signal. @default 20 */
  preStopSleepSeconds?: Input<number>;
  /** Seconds from the start of preStop until a pod is killed; the engine waits as long. @default 90 */
  terminationGracePeriodSeconds?: number;
  /** The longest a rollout may stand still, in seconds; the engine waits accordingly. @default 300 */
  progressDeadlineSeconds?: number;
  /** The longest the provisioning Job may take, in seconds; the engine waits as long. @default 900 */
  provisionDeadlineSeconds?: number;
  /** Restart a pod that stops answering; see docs/adr/0001. @default false */
  livenessProbe?: boolean;
  php?: {
    /** memory_limit, such as `128Mi`. @default 128Mi */
    memoryLimit?: Input<string>;
    /** Largest upload, such as `64Mi`; Apache's and PHP's limits follow. @default 64Mi */
    uploadMaxSize?: Input<string>;
    /** Longest request, in seconds. @default 60 */
    maxExecutionSeconds?: Input<number>;
    /** Lines added to php.ini. @default none */
    extraIni?: Input<string>[];
  };
  /** Each Apache process keeps its connection to the database for its next page. @default true */
  persistentConnections?: boolean;
  /** Apache processes of one pod. @default as many as the memory limit holds, three of them with a picture of 24 megapixels: 6 with 1Gi */
  maxRequestWorkers?: Input<number>;
  /** WordPress' scheduled work. */
  cron?: {
    /** Five cron fields. @default every five minutes */
    schedule?: Input<string>;
  };
  /**
   * WordPress can reach the internet. Where it cannot, its calls out fail at once, and the dashboard says why.
   * @default true
   */
  internetAccess?: boolean;
  /** Leave xmlrpc.php open. @default false */
  xmlrpc?: boolean;
  /** Address ranges of proxies in front of Traefik: whom they name is taken for the visitor. @default none */
  trustedProxies?: Input<string>[];
  /** Environment added to the container. @default none */
  extraEnv?: k8s.core.v1.EnvVar[];
  /** Lines of PHP for wp-config.php, before ours, each of which only defines what they have not. @default none */
  extraConfig?: Input<string>[];
  /** Further must-use plugins, PHP by file name. @default none */
  mustUsePlugins?: Record<string, Input<string>>;
  /** Volumes added to every pod. @default none */
  extraVolumes?: k8s.core.v1.Volume[];
  /** Mounts added to the container. @default none */
  extraVolumeMounts?: k8s.core.v1.VolumeMount[];
  /** Further containers of the serving pods, whose ports 80 and 81 are taken. @default none */
  sidecars?: k8s.core.v1.Container[];
  /** Protect the volume claim and the generated secrets from deletion. @default false */
  protectData?: boolean;
  /** Changes to the objects this is made of. */
  transform?: {
    deployment?: Transform<DeploymentArgs>;
    service?: Transform<ServiceObjectArgs>;
    cronJob?: Transform<CronJobArgs>;
    provisionJob?: Transform<JobArgs>;
    autoscaler?: Transform<HorizontalPodAutoscalerArgs>;
    disruptionBudget?: Transform<PodDisruptionBudgetArgs>;
    volumeClaim?: Transform<PersistentVolumeClaimArgs>;
    secret?: Transform<SecretArgs>;
    configMap?: Transform<ConfigMapArgs>;
  };
}

/** Arguments with every default filled in. */
export type WordPressSettings = WithDefaults<WordPressArgs, typeof wordpressDefaults>;
