import type { Variant } from "./control-pods.ts";

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
const readyPageOf = (conf: string) => conf.slice(0, conf.indexOf("</Directory>") + "</Directory>\n".length);

/** The official image's settings, in pods that are otherwise the site's. */
export const stock: Variant = {
  name: "stock",
  files: {
    "php.ini": (site) => `${stockPhpIni}${trustOf(site)}\n`,
    "apache.conf": (site) => `${readyPageOf(site)}ServerName localhost\n${stockMpm}`,
  },
};

/** The site's own settings. */
export const site: Variant = { name: "site" };

/** The site's settings with lines added to php.ini. */
export function withPhp(name: string, ...lines: string[]): Variant {
  return { name, files: { "php.ini": (text) => `${text}${lines.join("\n")}\n` } };
}

/** The site's settings with lines added to Apache's. */
export function withApache(name: string, ...lines: string[]): Variant {
  return { name, files: { "apache.conf": (text) => `${text}${lines.join("\n")}\n` } };
}

/** Connections to the database that outlive a page, by a drop-in. */
const persistent = `<?php
$wpdb = new class(DB_USER, DB_PASSWORD, DB_NAME, DB_HOST) extends wpdb {
    public function parse_db_host($host)
    {
        $parts = parent::parse_db_host($host);
        if ($parts) {
            $parts[0] = "p:$parts[0]";
        }
        return $parts;
    }
};
`;

const jit = ["opcache.jit_buffer_size = 64M", "opcache.jit = tracing"];

/** Settings that might pay, each on top of the site's. */
export const candidates: Variant[] = [
  // The database's full name has four dots: with five wanted, the resolver tries three longer names first.
  { name: "ndots", spec: { dnsConfig: { options: [{ name: "ndots", value: "2" }] } } },
  { name: "code-on-node", codeOnNode: true },
  { name: "persistent-connections", codeOnNode: true, database: persistent },
  withPhp("jit", ...jit),
  {
    ...withPhp("huge-pages", "opcache.huge_code_pages = 1"),
    env: [{ name: "USE_ZEND_ALLOC_HUGE_PAGES", value: "1" }],
  },
  withPhp("no-timestamps", "opcache.validate_timestamps = 0"),
  withPhp("file-override", "opcache.enable_file_override = 1"),
  withApache("no-htaccess", "<Directory /var/www/html>", "  AllowOverride None", "</Directory>"),
];
