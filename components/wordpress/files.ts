import { readFileSync } from "node:fs";
import type { Input } from "@pulumi/pulumi";
import type { WordPressArgs } from "./args.ts";

/** Scripts and settings of the pods, by file name; mounted from one ConfigMap. */
export function podFiles(args: WordPressArgs): Record<string, Input<string>> {
  const { certificateAuthority } = args.database;
  return {
    ...(certificateAuthority === undefined ? {} : { "database-ca.crt": certificateAuthority }),
    "provision.sh": script("provision.sh"),
    "unpack.sh": script("unpack.sh"),
    "install.php": script("install.php"),
    "database.php": script("database.php"),
    "ready.php": script("ready.php"),
    "hardening.php": script("hardening.php"),
    "db.php": script("db.php"),
    ...mustUsePlugins(args),
    "apache.conf": apacheConf(args),
    "remoteip.conf": remoteIpConf,
    "php.ini": phpIni(args),
  };
}

/** Where the pods find each file that is not simply in /etc/wordpress. */
export const filePlaces: Record<string, string> = {
  "apache.conf": "/etc/apache2/conf-enabled/zz-wordpress.conf",
  // In the place of the official image's own, whose first entry for an address decides.
  "remoteip.conf": "/etc/apache2/conf-available/remoteip.conf",
  "php.ini": "/usr/local/etc/php/conf.d/zz-wordpress.ini",
};

/** Under a prefix by which unpack.sh knows them. */
function mustUsePlugins({ mustUsePlugins: plugins = {} }: WordPressArgs): Record<string, Input<string>> {
  return Object.fromEntries(Object.entries(plugins).map(([name, code]) => [`must-use-${name}`, code]));
}

function script(name: string): string {
  return readFileSync(new URL(`./files/${name}`, import.meta.url), "utf8");
}

/** Where the pods find the authority of the database's certificate; undefined when there is none. */
function authorityFile({ database }: WordPressArgs): string | undefined {
  if (database.certificateAuthoritySecretName !== undefined) return `${authorityFolder}/ca.crt`;
  return database.certificateAuthority === undefined ? undefined : "/etc/wordpress/database-ca.crt";
}

/** Where the pods find it when it is in a Secret. */
export const authorityFolder = "/run/secrets/wordpress/database-ca";

function phpIni(args: WordPressArgs): string {
  const { php } = args;
  const authority = authorityFile(args);
  return `${[
    `memory_limit = ${php.memoryLimitMebibytes}M`,
    `upload_max_filesize = ${php.uploadMaxMebibytes}M`,
    // A form holds more than its file.
    `post_max_size = ${php.uploadMaxMebibytes + 8}M`,
    `max_execution_time = ${php.maxExecutionSeconds}`,
    `max_input_time = ${php.maxExecutionSeconds}`,
    "expose_php = Off",
    "opcache.memory_consumption = 128",
    "opcache.interned_strings_buffer = 16",
    "opcache.max_accelerated_files = 20000",
    // Code changes under a shared webroot without a restart: look again after this many seconds.
    "opcache.revalidate_freq = 10",
    "realpath_cache_size = 4096K",
    "realpath_cache_ttl = 600",
    // PHP's own trust store stays the system's folder; the database's authority comes beside it.
    ...(authority === undefined ? [] : [`openssl.cafile = ${authority}`, "openssl.capath = /etc/ssl/certs"]),
    ...php.extraIni,
  ].join("\n")}\n`;
}

/**
 * Traefik and the page cache are pods, and the NetworkPolicies let nobody else in: an address of a private network is
 * theirs, or that of a visitor from within.
 */
const remoteIpConf = `RemoteIPHeader X-Forwarded-For
RemoteIPInternalProxy 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 169.254.0.0/16 127.0.0.0/8 fc00::/7 ::1
`;

function apacheConf({ php, maxRequestWorkers, xmlrpc, trustedProxies }: WordPressArgs): string {
  const spare = Math.min(2, maxRequestWorkers);
  const proxies =
    trustedProxies.length === 0
      ? ""
      : `<IfModule remoteip_module>
  RemoteIPTrustedProxy ${trustedProxies.join(" ")}
</IfModule>
`;
  return `# The readiness page, for the kubelet only: whatever came through Traefik carries X-Forwarded-Host.
Alias /-/ready /etc/wordpress/ready.php
<Directory /etc/wordpress>
  Require all denied
  <Files ready.php>
    Require expr "-z %{HTTP:X-Forwarded-Host}"
  </Files>
</Directory>
${
  xmlrpc
    ? ""
    : `<Files xmlrpc.php>
  Require all denied
</Files>
`
}<Directory /var/www/html/wp-content/uploads>
  <FilesMatch "\\.(php|phar|phtml)$">
    Require all denied
  </FilesMatch>
</Directory>
<FilesMatch "^\\.(?!htaccess)|^(wp-config|readme|license)">
  Require all denied
</FilesMatch>
# Folders too: a checkout's .git, what an interrupted update has left.
<LocationMatch "/\\.(?!well-known(/|$))">
  Require all denied
</LocationMatch>

# Every address that is no file is WordPress' to answer; a .htaccess in the webroot has the last word.
<Directory /var/www/html>
  RewriteEngine On
  RewriteRule ^index\\.php$ - [L]
  RewriteCond %{REQUEST_FILENAME} !-f
  RewriteCond %{REQUEST_FILENAME} !-d
  RewriteRule . /index.php [L]
</Directory>

${proxies}ServerName localhost
ServerTokens Prod
ServerSignature Off
Timeout ${php.maxExecutionSeconds}
# After SIGWINCH, requests under way may take this long.
GracefulShutdownTimeout ${php.maxExecutionSeconds}
LimitRequestBody ${(php.uploadMaxMebibytes + 8) * 2 ** 20}
# An idle kept-alive connection would hold one of the few workers, and closing it races with Traefik's next request.
KeepAlive Off
<IfModule mpm_prefork_module>
  StartServers ${spare}
  MinSpareServers ${spare}
  MaxSpareServers ${maxRequestWorkers}
  ServerLimit ${maxRequestWorkers}
  MaxRequestWorkers ${maxRequestWorkers}
  MaxConnectionsPerChild 2000
</IfModule>
# No page waits longer for a database that has gone without a word; PHP would for a day. Jobs may, for a slow ALTER TABLE.
<IfModule php_module>
  php_value mysqlnd.net_read_timeout ${php.maxExecutionSeconds}
</IfModule>
`;
}
