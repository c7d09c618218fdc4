import * as pulumi from "@pulumi/pulumi";
import { mebibytes } from "../quantity.ts";
import { fileText, template } from "../template.ts";
import type { WordPressSettings } from "./args.ts";
import { bodyBytes, bodyMebibytes, requestWorkers } from "./sizing.ts";

const here = import.meta.url;

/** Port of the readiness page. */
export const readyPort = 81;

/** Files that are the same in every site. */
const fixed = [
  ...[
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
  ],
  ...["await-code.php", "database.php", "ready.php", "db.php", "remoteip.conf"],
];

/** The deployment's own must-use plugins. */
const ownPlugins = [
  "hardening.php",
  "loopback.php",
  "newer-schema.php",
  "outgoing-mail.php",
  "site-health.php",
];

/** Scripts and settings of the pods, by file name; mounted from one ConfigMap. */
export function podFiles(settings: WordPressSettings): Record<string, pulumi.Input<string>> {
  return {
    ...authority("database-ca.crt", settings.database.certificateAuthority),
    ...authority("smtp-ca.crt", settings.smtp?.certificateAuthority),
    ...Object.fromEntries(fixed.map((name) => [name, fileText(name, here)])),
    ...extraConfig(settings),
    ...mustUsePlugins(settings),
    "apache.conf": apacheConf(settings),
    "php.ini": phpIni(settings),
  };
}

function authority(
  name: string,
  pem: pulumi.Input<string> | undefined,
): Record<string, pulumi.Input<string>> {
  return pem === undefined ? {} : { [name]: pem };
}

/** On one line with the first, so that PHP counts them as the list does. */
function extraConfig({ extraConfig: list }: WordPressSettings): Record<string, pulumi.Input<string>> {
  const text = lines(list)?.apply((known) => `<?php ${known}\n`);
  return text === undefined ? {} : { "extra-config.php": text };
}

/** Where the pods find each file that is not simply in /etc/wordpress. */
export const filePlaces: Record<string, string> = {
  "apache.conf": "/etc/apache2/conf-enabled/zz-wordpress.conf",
  "remoteip.conf": "/etc/apache2/conf-available/remoteip.conf",
  "php.ini": "/usr/local/etc/php/conf.d/zz-wordpress.ini",
};

/** Under a prefix by which unpack.sh knows them. */
function mustUsePlugins({
  mustUsePlugins: further,
}: WordPressSettings): Record<string, pulumi.Input<string>> {
  const own = Object.fromEntries(ownPlugins.map((name) => [name, fileText(name, here)]));
  const plugins: Record<string, pulumi.Input<string>> = { ...own, ...further };
  return Object.fromEntries(Object.entries(plugins).map(([name, code]) => [`must-use-${name}`, code]));
}

/** Where the pods find the authority of the database's certificate when it is in a Secret. */
export const authorityFolder = "/run/secrets/wordpress/database-ca";

/** Where the pods find it; undefined when there is none. */
function authorityFile({ database }: WordPressSettings): string | undefined {
  if (database.certificateAuthoritySecretName !== undefined) return `${authorityFolder}/ca.crt`;
  return database.certificateAuthority === undefined ? undefined : "/etc/wordpress/database-ca.crt";
}

/** The workers of one pod, once their number is known. */
export function workers({ maxRequestWorkers, resources }: WordPressSettings): pulumi.Output<number> {
  return pulumi
    .all([maxRequestWorkers, resources.limits.memory])
    .apply(([most, memory]) =>
      requestWorkers({ maxRequestWorkers: most, resources: { limits: { memory } } }),
    );
}

function phpIni(settings: WordPressSettings): pulumi.Output<string> {
  const { php, content } = settings;
  const authority = authorityFile(settings);
  const uploads = pulumi.output(php.uploadMaxSize);
  return template("php.ini", here, {
    memoryLimit: pulumi.output(php.memoryLimit).apply(mebibytes),
    uploadMax: uploads.apply(mebibytes),
    bodyMax: uploads.apply(bodyMebibytes),
    longestRequest: php.maxExecutionSeconds,
    awaitCode: content === "shared" ? "/etc/wordpress/await-code.php" : undefined,
    realpathCache: content === "shared" ? undefined : 0,
    realpathTtl: content === "shared" ? 10 : undefined,
    authority,
    systemAuthorities: authority && "/etc/ssl/certs",
    extraIni: lines(php.extraIni),
  });
}

function apacheConf(settings: WordPressSettings): pulumi.Output<string> {
  const { url, php, xmlrpc, trustedProxies } = settings;
  const address = pulumi.output(url).apply((text) => new URL(text));
  const count = workers(settings);
  return template("apache.conf", here, {
    readyPort,
    host: address.apply(({ hostname }) => hostname),
    port: address.apply(({ port }) => port || "443"),
    xmlrpc: xmlrpc ? undefined : "denied",
    trustedProxies: trustedProxies.length > 0 ? joined(trustedProxies, " ") : undefined,
    longestRequest: php.maxExecutionSeconds,
    bodyBytes: pulumi.output(php.uploadMaxSize).apply(bodyBytes),
    workers: count,
    spareWorkers: count.apply((all) => Math.min(2, all)),
  });
}

function lines(list: pulumi.Input<string>[]): pulumi.Output<string> | undefined {
  return list.length > 0 ? joined(list, "\n") : undefined;
}

function joined(list: pulumi.Input<string>[], separator: string): pulumi.Output<string> {
  return pulumi.all(list).apply((known) => known.join(separator));
}
