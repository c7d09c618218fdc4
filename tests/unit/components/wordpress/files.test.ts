import { readFileSync } from "node:fs";
import { output } from "@pulumi/pulumi";
import { expect } from "chai";
import { withDefaults } from "../../../../components/defaults.ts";
import { wordpressDefaults } from "../../../../components/wordpress/defaults.ts";
import { filePlaces, podFiles } from "../../../../components/wordpress/files.ts";
import type { WordPressArgs } from "../../../../components/wordpress/index.ts";
import { resolved } from "../harness.ts";
import { args } from "./fixture.ts";

/*
 * What this cannot prove: that PHP and bash accept the files. tests/e2e runs them; which addresses Apache opens and denies
 * by them is asked of Apache itself, in tests/e2e/http.
 */

/** The files' texts. */
const files = (changes: Partial<WordPressArgs> = {}): Promise<Record<string, string>> =>
  resolved(output(podFiles(withDefaults({ ...args, ...changes }, wordpressDefaults))));
const lines = (file: string | undefined) => (file ?? "").split("\n").map((line) => line.trim());

/** The value of an Apache directive that stands once in the file. */
function directive(file: string | undefined, name: string): string {
  const found = lines(file).filter((line) => line.startsWith(`${name} `));
  expect(found, name).to.have.length(1);
  return (found[0] as string).slice(name.length + 1);
}

describe("podFiles", () => {
  it("are exactly these", async () => {
    expect(Object.keys(await files())).to.deep.equal([
      "provision.sh",
      "unpack.sh",
      "install.php",
      "site-settings.php",
      "extensions.php",
      "activate.php",
      "move.php",
      "addresses.php",
      "command.php",
      "cron.php",
      "site-request.php",
      "await-code.php",
      "database.php",
      "ready.php",
      "db.php",
      "remoteip.conf",
      "must-use-hardening.php",
      "must-use-loopback.php",
      "must-use-newer-schema.php",
      "must-use-outgoing-mail.php",
      "must-use-site-health.php",
      "apache.conf",
      "php.ini",
    ]);
    expect(filePlaces).to.deep.equal({
      "apache.conf": "/etc/apache2/conf-enabled/zz-wordpress.conf",
      "remoteip.conf": "/etc/apache2/conf-available/remoteip.conf",
      "php.ini": "/usr/local/etc/php/conf.d/zz-wordpress.ini",
    });
  });

  it("hold lines for wp-config.php as they are, counted from one", async () => {
    const extraConfig = ["define('A', $_ENV['B'] ?? $$c);", "return;"];
    const { "extra-config.php": text } = await files({ extraConfig });
    expect(text).to.equal(`<?php ${extraConfig.join("\n")}\n`);
  });

  it("hold further must-use plugins under names by which unpack.sh places them", async () => {
    const made = await files({ mustUsePlugins: { "page-cache.php": "<?php" } });
    expect(made).to.have.property("must-use-page-cache.php", "<?php");
    expect(made["unpack.sh"]).to.include("for plugin in /etc/wordpress/must-use-*.php");
  });

  it("hold the scripts as they are in the checkout", async () => {
    const made = await files();
    for (const name of [
      "provision.sh",
      "unpack.sh",
      "install.php",
      "site-settings.php",
      "extensions.php",
      "activate.php",
      "move.php",
      "addresses.php",
      "command.php",
      "cron.php",
      "site-request.php",
      "await-code.php",
      "database.php",
      "ready.php",
      "db.php",
      "must-use-hardening.php",
      "must-use-loopback.php",
      "must-use-newer-schema.php",
      "must-use-outgoing-mail.php",
      "must-use-site-health.php",
    ]) {
      const file = name.replace(/^must-use-/, "");
      const source = new URL(`../../../../components/wordpress/files/${file}`, import.meta.url);
      expect(made[name]).to.equal(readFileSync(source, "utf8"));
    }
  });

  it("contain every script one of them calls", async () => {
    const made = await files({ extraConfig: ["1;"] });
    const called = Object.values(made).flatMap((file) =>
      [...file.matchAll(/\/etc\/wordpress\/([\w.-]+\.(?:php|sh))/g)].map(([, name]) => name),
    );
    expect(new Set(called)).to.have.property("size").that.is.greaterThan(3);
    expect(Object.keys(made)).to.include.members(called);
  });
});

