/** Environment of WordPress' containers. */
import type * as k8s from "@pulumi/kubernetes/types/input.js";
import * as pulumi from "@pulumi/pulumi";
import { wordpressNames } from "../names.ts";
import { asWritten } from "../pods.ts";
import type { Database, WordPressSettings } from "./args.ts";
import { extensionsJson } from "./extensions.ts";
import { type Disk, imagickDisk, imagickMebibytes } from "./sizing.ts";
import { smtpEnv } from "./smtp.ts";

/** The eight keys and salts, as WordPress and the official image name them. */
export const saltNames = ["AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE"].flatMap((use) => [
  `${use}_KEY`,
  `${use}_SALT`,
]);

/** A salt's key in its Secret: `AUTH_KEY` is kept as `auth-key`. */
export function saltKey(salt: string): string {
  return salt.toLowerCase().replaceAll("_", "-");
}

/** Environment of every container of the image. */
export function wordpressEnv(settings: WordPressSettings): k8s.core.v1.EnvVar[] {
  const { url, database, persistentConnections, extraEnv } = settings;
  const { host, port = 3306, database: name = "wordpress", user = "wordpress" } = database;
  return [
    { name: "WORDPRESS_DB_HOST", value: pulumi.interpolate`${host}:${port}` },
    { name: "WORDPRESS_DB_NAME", value: name },
    { name: "WORDPRESS_DB_USER", value: user },
    { name: "WORDPRESS_DB_PASSWORD_FILE", value: "/run/secrets/wordpress/database/password" },
    { name: "WORDPRESS_SITE_URL", value: url },
    // By its name and not from the Service, which is awaited together with pods that may need the Job first.
    { name: "WORDPRESS_SERVICE", value: wordpressNames.site },
    ...saltNames.map((salt) => ({
      name: `WORDPRESS_${salt}_FILE`,
      value: `/run/secrets/wordpress/salts/${saltKey(salt)}`,
    })),
    ...imagickEnv(settings),
    ...(isEncrypted(database) ? [{ name: "WORDPRESS_DB_TLS", value: "1" }] : []),
    ...smtpEnv(settings.smtp),
    ...(persistentConnections ? [{ name: "WORDPRESS_DB_PERSISTENT", value: "1" }] : []),
    { name: "WORDPRESS_CONFIG_EXTRA", value: asWritten(configLines(settings)) },
    ...extraEnv,
  ];
}

/** ImageMagick's limits in each process, by variables of its own: without them it takes more than a pod has. */
function imagickEnv(settings: WordPressSettings): k8s.core.v1.EnvVar[] {
  const disk = diskOf(settings).apply((known) => `${imagickDisk(known)}MiB`);
  return [
    { name: "MAGICK_MEMORY_LIMIT", value: `${imagickMebibytes}MiB` },
    { name: "MAGICK_DISK_LIMIT", value: disk },
    // All of it mapped into memory, which the kernel takes back; by reading and writing it costs four times the CPU time.
    { name: "MAGICK_MAP_LIMIT", value: disk },
    { name: "MAGICK_THREAD_LIMIT", value: "1" },
  ];
}

/** What the use of /tmp follows from, once it is known. */
export function diskOf({
  tmpSize,
  maxRequestWorkers,
  resources,
  php,
}: WordPressSettings): pulumi.Output<Disk> {
  return pulumi
    .all([tmpSize, maxRequestWorkers, resources.limits.memory, php.uploadMaxSize])
    .apply(([size, workers, memory, uploadMaxSize]) => ({
      tmpSize: size,
      maxRequestWorkers: workers,
      resources: { limits: { memory } },
      php: { uploadMaxSize },
    }));
}

/** What the installer alone is told. */
export function installerEnv(settings: WordPressSettings): k8s.core.v1.EnvVar[] {
  const { movedFrom, content, admin, language, timezone, permalinks } = settings;
  return [
    { name: "WORDPRESS_CONTENT", value: content },
    { name: "WORDPRESS_EXTENSIONS", value: asWritten(extensionsJson(settings)) },
    ...(movedFrom === undefined ? [] : [{ name: "WORDPRESS_SITE_MOVED_FROM", value: movedFrom }]),
    { name: "WORDPRESS_SITE_TITLE", value: asWritten(admin.title) },
    { name: "WORDPRESS_SITE_LANGUAGE", value: language },
    { name: "WORDPRESS_SITE_TIMEZONE", value: timezone },
    { name: "WORDPRESS_SITE_PERMALINKS", value: permalinks },
    { name: "WORDPRESS_ADMIN_USER", value: admin.user },
    { name: "WORDPRESS_ADMIN_EMAIL", value: admin.email },
    { name: "WORDPRESS_ADMIN_PASSWORD_FILE", value: "/run/secrets/wordpress/admin/password" },
  ];
}

const own =
  /^(MAGICK_(MEMORY|MAP|DISK|THREAD)_LIMIT|WORDPRESS_(CONTENT|EXTENSIONS|DB_(HOST|NAME|USER|TLS|PERSISTENT|PASSWORD(_FILE)?)|((SECURE_)?AUTH|LOGGED_IN|NONCE)_(KEY|SALT)(_FILE)?|CONFIG_EXTRA|SERVICE|SMTP_(HOST|PORT|TLS|USER|PASSWORD_FILE|FROM(_NAME)?|CA_FILE)|SITE_(URL|MOVED_FROM|TITLE|LANGUAGE|TIMEZONE|PERMALINKS)|ADMIN_(USER|EMAIL|PASSWORD_FILE))|PAGE_CACHE(_TOKEN_FILE)?)$/;

/** Whether the pods have the variable already; the API server refuses a second one of the same name. */
export function isOwnVariable(name: string): boolean {
  return own.test(name);
}

function isEncrypted({ tls, certificateAuthority, certificateAuthoritySecretName }: Database): boolean {
  return tls ?? (certificateAuthority !== undefined || certificateAuthoritySecretName !== undefined);
}

/** Run as a text of its own, so that no `return` or `?>` in it ends what comes after; `__DIR__` stays wp-config.php's. */
const runExtraConfig = "eval('?>' . file_get_contents('/etc/wordpress/extra-config.php'));";

/** PHP run as part of wp-config.php: the lines asked for, then every constant that they have not defined. */
function configLines(settings: WordPressSettings): pulumi.Output<string> {
  const { content, internetAccess, database, extraConfig } = settings;
  return pulumi.output(settings.url).apply((address) => {
    const constants: Record<string, string> = {
      WP_HOME: `'${address}'`,
      WP_SITEURL: `'${address}'`,
      FORCE_SSL_ADMIN: "true",
      // A CronJob does it, so that no visitor waits for it.
      DISABLE_WP_CRON: "true",
      DISALLOW_FILE_EDIT: "true",
      // Core comes with the image; the provisioning Job brings it to the volume.
      WP_AUTO_UPDATE_CORE: "false",
      ...(content === "image" ? { DISALLOW_FILE_MODS: "true" } : {}),
      // Where packets are dropped, every call out would have its page wait until it gives up.
      ...(internetAccess ? {} : { WP_HTTP_BLOCK_EXTERNAL: "true" }),
      ...(isEncrypted(database)
        ? { MYSQL_CLIENT_FLAGS: "MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT" }
        : {}),
    };
    const lines = Object.entries(constants).map(
      ([name, value]) => `defined('${name}') || define('${name}', ${value});`,
    );
    return [...(extraConfig.length > 0 ? [runExtraConfig] : []), ...lines].join("\n");
  });
}
