import { readFileSync } from "node:fs";
import { expect } from "chai";
import { filePlaces, podFiles } from "../../../../components/wordpress/files.ts";
import type { WordPressArgs } from "../../../../components/wordpress/index.ts";
import { args } from "./fixture.ts";

/* What this cannot prove: that Apache, PHP and bash accept the files. tests/e2e runs them. */

/** The files' texts; none of the arguments here is an output. */
const files = (changes: Partial<WordPressArgs> = {}) =>
  podFiles({ ...args, ...changes }) as Record<string, string>;
const lines = (file: string | undefined) => (file ?? "").split("\n").map((line) => line.trim());

/** The value of an Apache directive that stands once in the file. */
function directive(file: string | undefined, name: string): string {
  const found = lines(file).filter((line) => line.startsWith(`${name} `));
  expect(found, name).to.have.length(1);
  return (found[0] as string).slice(name.length + 1);
}

describe("podFiles", () => {
  it("are exactly these", () => {
    expect(Object.keys(files())).to.deep.equal([
      "provision.sh",
      "unpack.sh",
      "install.php",
      "database.php",
      "ready.php",
      "hardening.php",
      "db.php",
      "apache.conf",
      "remoteip.conf",
      "php.ini",
    ]);
    expect(filePlaces).to.deep.equal({
      "apache.conf": "/etc/apache2/conf-enabled/zz-wordpress.conf",
      "remoteip.conf": "/etc/apache2/conf-available/remoteip.conf",
      "php.ini": "/usr/local/etc/php/conf.d/zz-wordpress.ini",
    });
  });

  it("hold further must-use plugins under names by which unpack.sh places them", () => {
    const made = files({ mustUsePlugins: { "page-cache.php": "<?php" } });
    expect(made).to.have.property("must-use-page-cache.php", "<?php");
    expect(made["unpack.sh"]).to.include("for plugin in /etc/wordpress/must-use-*.php");
  });

  it("hold the scripts as they are in the checkout", () => {
    const made = files();
    for (const name of [
      "provision.sh",
      "unpack.sh",
      "install.php",
      "database.php",
      "ready.php",
      "hardening.php",
      "db.php",
    ]) {
      const source = new URL(`../../../../components/wordpress/files/${name}`, import.meta.url);
      expect(made[name]).to.equal(readFileSync(source, "utf8"));
    }
  });

  it("contain every script one of them calls", () => {
    const made = files();
    const called = Object.values(made).flatMap((file) =>
      [...file.matchAll(/\/etc\/wordpress\/([\w.-]+\.(?:php|sh))/g)].map(([, name]) => name),
    );
    expect(new Set(called)).to.have.property("size").that.is.greaterThan(3);
    expect(Object.keys(made)).to.include.members(called);
  });
});

describe("php.ini", () => {
  it("is exactly this", () => {
    expect(files()["php.ini"]).to.equal(
      [
        "memory_limit = 128M",
        "upload_max_filesize = 64M",
        "post_max_size = 72M",
        "max_execution_time = 60",
        "max_input_time = 60",
        "expose_php = Off",
        "opcache.memory_consumption = 128",
        "opcache.interned_strings_buffer = 16",
        "opcache.max_accelerated_files = 20000",
        "opcache.revalidate_freq = 10",
        "realpath_cache_size = 4096K",
        "realpath_cache_ttl = 600",
        "",
      ].join("\n"),
    );
  });

  it("takes its figures and further lines from the arguments", () => {
    const made = files({
      php: {
        memoryLimitMebibytes: 256,
        uploadMaxMebibytes: 512,
        maxExecutionSeconds: 300,
        extraIni: ["date.timezone = Europe/Berlin"],
      },
    });
    expect(lines(made["php.ini"]).slice(0, 5)).to.deep.equal([
      "memory_limit = 256M",
      "upload_max_filesize = 512M",
      "post_max_size = 520M",
      "max_execution_time = 300",
      "max_input_time = 300",
    ]);
    // Last, so that it wins over ours.
    expect(made["php.ini"]).to.match(/\ndate\.timezone = Europe\/Berlin\n$/);
  });
});

describe("the database's certificate authority", () => {
  const database = { ...args.database, certificateAuthority: "-----BEGIN CERTIFICATE-----\n" };

  it("is a file PHP trusts beside the system's own, when there is one", () => {
    const made = files({ database });
    expect(made["database-ca.crt"]).to.equal("-----BEGIN CERTIFICATE-----\n");
    expect(lines(made["php.ini"]).slice(-3)).to.deep.equal([
      "openssl.cafile = /etc/wordpress/database-ca.crt",
      "openssl.capath = /etc/ssl/certs",
      "",
    ]);
  });

  it("is the Secret's file when it is in a Secret", () => {
    const made = files({ database: { ...args.database, certificateAuthoritySecretName: "db-tls" } });
    expect(made).not.to.have.property("database-ca.crt");
    expect(lines(made["php.ini"])).to.include("openssl.cafile = /run/secrets/wordpress/database-ca/ca.crt");
  });

  it("is what the scripts' connections are checked with", () => {
    expect(files()["database.php"]).to.include(
      "getenv('WORDPRESS_DB_TLS') ? MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT : 0",
    );
  });
});