describe("php.ini", () => {
  it("is exactly this", async () => {
    const settings = lines((await files())["php.ini"]).filter((line) => !line.startsWith(";"));
    expect(settings).to.deep.equal([
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
      "auto_prepend_file = /etc/wordpress/await-code.php",
      "realpath_cache_ttl = 10",
      "",
    ]);
  });

  it("has nothing to wait for where each pod has code of its own", async () => {
    const ini = (await files({ content: "image" }))["php.ini"];
    expect(ini).not.to.include("auto_prepend_file");
    // And nobody forgets where a Secret's files were.
    expect(ini).to.include("realpath_cache_size = 0");
  });

  it("takes its figures and further lines from the arguments", async () => {
    const made = await files({
      php: {
        memoryLimit: "256Mi",
        uploadMaxSize: "512Mi",
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

  it("is a file PHP trusts beside the system's own, when there is one", async () => {
    const made = await files({ database });
    expect(made["database-ca.crt"]).to.equal("-----BEGIN CERTIFICATE-----\n");
    expect(lines(made["php.ini"]).slice(-3)).to.deep.equal([
      "openssl.cafile = /etc/wordpress/database-ca.crt",
      "openssl.capath = /etc/ssl/certs",
      "",
    ]);
  });

  it("is the Secret's file when it is in a Secret", async () => {
    const made = await files({ database: { ...args.database, certificateAuthoritySecretName: "db-tls" } });
    expect(made).not.to.have.property("database-ca.crt");
    expect(lines(made["php.ini"])).to.include("openssl.cafile = /run/secrets/wordpress/database-ca/ca.crt");
  });

  it("is what the scripts' connections are checked with", async () => {
    expect((await files())["database.php"]).to.include(
      "getenv('WORDPRESS_DB_TLS') ? MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT : 0",
    );
  });
});

describe("the mail server's certificate authority", () => {
  it("is a file, when there is one", async () => {
    const smtp = { host: "smtp.mail.svc", fromAddress: "a@example.com", certificateAuthority: "-----BEGIN" };
    expect(await files({ smtp })).to.have.property("smtp-ca.crt", "-----BEGIN");
    expect(await files()).not.to.have.property("smtp-ca.crt");
  });
});

describe("apache.conf", () => {
  it("follows PHP's limits", async () => {
    const conf = (
      await files({
        php: { uploadMaxSize: "2Mi", maxExecutionSeconds: 45 },
      })
    )["apache.conf"];
    expect(directive(conf, "Timeout")).to.equal("45");
    expect(directive(conf, "GracefulShutdownTimeout")).to.equal("45");
    expect(directive(conf, "php_value")).to.equal("mysqlnd.net_read_timeout 45");
    expect(directive(conf, "LimitRequestBody")).to.equal(String(10 * 1024 * 1024));
  });

  it("runs as many workers as asked, with a few to spare", async () => {
    const workers = async (maxRequestWorkers: number) => {
      const conf = (await files({ maxRequestWorkers }))["apache.conf"];
      return ["StartServers", "MinSpareServers", "MaxSpareServers", "ServerLimit", "MaxRequestWorkers"].map(
        (name) => Number(directive(conf, name)),
      );
    };
    expect(await workers(8)).to.deep.equal([2, 2, 8, 8, 8]);
    expect(await workers(1)).to.deep.equal([1, 1, 1, 1, 1]);
  });

  it("closes xmlrpc.php unless it is wanted", async () => {
    const closed = '<LocationMatch "^/xmlrpc\\.php(/|$)">\nRequire all denied\n</LocationMatch>';
    expect(lines((await files())["apache.conf"]).join("\n")).to.include(closed);
    expect(lines((await files({ xmlrpc: true }))["apache.conf"]).join("\n")).not.to.include(closed);
  });

  it("names the site by scheme, host and port, for the redirects Apache makes by itself", async () => {
    const names = async (url: string) =>
      lines((await files({ url }))["apache.conf"]).filter((line) => line.startsWith("ServerName https:"));
    expect(await names("https://blog.example.com")).to.deep.equal([
      "ServerName https://blog.example.com:443",
    ]);
    expect(await names("https://b.example.com:8443")).to.deep.equal([
      "ServerName https://b.example.com:8443",
    ]);
  });

  it("serves readiness on the kubelet's port only, and runs no PHP from the uploads", async () => {
    const conf = lines((await files())["apache.conf"]).join("\n");
    expect(conf).to.include(
      "Listen 81\n<VirtualHost *:81>\nAlias /-/ready /etc/wordpress/ready.php\n</VirtualHost>\n",
    );
    expect(conf).to.include(
      '<Directory /var/www/html/wp-content/uploads>\n<FilesMatch "\\.(php|phar|phtml)$">\nRequire all denied',
    );
  });

  it("takes the visitor for whom Traefik and the page cache name, and whom trusted proxies name", async () => {
    const { "remoteip.conf": own } = await files();
    expect(directive(own, "RemoteIPHeader")).to.equal("X-Forwarded-For");
    expect(directive(own, "RemoteIPInternalProxy")).to.equal(
      "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 169.254.0.0/16 127.0.0.0/8 fc00::/7 ::1",
    );
    expect((await files())["apache.conf"]).not.to.include("RemoteIPTrustedProxy");
    const trustedProxies = ["203.0.113.0/24", "2001:db8::/32"];
    expect(directive((await files({ trustedProxies }))["apache.conf"], "RemoteIPTrustedProxy")).to.equal(
      "203.0.113.0/24 2001:db8::/32",
    );
  });

  it("closes what it opens", async () => {
    const conf = (await files({ trustedProxies: ["203.0.113.0/24"] }))["apache.conf"] ?? "";
    const opened = [...conf.matchAll(/<([A-Z]\w+) /gi)].map(([, name]) => name);
    const closed = [...conf.matchAll(/<\/(\w+)>/g)].map(([, name]) => name);
    expect(opened.sort()).to.deep.equal(closed.sort());
    expect(opened.length).to.be.greaterThan(4);
  });
});
