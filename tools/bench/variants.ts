import type { Variant } from "./control-pods.ts";

/** A variant that is measured for its effect. */
export interface Candidate extends Variant {
  /** What differs, in a few words. */
  what: string;
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
  const [block] = /^Listen [\s\S]*?<\/Directory>\n/m.exec(conf) ?? [];
  if (block === undefined) throw new Error("the site's apache.conf has no /-/ready any more");
  return block;
}

const noPersistence = [{ name: "WORDPRESS_DB_PERSISTENT", value: "" }];

/** The official image's settings, in pods that are otherwise the site's. */
export const stock: Candidate = {
  name: "stock",
  what: "the official image's settings",
  files: {
    "php.ini": (site) => `${stockPhpIni}${trustOf(site)}\n`,
    "apache.conf": (site) => `${readyPageOf(site)}ServerName localhost\n${stockMpm}`,
  },
  env: noPersistence,
};

/** The site's own settings. */
export const site: Candidate = { name: "site", what: "the site's settings" };

/** What the drop-in of ADR 9 is worth, by leaving it out. */
export const connectionPerPage: Candidate = {
  name: "connection-per-page",
  what: "no page finds a connection to the database",
  env: noPersistence,
};
