import type { NamespaceArgs } from "@pulumi/kubernetes/core/v1/namespace.js";
import type { Input } from "@pulumi/pulumi";
import type { WithDefaults } from "../components/defaults.ts";
import type { MySqlArgs } from "../components/mysql/index.ts";
import type { NetworkIsolationArgs, SmtpPath } from "../components/network-isolation/index.ts";
import type { PageCacheArgs } from "../components/page-cache/index.ts";
import type { PurgeChannelArgs } from "../components/page-cache/purge-channel.ts";
import type { RookCephfsArgs } from "../components/rook-cephfs/index.ts";
import type { TraefikRouteArgs } from "../components/traefik-route/index.ts";
import type { Transform } from "../components/transform.ts";
import type { SmtpServer, WordPressArgs } from "../components/wordpress/index.ts";
import type { siteDefaults } from "./defaults.ts";

/** Arguments of Site. A stack's config has the same shape. */
export interface SiteArgs {
  /** Namespace of everything the site is made of; one site in each. @default kube-example */
  namespace?: Input<string>;
  /** Make the namespace; false where it is there already. @default true */
  createNamespace?: boolean;
  /** Protect volumes, classes, filesystem and generated passwords from deletion. @default false */
  protectData?: boolean;
  /** Address, title and administrator. */
  site: {
    /** The one address of the site: https, host, optional port, no path. */
    url: Input<string>;
    /** Address the site had before: the database's contents are moved from there, once. @default they stay */
    movedFrom?: Input<string>;
    /** Further hosts; each redirects to the site's own. @default none */
    aliases?: Input<string>[];
    /** Title of a newly installed site. @default WordPress */
    title?: Input<string>;
    /** Login name of the administrator made by the installation. @default admin */
    adminUser?: Input<string>;
    /** E-mail address of that administrator. @default admin@example.com */
    adminEmail?: Input<string>;
    /** Language, such as `de_DE`. @default en_US */
    language?: Input<string>;
    /** Time zone, such as `Europe/Berlin`. @default UTC */
    timezone?: Input<string>;
    /** Structure of a post's address. @default /%year%/%monthnum%/%day%/%postname%/ */
    permalinks?: Input<string>;
    /** The server that sends the site's mail. @default none: no mail is sent */
    smtp?: SmtpServer & Pick<SmtpPath, "cidrs">;
  };
  /** Secrets to use instead of generated ones. */
  existingSecrets?: {
    /** With the keys `password` and `root-password`; `password` alone for an external server. */
    database?: Input<string>;
    /** With the key `password`. */
    admin?: Input<string>;
    /** With the eight keys `auth-key` … `nonce-salt`. */
    salts?: Input<string>;
    /** With the keys `ca.crt`, `tls.crt` and `tls.key`. */
    databaseCertificate?: Input<string>;
    /** With the key `token`. */
    pageCacheToken?: Input<string>;
  };
  /** Classes of the volumes. */
  storage?: {
    /** `rook`: make the classes in a Rook cluster; `existing`: use classes that are there. @default rook */
    type?: "rook" | "existing";
    /** StorageClass of WordPress' volume. @default csi-cephfs */
    sharedClassName?: Input<string>;
    /** StorageClass of MySQL's volume. @default rook-ceph-block */
    blockClassName?: Input<string>;
    /** Make a VolumeSnapshotClass for each of Rook's classes. @default false */
    snapshots?: boolean;
    /** The Rook cluster. */
    rook?: Omit<RookCephfsArgs, "sharedClassName" | "blockClassName" | "snapshots" | "protectData">;
  };
  /** The database server. */
  mysql?: Omit<
    MySqlArgs,
    "namespace" | "storage" | "existingSecretName" | "existingCertificateSecretName" | "protectData"
  > & {
    /** `standalone`: a MySql; `external`: a server that is there. @default standalone */
    mode?: "standalone" | "external";
    /** The volume. */
    storage?: Pick<NonNullable<MySqlArgs["storage"]>, "size">;
    /** The server of `mode: external`; its password is in existingSecrets.database. */
    external?: {
      host: Input<string>;
      /** Its IP address where DNS does not know it. @default what DNS says */
      address?: Input<string>;
      /** @default 3306 */
      port?: Input<number>;
      /** Authority that signed its certificate, PEM; with one, `tls` is on. @default with `tls` those the image trusts */
      certificateAuthority?: Input<string>;
    };
  };
  /** WordPress' pods, scaling, volume, PHP and Apache. */
  wordpress?: Omit<
    WordPressArgs,
    | ("namespace" | "url" | "database" | "admin" | "saltsSecretName" | "protectData" | "trustedProxies")
    | (
        | "storage"
        | "provisionAfter"
        | "php"
        | "movedFrom"
        | "language"
        | "timezone"
        | "permalinks"
        | "smtp"
        | "internetAccess"
      )
  > & {
    /** The volume. */
    storage?: Omit<WordPressArgs["storage"], "storageClassName">;
    php?: Omit<NonNullable<WordPressArgs["php"]>, "maxExecutionSeconds"> & {
      /** Longest request, in seconds; what is in front waits as long. @default 60 */
      maxExecutionSeconds?: number;
    };
  };
  /** The optional HTTP cache in front of WordPress. */
  pageCache?: Omit<
    PageCacheArgs,
    "namespace" | "backend" | "url" | "tokenSecretName" | "longestRequestSeconds" | "metrics"
  > & {
    /** @default false */
    enabled?: boolean;
    /** Changes to the Service and the Secret by which WordPress tells the cache what has changed. */
    purgeTransform?: PurgeChannelArgs["transform"];
    metrics?: NonNullable<PageCacheArgs["metrics"]> & {
      /** Namespace whose pods may read them. @default none, with network policies */
      namespace?: Input<string>;
    };
  };
  /** Traefik's entry points, certificate and limits. */
  route?: Omit<
    TraefikRouteArgs,
    | ("namespace" | "url" | "service" | "aliases" | "certificate")
    | ("maxRequestBodyBytes" | "longestResponseSeconds")
  > & {
    tls?: {
      /** Where the certificate comes from. @default certResolver */
      source?: "certResolver" | "secret" | "cert-manager" | "default";
      /** Traefik's ACME resolver. @default ali */
      certResolver?: Input<string>;
      /** TLS Secret that is there, or that cert-manager fills. */
      secretName?: Input<string>;
      /** cert-manager's issuer; `kind` is ClusterIssuer or Issuer. @default ClusterIssuer */
      issuer?: { kind?: Input<string>; name: Input<string> };
      /** Ask for one certificate for this domain and *.domain. */
      wildcardDomain?: Input<string>;
    };
  };
  /** NetworkPolicies and who may pass. */
  network?: Omit<
    NetworkIsolationArgs,
    "namespace" | "externalDatabase" | "smtp" | "pageCache" | "certManager" | "downloads"
  > & {
    /** @default true */
    policies?: boolean;
  };
  /** Changes to the namespace; those to the parts' objects stand with the parts. */
  transform?: { namespace?: Transform<NamespaceArgs> };
}

/** Arguments with every default filled in. */
export type SiteSettings = WithDefaults<SiteArgs, typeof siteDefaults>;