describe("apache.conf", () => {
  it("follows PHP's limits", () => {
    const conf = files({
      php: { memoryLimitMebibytes: 128, uploadMaxMebibytes: 2, maxExecutionSeconds: 45, extraIni: [] },
    })["apache.conf"];
    expect(directive(conf, "Timeout")).to.equal("45");
    expect(directive(conf, "GracefulShutdownTimeout")).to.equal("45");
    expect(directive(conf, "php_value")).to.equal("mysqlnd.net_read_timeout 45");
    expect(directive(conf, "LimitRequestBody")).to.equal(String(10 * 1024 * 1024));
  });

  it("runs as many workers as asked, with a few to spare", () => {
    const workers = (maxRequestWorkers: number) => {
      const conf = files({ maxRequestWorkers })["apache.conf"];
      return ["StartServers", "MinSpareServers", "MaxSpareServers", "ServerLimit", "MaxRequestWorkers"].map(
        (name) => Number(directive(conf, name)),
      );
    };
    expect(workers(8)).to.deep.equal([2, 2, 8, 8, 8]);
    expect(workers(1)).to.deep.equal([1, 1, 1, 1, 1]);
  });

  it("closes xmlrpc.php unless it is wanted", () => {
    const closed = "<Files xmlrpc.php>\nRequire all denied\n</Files>";
    expect(lines(files()["apache.conf"]).join("\n")).to.include(closed);
    expect(files({ xmlrpc: true })["apache.conf"]).not.to.include("xmlrpc");
  });

  it("serves readiness to the kubelet only, and runs no PHP from the uploads", () => {
    const conf = lines(files()["apache.conf"]).join("\n");
    expect(conf).to.include("Alias /-/ready /etc/wordpress/ready.php\n");
    expect(conf).to.include('<Files ready.php>\nRequire expr "-z %{HTTP:X-Forwarded-Host}"\n</Files>');
    expect(conf).to.include(
      '<Directory /var/www/html/wp-content/uploads>\n<FilesMatch "\\.(php|phar|phtml)$">\nRequire all denied',
    );
  });

  it("hides the files that tell about the installation, and only those", () => {
    const patterns = [...(files()["apache.conf"] ?? "").matchAll(/<FilesMatch "(.+)">/g)].map(
      ([, pattern]) => new RegExp(pattern as string),
    );
    const hidden = (name: string) => patterns.some((pattern) => pattern.test(name));
    const secret = ["wp-config.php", "wp-config-docker.php", "readme.html", "license.txt", ".env", ".git"];
    expect(secret.filter((name) => !hidden(name))).to.deep.equal([]);
    expect([".htaccess", "index.html", "style.css", "my-readme.html"].filter(hidden)).to.deep.equal([]);
  });

  it("hides folders that begin with a dot, but for the one certificates need", () => {
    const [, pattern = ""] = /<LocationMatch "(.+)">/.exec(files()["apache.conf"] ?? "") ?? [];
    const hidden = (path: string) => new RegExp(pattern).test(path);
    const secret = ["/.git/config", "/wp-content/.git/HEAD", "/.upgrade-7.1.0/wp-login.php", "/.env"];
    expect(secret.filter((path) => !hidden(path))).to.deep.equal([]);
    const open = ["/", "/.well-known/acme-challenge/x", "/2026/a.b/c.css", "/-/ready"];
    expect(open.filter(hidden)).to.deep.equal([]);
  });

  it("takes the visitor for whom Traefik and the page cache name, and whom trusted proxies name", () => {
    expect(files()["remoteip.conf"]).to.equal(
      "RemoteIPHeader X-Forwarded-For\nRemoteIPInternalProxy 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 169.254.0.0/16 127.0.0.0/8 fc00::/7 ::1\n",
    );
    expect(files()["apache.conf"]).not.to.include("RemoteIP");
    const trustedProxies = ["203.0.113.0/24", "2001:db8::/32"];
    expect(directive(files({ trustedProxies })["apache.conf"], "RemoteIPTrustedProxy")).to.equal(
      "203.0.113.0/24 2001:db8::/32",
    );
  });

  it("closes what it opens", () => {
    const conf = files({ trustedProxies: ["203.0.113.0/24"] })["apache.conf"] ?? "";
    const opened = [...conf.matchAll(/<([A-Z]\w+) /gi)].map(([, name]) => name);
    const closed = [...conf.matchAll(/<\/(\w+)>/g)].map(([, name]) => name);
    expect(opened.sort()).to.deep.equal(closed.sort());
    expect(opened.length).to.be.greaterThan(4);
  });
});
