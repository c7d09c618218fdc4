import type { Variant } from "./control-pods.ts";
import type { ServerSetting } from "./mysql.ts";

/** A variant that is measured for its effect. */
export interface Candidate extends Variant {
  /** What differs, in a few words. */
  what: string;
  /** Variant it is measured against, when other than the site's own settings. */
  base?: string;
}

/** docker-library/wordpress writes these into its php folder (opcache-recommended.ini, error-logging.ini apart). */
const stockPhpIni = `opcache.memory_consumption = 128
opcache.interned_strings_buffer = 8
opcache.max_accelerated_files = 4000
opcache.revalidate_freq = 2
`;

/** Debian's mpm_prefork.conf and apache2.conf, which the official image has too. */
const stockMpm = `Timeout 300
KeepAlive On
MaxKeepAliveRequests 100
KeepAliveTimeout 5
<IfModule mpm_prefork_module>
  StartServers 5
  MinSpareServers 5
  MaxSpareServers 10
  MaxRequestWorkers 150
  MaxConnectionsPerChild 0
</IfModule>
`;

/** The certificate's authority stays: without it there is no connection to this database. */
const trustOf = (ini: string) =>
  ini
    .split("\n")
    .filter((line) => line.startsWith("openssl."))
    .join("\n");

/** The page for the kubelet stays as well; all else is the image's. */
function readyPageOf(conf: string): string {
  const [block] = /^Alias \/-\/ready [\s\S]*?<\/Directory>\n/m.exec(conf) ?? [];
  if (block === undefined) throw new Error("the site's apache.conf has no /-/ready any more");
  return block;
}

const connectionPerPage = [{ name: "WORDPRESS_DB_PERSISTENT", value: "" }];

/** The official image's settings, in pods that are otherwise the site's. */
export const stock: Candidate = {
  name: "stock",
  what: "the official image's settings",
  files: {
    "php.ini": (site) => `${stockPhpIni}${trustOf(site)}\n`,
    "apache.conf": (site) => `${readyPageOf(site)}ServerName localhost\n${stockMpm}`,
  },
  env: connectionPerPage,
};

/** The site's own settings. */
export const site: Candidate = { name: "site", what: "the site's settings" };

/** Adds lines to a file; later lines win. */
const plus =
  (...lines: string[]) =>
  (text: string) =>
    `${text}${lines.join("\n")}\n`;

/** The site's settings with lines added to php.ini. */
function withPhp(name: string, what: string, ...lines: string[]): Candidate {
  return { name, what, files: { "php.ini": plus(...lines) } };
}

/** The site's settings with lines added to Apache's. */
function withApache(name: string, what: string, ...lines: string[]): Candidate {
  return { name, what, files: { "apache.conf": plus(...lines) } };
}

/**
 * Fewer questions to the database for the same page: options that may be missing are asked for together, which
 * WordPress otherwise does one by one, and queries whose condition can never hold are answered without it.
 */
const fewerQueries = {
  "must-use-fewer-queries.php": `<?php
add_action('muplugins_loaded', function () {
    $patterns = 'wp_theme_files_patterns-' . md5(WP_CONTENT_DIR . '/themes/' . get_option('stylesheet'));
    wp_prime_option_caches([
        'WPLANG', 'theme_switched', 'can_compress_scripts', 'https_migration_required', 'site_logo',
        "_site_transient_$patterns", "_site_transient_timeout_$patterns",
    ]);
});
add_filter('posts_pre_query', function ($posts, $query) {
    return $posts === null && preg_match('/ AND \\(\\s*0 = 1\\s*\\)/', $query->request) ? [] : $posts;
}, 10, 2);
`,
};

// The database's full name has four dots: with five wanted, the resolver tries three longer names first.
const ndots = { dnsConfig: { options: [{ name: "ndots", value: "1" }] } };
const largeOpcache = ["opcache.memory_consumption = 256", "opcache.interned_strings_buffer = 32"];
const jit = ["opcache.jit_buffer_size = 64M", "opcache.jit = tracing"];
const noTimestamps = ["opcache.validate_timestamps = 0"];
const fileOverride = ["opcache.enable_file_override = 1"];
const hugePages = ["opcache.huge_code_pages = 1"];
const hugePagesEnv = [{ name: "USE_ZEND_ALLOC_HUGE_PAGES", value: "1" }];
const noHtaccess = ["<Directory /var/www/html>", "  AllowOverride None", "</Directory>"];

/** Settings that might pay, each on top of the site's; and what some of the site's own are worth, by undoing them. */
export const candidates: Candidate[] = [
  withPhp("opcache-256", "OPcache of 256 MiB, 32 of it for strings", ...largeOpcache),
  withPhp("jit", "tracing JIT, 64 MiB", ...jit),
  withPhp("no-timestamps", "OPcache never looks at the files again", ...noTimestamps),
  withPhp("file-override", "OPcache answers whether a file exists", ...fileOverride),
  {
    ...withPhp("huge-pages", "huge pages for PHP's code and memory", ...hugePages),
    env: hugePagesEnv,
  },
  withPhp(
    "small-realpath-cache",
    "realpath cache of 16 KiB for 2 minutes, the site's is 4 MiB for 10",
    "realpath_cache_size = 16K",
    "realpath_cache_ttl = 120",
  ),
  withApache("two-workers", "two Apache workers, one for each core", "StartServers 2", "MaxRequestWorkers 2"),
  withApache(
    "keep-alive",
    "connections kept alive, which would hold the few workers of a pod",
    "KeepAlive On",
  ),
  withApache("no-htaccess", "Apache looks for no .htaccess", ...noHtaccess),
  { name: "ndots", what: "the database's name is asked for as it is", spec: ndots },
  { name: "code-on-node", what: "code in a folder of the node, not on the shared volume", codeOnNode: true },
  { name: "connection-per-page", what: "no page finds a connection to the database", env: connectionPerPage },
  {
    name: "fewer-queries",
    what: "missing options asked for together, impossible queries not at all",
    codeOnNode: true,
    files: fewerQueries,
    base: "code-on-node",
  },
  {
    name: "together",
    what: "all of these but keep-alive, two-workers, small-realpath-cache and connection-per-page",
    codeOnNode: true,
    spec: ndots,
    env: hugePagesEnv,
    files: {
      ...fewerQueries,
      "php.ini": plus(...largeOpcache, ...jit, ...noTimestamps, ...fileOverride, ...hugePages),
      "apache.conf": plus(...noHtaccess),
    },
  },
];

const variable = (name: string) => ({
  read: `SELECT @@GLOBAL.${name}`,
  write: (value: string) => `SET GLOBAL ${name} = ${value}`,
});

/** Settings of MySQL that can be changed while it runs, under the site's own pod. */
export const serverSettings: ServerSetting[] = [
  {
    name: "mysql-stock-pool",
    what: "MySQL's own buffer pool of 128 MiB",
    ...variable("innodb_buffer_pool_size"),
    value: `${128 * 2 ** 20}`,
  },
  {
    name: "mysql-hash-index",
    what: "MySQL's adaptive hash index",
    ...variable("innodb_adaptive_hash_index"),
    value: "1",
  },
  {
    name: "mysql-no-instruments",
    what: "MySQL measures nothing of itself",
    read: "SELECT ENABLED FROM performance_schema.setup_consumers WHERE NAME = 'global_instrumentation'",
    write: (value) =>
      `UPDATE performance_schema.setup_consumers SET ENABLED = '${value}' WHERE NAME = 'global_instrumentation'`,
    value: "NO",
  },
];
