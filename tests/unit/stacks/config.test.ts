import { RunError, runtime } from "@pulumi/pulumi";
import { expect } from "chai";
import fc from "fast-check";
import { ConfigError, loadConfig, parseConfig } from "../../../stacks/config.ts";

const site = { url: "https://blog.example.com" };

/** What is wrong with a config that has this beside a valid site. */
function faultsOf(values: Record<string, unknown>): readonly string[] {
  try {
    parseConfig({ site, ...values });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults;
  }
}

/** A config that must be refused, and the one sentence it must be refused with. */
type Refusal = [what: string, values: Record<string, unknown>, fault: string];

const url = "expected an https URL with a host and no path, such as https://blog.example.com";
const size = "expected a size with a binary unit, such as 512Mi or 20Gi";
const image = "expected an image reference such as wordpress:7.1.0-apache";
const host = "expected a host name such as blog.example.com, without scheme, port, path or space";

const refusals: Refusal[] = [
  [
    "minReplicas above maxReplicas",
    { wordpress: { autoscaling: { minReplicas: 7, maxReplicas: 6 } } },
    "wordpress.autoscaling.minReplicas: 7 is not allowed; expected at most wordpress.autoscaling.maxReplicas (6)",
  ],
  [
    "a negative replica count",
    { wordpress: { replicas: -1 } },
    "wordpress.replicas: -1 is not allowed; expected a whole number from 1 to 100",
  ],
  [
    "a fractional replica count",
    { wordpress: { replicas: 2.5 } },
    "wordpress.replicas: 2.5 is not allowed; expected a whole number from 1 to 100",
  ],
  [
    "a single worker, which could not answer what it asks itself",
    { wordpress: { maxRequestWorkers: 1 } },
    "wordpress.maxRequestWorkers: 1 is not allowed; expected a whole number from 2 to 1000",
  ],
  [
    "a decimal unit",
    { wordpress: { storage: { size: "2GB" } } },
    `wordpress.storage.size: "2GB" is not allowed; ${size}`,
  ],
  [
    "a URL with a space",
    { site: { url: "https://blog example.com" } },
    `site.url: "https://blog example.com" is not allowed; ${url}`,
  ],
  [
    "a URL without scheme",
    { site: { url: "blog.example.com" } },
    `site.url: "blog.example.com" is not allowed; ${url}`,
  ],
  [
    "an http URL",
    { site: { url: "http://a.example" } },
    `site.url: "http://a.example" is not allowed; ${url}`,
  ],
  [
    "a URL with a path",
    { site: { url: "https://a.example/x" } },
    `site.url: "https://a.example/x" is not allowed; ${url}`,
  ],
  [
    "a URL with a port there is none of",
    { site: { url: "https://a.example:65536" } },
    `site.url: "https://a.example:65536" is not allowed; ${url}`,
  ],
  [
    "a time zone there is none of",
    { site: { ...site, timezone: "Europe/Bonn" } },
    'site.timezone: "Europe/Bonn" is not allowed; expected a time zone such as UTC or Europe/Berlin',
  ],
  [
    "a time zone in the wrong case",
    { site: { ...site, timezone: "Europe/berlin" } },
    'site.timezone: "Europe/berlin" is not allowed; expected Europe/Berlin',
  ],
  [
    "a time zone in small letters",
    { site: { ...site, timezone: "utc" } },
    'site.timezone: "utc" is not allowed; expected UTC',
  ],
  [
    "an offset for a time zone",
    { site: { ...site, timezone: "+01:00" } },
    'site.timezone: "+01:00" is not allowed; expected a time zone such as UTC or Europe/Berlin',
  ],
  [
    "permalinks that tell the login name",
    { site: { ...site, permalinks: "/%author%/%postname%/" } },
    'site.permalinks: "/%author%/%postname%/" is not allowed; expected a path with %postname% or %post_id%, such as /%postname%/, and no other tags than %year%, %monthnum%, %day%, %hour%, %minute%, %second% and %category%',
  ],
  [
    "a language that is a name",
    { site: { ...site, language: "German" } },
    'site.language: "German" is not allowed; expected a language as WordPress calls it, such as en_US, de_DE or pt_PT_ao90',
  ],
  [
    "an old address with a slash at its end",
    { site: { ...site, movedFrom: "https://old.example.com/" } },
    'site.movedFrom: "https://old.example.com/" is not allowed; expected an http or https URL without a slash at its end, such as https://old.example.com',
  ],
  [
    "a plugin's address with a password",
    { wordpress: { plugins: [{ slug: "a", url: "https://me:secret@example.com/a.zip" }] } },
    'wordpress.plugins[0].url: "https://me:secret@example.com/a.zip" is not allowed; expected an http or https URL without user and password, such as https://example.com/a.zip',
  ],
  [
    "a plugin's address with a port there is none of",
    { wordpress: { plugins: [{ slug: "a", url: "https://example.com:65536/a.zip" }] } },
    'wordpress.plugins[0].url: "https://example.com:65536/a.zip" is not allowed; expected an http or https URL without user and password, such as https://example.com/a.zip',
  ],
  [
    "a line of PHP that ends PHP",
    { wordpress: { extraConfig: ["define('A', 1); ?>"] } },
    "wordpress.extraConfig[0]: \"define('A', 1); ?>\" is not allowed; expected a line of PHP, not empty and without ?>",
  ],
  ["no URL", { site: {} }, `site.url: is missing; ${url}`],
  ["no site", { site: undefined }, "site: is missing; expected a map of keys"],
  [
    "a host with a scheme",
    { site: { ...site, aliases: ["https://a.example"] } },
    `site.aliases[0]: "https://a.example" is not allowed; ${host}`,
  ],
  [
    "a host with a space",
    { site: { ...site, aliases: ["a.example", "b .example"] } },
    `site.aliases[1]: "b .example" is not allowed; ${host}`,
  ],
  [
    "a pattern where a host belongs",
    { site: { ...site, aliases: ["*.example.com"] } },
    `site.aliases[0]: "*.example.com" is not allowed; ${host}`,
  ],
  ...(
    [
      [{ port: 65536 }, "port: 65536 is not allowed; expected a whole number from 1 to 65535"],
      [{ tls: "tls" }, 'tls: "tls" is not allowed; expected one of starttls, implicit, none'],
      [
        { fromAddress: "blog@localhost" },
        'fromAddress: "blog@localhost" is not allowed; expected an e-mail address such as blog@example.com',
      ],
      [
        { fromAddress: "A Blog <blog@example.com>" },
        'fromAddress: "A Blog <blog@example.com>" is not allowed; expected an e-mail address such as blog@example.com',
      ],
      [{ host: "smtps://smtp.example.com" }, `host: "smtps://smtp.example.com" is not allowed; ${host}`],
      [
        { certificateAuthority: "ca.crt" },
        'certificateAuthority: "ca.crt" is not allowed; expected a PEM certificate',
      ],
    ] as const
  ).map(([smtp, message]): [string, Record<string, unknown>, string] => [
    `a mail server's ${message.split(" ", 2).join(" ")}`,
    { site: { ...site, smtp: { host: "smtp.example.com", fromAddress: "blog@example.com", ...smtp } } },
    `site.smtp.${message}`,
  ]),
  [
    "ReadWriteOnce with several replicas",
    {
      wordpress: {
        replicas: 2,
        strategy: "Recreate",
        autoscaling: { enabled: false },
        storage: { accessMode: "ReadWriteOnce" },
      },
    },
    "wordpress.replicas: 2 is not allowed; expected 1, because wordpress.storage.accessMode is ReadWriteOnce; or set that to ReadWriteMany",
  ],
  [
    "ReadWriteOnce with an autoscaler",
    { wordpress: { strategy: "Recreate", storage: { accessMode: "ReadWriteOnce" } } },
    "wordpress.autoscaling.enabled: true is not allowed; expected false, because wordpress.storage.accessMode is ReadWriteOnce; or set that to ReadWriteMany",
  ],
  [
    "ReadWriteOnce with RollingUpdate",
    {
      wordpress: {
        replicas: 1,
        autoscaling: { enabled: false },
        storage: { accessMode: "ReadWriteOnce" },
      },
    },
    'wordpress.strategy: "RollingUpdate" is not allowed; expected Recreate, because wordpress.storage.accessMode is ReadWriteOnce; or set that to ReadWriteMany',
  ],
  [
    "a CPU utilisation of 0",
    { wordpress: { autoscaling: { targetCPUUtilizationPercentage: 0 } } },
    "wordpress.autoscaling.targetCPUUtilizationPercentage: 0 is not allowed; expected a whole number from 1 to 100",
  ],
  [
    "a CPU utilisation of 150",
    { wordpress: { autoscaling: { targetCPUUtilizationPercentage: 150 } } },
    "wordpress.autoscaling.targetCPUUtilizationPercentage: 150 is not allowed; expected a whole number from 1 to 100",
  ],
  [
    "a grace period not longer than the sleep",
    { wordpress: { preStopSleepSeconds: 20, terminationGracePeriodSeconds: 20 } },
    "wordpress.terminationGracePeriodSeconds: 20 is not allowed; expected more than 80: wordpress.preStopSleepSeconds (20) and the longest request, wordpress.php.maxExecutionSeconds (60)",
  ],
  [
    "an unknown storage backend",
    { storage: { type: "nfs" } },
    'storage.type: "nfs" is not allowed; expected one of rook, existing',
  ],
  [
    "a CPU limit below its request",
    { wordpress: { resources: { requests: { cpu: "300m" }, limits: { cpu: "0.2" } } } },
    'wordpress.resources.limits.cpu: "0.2" is not allowed; expected at least wordpress.resources.requests.cpu (300m)',
  ],
  [
    "a memory limit below its request",
    { mysql: { resources: { requests: { memory: "2Gi" }, limits: { memory: "1024Mi" } } } },
    'mysql.resources.limits.memory: "1024Mi" is not allowed; expected at least mysql.resources.requests.memory (2Gi)',
  ],
  ["an empty image", { wordpress: { image: "" } }, `wordpress.image: "" is not allowed; ${image}`],
  [
    "an image with two tags",
    { mysql: { image: "mysql:8:4" } },
    `mysql.image: "mysql:8:4" is not allowed; ${image}`,
  ],
  [
    "a word where a number belongs",
    { wordpress: { replicas: "three" } },
    'wordpress.replicas: "three" is not allowed; expected a whole number from 1 to 100',
  ],
  [
    "a fraction where a text belongs, whose last zeros are gone",
    { wordpress: { nodeSelector: { version: 1.1 } } },
    "wordpress.nodeSelector.version: 1.1 is not allowed; expected a map of node labels and their values, in quotes",
  ],
  [
    "a string where a flag belongs",
    { protectData: "yes" },
    'protectData: "yes" is not allowed; expected true or false',
  ],
  ["a list where a map belongs", { mysql: [] }, "mysql: [] is not allowed; expected a map of keys"],
  [
    "something else where a list belongs",
    { wordpress: { extraEnv: "A=1" } },
    'wordpress.extraEnv: "A=1" is not allowed; expected a list of environment variables',
  ],
  [
    "an object in a list that is none",
    { wordpress: { sidecars: ["nginx"] } },
    'wordpress.sidecars[0]: "nginx" is not allowed; expected a map of keys',
  ],
  [
    "root as the site's database user",
    { mysql: { user: "root" } },
    "mysql.user: \"root\" is not allowed; expected 1 to 32 letters, digits or '_', and not root",
  ],
  [
    "a rollout that may not take half a minute",
    { wordpress: { progressDeadlineSeconds: 29 } },
    "wordpress.progressDeadlineSeconds: 29 is not allowed; expected a whole number from 30 to 3600",
  ],
  [
    "an authority's certificate that is none",
    { mysql: { external: { host: "db.example.com", certificateAuthority: "ca.pem" } } },
    'mysql.external.certificateAuthority: "ca.pem" is not allowed; expected a PEM certificate',
  ],
  [
    "an address without its range",
    { network: { traefik: { cidrs: ["10.0.0.1"] } } },
    'network.traefik.cidrs[0]: "10.0.0.1" is not allowed; expected an address range such as 10.0.0.0/16',
  ],
  [
    "an address range there is none of",
    { route: { trustedProxies: ["203.0.113.0/24", "2001:db8::/129"] } },
    'route.trustedProxies[1]: "2001:db8::/129" is not allowed; expected an address range such as 203.0.113.0/24',
  ],
  [
    "one address range where a list belongs",
    { route: { trustedProxies: "203.0.113.0/24" } },
    'route.trustedProxies: "203.0.113.0/24" is not allowed; expected a list of address ranges',
  ],
  ["an unknown key at the top", { wordpres: {} }, "wordpres: is not a known key; did you mean wordpress?"],
  [
    "an unknown key inside",
    { wordpress: { autoscaling: { maxReplica: 5 } } },
    "wordpress.autoscaling.maxReplica: is not a known key; did you mean maxReplicas?",
  ],
  [
    "an unknown key in a list",
    { wordpress: { extraEnv: [{ nam: "A" }] } },
    "wordpress.extraEnv[0].nam: is not a known key; did you mean name?",
  ],
  [
    "a key like no other",
    { storage: { zzzzzzzzzzzz: 1 } },
    "storage.zzzzzzzzzzzz: is not a known key; known are type, sharedClassName, blockClassName, snapshots, rook",
  ],
];

describe("parseConfig", () => {
  it("accepts a config with nothing but the URL", () => {
    expect(faultsOf({})).to.deep.equal([]);
  });

  for (const [what, values, fault] of refusals) {
    it(`refuses ${what}`, () => {
      // An unknown key in a list entry comes beside the fault that the entry lacks its own.
      expect(faultsOf(values).filter((found) => !found.includes("name: is missing"))).to.deep.equal([fault]);
    });
  }

  it("tells every fault at once, in the order of the keys", () => {
    expect(
      faultsOf({
        wordpress: { replicas: -1, storage: { size: "2GB" }, typo: 1 },
        storage: { type: "nfs" },
      }),
    ).to.deep.equal([
      'storage.type: "nfs" is not allowed; expected one of rook, existing',
      "wordpress.replicas: -1 is not allowed; expected a whole number from 1 to 100",
      `wordpress.storage.size: "2GB" is not allowed; ${size}`,
      "wordpress.typo: is not a known key; known are image, content, plugins, themes, replicas, strategy, antiAffinity, topologySpreadConstraints, storage, resources, autoscaling, maxUnavailable, preStopSleepSeconds, terminationGracePeriodSeconds, progressDeadlineSeconds, provisionDeadlineSeconds, livenessProbe, php, persistentConnections, maxRequestWorkers, cron, xmlrpc, extraEnv, extraConfig, extraVolumes, extraVolumeMounts, sidecars, nodeSelector, tolerations, affinity, priorityClassName, podAnnotations, podLabels, serviceAnnotations, serviceLabels, imagePullSecrets, serviceAccountName, initContainers, tmpSize",
    ]);
  });

  it("tells every fault between keys at once", () => {
    const faults = faultsOf({
      wordpress: { autoscaling: { minReplicas: 7 }, terminationGracePeriodSeconds: 10 },
      route: { tls: { source: "cert-manager" } },
    });
    expect(faults.map((fault) => fault.split(":")[0])).to.deep.equal([
      "wordpress.autoscaling.minReplicas",
      "wordpress.terminationGracePeriodSeconds",
      "route.tls.secretName",
      "route.tls.issuer",
    ]);
  });

  it("refuses with an error the engine shows without a stack trace", () => {
    const refuse = (values: Record<string, unknown>) => {
      try {
        parseConfig(values);
      } catch (error) {
        return error as ConfigError;
      }
      throw new Error("it was not refused");
    };
    const one = refuse({ site, protectData: 1 });
    expect(RunError.isInstance(one)).to.equal(true);
    expect(one.message).to.equal(
      "The stack's config has 1 fault; nothing was deployed.\n  - protectData: 1 is not allowed; expected true or false",
    );
    const two = refuse({ site: { url: 1 }, protectData: 1 });
    expect(two.message).to.equal(
      `The stack's config has 2 faults; nothing was deployed.\n  - protectData: 1 is not allowed; expected true or false\n  - site.url: "1" is not allowed; ${url}`,
    );
  });

  it("accepts a time zone by any of its names", () => {
    for (const timezone of ["UTC", "GMT", "Europe/Berlin", "US/Pacific", "Asia/Kolkata", "Etc/GMT+1"]) {
      expect(faultsOf({ site: { ...site, timezone } }), timezone).to.deep.equal([]);
    }
  });

  it("accepts a URL exactly when a browser would write it so", () => {
    const accepted = (given: string) => faultsOf({ site: { url: given } }).length === 0;
    expect(
      ["https://localhost", "https://a.example", "https://a-b.example:8443"].filter(accepted),
    ).to.have.length(3);
    // A browser leaves the default port out, and WordPress would redirect it there for ever.
    expect(accepted("https://a.example:443")).to.equal(false);
    fc.assert(
      fc.property(fc.stringMatching(/^https:\/\/[a-z0-9.:-]{1,12}$/), (given) => {
        fc.pre(accepted(given));
        expect(new URL(given).href).to.equal(`${given}/`);
      }),
      { numRuns: 300 },
    );
  });
});

/** Values of a key, those it takes and those it refuses, by the rules of the program that reads them. */
const keys: { key: string; takes: unknown[]; refuses: unknown[] }[] = [
  {
    key: "namespace",
    takes: ["blog", "kube-example", "my-default", 2026, "a".repeat(63)],
    refuses: [
      "default",
      "kube-system",
      "kube-public",
      "kube-node-lease",
      "a.b",
      "Blog",
      "a-",
      "a".repeat(64),
    ],
  },
  { key: "protectData", takes: [true, "true", "false"], refuses: ["yes", 1, null, "True"] },
  {
    key: "site.url",
    takes: ["https://a.example", "https://xn--bcher-kva.example", "https://10.0.0.1", "https://a.example:1"],
    refuses: [
      "https://a.example.",
      "https://a..example",
      "https://a-.example",
      "https://a.example:0",
      "https://a_b.example",
      `https://${"a".repeat(64)}.example`,
      `https://${"a.".repeat(126)}example`,
    ],
  },
  {
    key: "mysql.external.host",
    takes: ["db", "db.example.com", "10.0.0.1"],
    refuses: ["db.example.com.", "a..b", "-a", "DB", "a b", "a.".repeat(127)],
  },
  { key: "site.title", takes: [2026, true, "Big $$ $(HOME)"], refuses: ["", " a", "a\nb", 1.5, null] },
  { key: "site.adminUser", takes: ["editor", 2026, "me@example.com"], refuses: ["", "...", "a b", "ü"] },
  {
    key: "site.adminEmail",
    takes: ["a@b.co", "first.last+tag@mail.example.com"],
    refuses: ["admin@localhost", "a@b", "a@b..co", "a@-b.co", "a b@c.de", "a@b_c.de"],
  },
  ...["wordpress.resources.limits.cpu", "mysql.resources.limits.cpu"].map((key) => ({
    key,
    takes: [1, 0.5, "1", "0.5", "800m", "1.25"],
    refuses: [0, "0", "0.0", "-1", "1e3", "1.2345", "01", true, "0.5m"],
  })),
  { key: "mysql.slowQuerySeconds", takes: [1, 0.5, "0.5", "2"], refuses: ["0", "61", "", " 1", "1s", true] },
  { key: "wordpress.replicas", takes: [3, "3"], refuses: ["3.5", "0x3", "1e1", "", "03", true] },
  {
    key: "wordpress.storage.size",
    takes: ["2Gi", "512Mi"],
    refuses: [2, "2", "2GB", "2G", "1.5Gi", "0Gi", "-1Gi", "2 Gi"],
  },
  {
    key: "wordpress.image",
    takes: [
      "wordpress",
      "wordpress:7.1.0",
      "registry.example.com:5000/team/blog-site:1.0_2",
      "a__b/c---d",
      `wordpress@sha256:${"0a".repeat(32)}`,
      `wordpress:7.1@sha512:${"0a".repeat(64)}`,
    ],
    refuses: [
      "WordPress",
      "a..b",
      "a___b",
      "a.-b",
      "a/",
      "/a",
      "a:",
      "a:b:c",
      "https://registry.example.com/a",
      `a@sha256:${"0a".repeat(31)}`,
      `a:${"t".repeat(129)}`,
      "a b",
    ],
  },
  ...[
    "existingSecrets.database",
    "storage.sharedClassName",
    "wordpress.priorityClassName",
    "mysql.serviceAccountName",
    "route.tls.secretName",
    "route.tls.issuer.name",
    "storage.rook.blockPool",
  ].map((key) => ({
    key,
    takes: ["a", "fast.ssd", "blog.example.com-tls", 2026, "a".repeat(253)],
    refuses: ["", ".a", "a.", "a..b", "a-.b", "A", "a_b", "a/b", "a".repeat(254)],
  })),
  {
    key: "wordpress.cron.schedule",
    takes: [
      "*/5 * * * *",
      "0 3 * * sun",
      "0 0 1,15 jan-mar MON-Fri",
      "5/15 0-23/2 ? 1-12 0-6",
      "@hourly",
      "00 03 * * *",
    ],
    refuses: [
      "* * * *",
      "* * * * * *",
      "60 * * * *",
      "* 24 * * *",
      "* * 0 * *",
      "* * 32 * *",
      "* * * 13 *",
      "* * * * 7",
      "5-1 * * * *",
      "*/0 * * * *",
      "a * * * *",
      "1,, * * * *",
      "* * * * mond",
      "@reboot",
      "TZ=UTC * * * * *",
      "",
    ],
  },
  {
    key: "network.dnsCidrs",
    takes: [["10.0.0.0/8", "0.0.0.0/0", "169.254.20.10/32", "2001:db8::/32", "::/0", "fd00::1/128"]],
    refuses: [
      ...["999.0.0.0/8", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/", "10.0.0.0", "::1", "a/8", "/8", ""],
      ...["fe80::1%eth0/64", "10.0.0.0/8 ", "010.0.0.0/8"],
    ].map((range) => [range]),
  },
  {
    key: "wordpress.nodeSelector",
    takes: [
      { disk: "ssd", "node.kubernetes.io/pool": "", a: true, b: 1 },
      { [`${"a".repeat(253)}/x`]: "y" },
      { [`a/${"x".repeat(63)}`]: "y".repeat(63) },
    ],
    refuses: [
      { "a..b/x": "y" },
      { "/x": "y" },
      { "a/": "y" },
      { "-a": "y" },
      { [`${"a".repeat(254)}/x`]: "y" },
      { ["x".repeat(64)]: "y" },
      { a: "y".repeat(64) },
      { a: "-y" },
      { a: "a b" },
      { a: 1.5 },
    ],
  },
  {
    key: "wordpress.podLabels",
    takes: [{ team: "blog", "example.com/app": "x", "app-of": "x" }],
    refuses: [
      ...["app", "tier", "app.kubernetes.io/name", "pod-template-hash", "controller-uid", "job-name"],
      ...["batch.kubernetes.io/job-name", "statefulset.kubernetes.io/pod-name"],
    ].map((label) => ({ [label]: "x" })),
  },
  {
    key: "wordpress.podAnnotations",
    takes: [{ "prometheus.io/port": 9117, "prometheus.io/scrape": true, note: "any text: ü" }],
    refuses: [{ "a b": "x" }, { "a/b/c": "x" }, { a: 1.5 }, { a: null }],
  },
  {
    key: "wordpress.extraEnv",
    takes: [[{ name: "A", value: 1 }], [{ name: "my.own-variable", value: true }]],
    refuses: [[{ name: "1A" }], [{ name: "A=B" }], [{ name: "" }], [{ name: "A", value: 1.5 }]],
  },
  {
    key: "mysql.database",
    takes: ["wordpress", "wp_1", 2026],
    refuses: ["mysql", "SYS", "information_schema", "a-b", ""],
  },
];

describe("a value in the form its reader takes", () => {
  const set = (key: string, value: unknown): Record<string, unknown> => {
    const [first = "", ...rest] = key.split(".");
    return { [first]: rest.length > 0 ? set(rest.join("."), value) : value };
  };
  const faultsOfKey = (key: string, value: unknown) => {
    const { site: given, ...others } = set(key, value);
    return faultsOf({ site: { ...site, ...Object(given) }, ...others }).filter(
      // Not what a key asks of others.
      (fault) => !/^(mysql\.external|route\.tls\.(issuer|secretName))\b.*(left out|is missing)/.test(fault),
    );
  };

  for (const { key, takes, refuses } of keys) {
    it(`is ${key}`, () => {
      const refused = takes.filter((value) => faultsOfKey(key, value).length > 0);
      expect(refused, "refused").to.deep.equal([]);
      const taken = refuses.filter((value) => faultsOfKey(key, value).length === 0);
      expect(taken, "taken").to.deep.equal([]);
    });
  }

  it("becomes its key's type", () => {
    const given = {
      site: { ...site, title: 2026 },
      protectData: "true",
      mysql: { resources: { requests: { cpu: 1 }, limits: { cpu: 1 } }, slowQuerySeconds: "0.5" },
      wordpress: { replicas: "4", podAnnotations: { port: 9117 }, extraEnv: [{ name: "A", value: false }] },
    };
    const { mysql, wordpress, ...config } = parseConfig(given);
    expect([config.site.title, config.protectData]).to.deep.equal(["2026", true]);
    expect([mysql.resources.limits.cpu, mysql.slowQuerySeconds]).to.deep.equal(["1", 0.5]);
    expect(wordpress).to.deep.include({ replicas: 4, podAnnotations: { port: "9117" } });
    expect(wordpress.extraEnv).to.deep.equal([{ name: "A", value: "false" }]);
  });

  it("stays as it is in an object that is handed on", () => {
    const sidecar = {
      name: "a",
      ports: [{ containerPort: 9117 }],
      stdin: true,
      resources: { requests: { cpu: 1 } },
    };
    expect(parseConfig({ site, wordpress: { sidecars: [sidecar] } }).wordpress.sidecars).to.deep.equal([
      sidecar,
    ]);
  });
});

describe("loadConfig", () => {
  const project = "wordpress-kubernetes";
  const own = runtime.allConfig();

  afterEach(() => runtime.setAllConfig(own));

  /** Gives the config the way the engine does: text, structured values as JSON. */
  function give(values: Record<string, string>, secrets: string[] = []) {
    const keyed = Object.entries(values).map(([key, value]) => [`${project}:${key}`, value]);
    runtime.setAllConfig(
      { "kubernetes:enableSecretMutable": "true", ...Object.fromEntries(keyed) },
      secrets.map((key) => `${project}:${key}`),
    );
  }

  function faults(): readonly string[] {
    try {
      loadConfig(project);
      return [];
    } catch (error) {
      return (error as ConfigError).faults;
    }
  }

  it("reads JSON, flags and plain text, and no other project's keys", () => {
    give({
      site: JSON.stringify(site),
      namespace: "blog",
      protectData: "true",
      wordpress: JSON.stringify({ replicas: 5 }),
    });
    const config = loadConfig(project);
    expect(config).to.deep.equal(
      parseConfig({ site, namespace: "blog", protectData: true, wordpress: { replicas: 5 } }),
    );
    expect(config.wordpress.replicas).to.equal(5);
  });

  it("takes a text as text even where it looks like a number", () => {
    give({ site: JSON.stringify(site), namespace: "2026" });
    expect(loadConfig(project).namespace).to.equal("2026");
  });

  it("refuses text that is no JSON where a map belongs", () => {
    give({ site: "https://blog.example.com" });
    expect(faults()).to.deep.equal([
      'site: "https://blog.example.com" is not allowed; expected a map of keys',
    ]);
  });

  it("refuses a key the project does not know", () => {
    give({ site: JSON.stringify(site), namespaces: "blog" });
    expect(faults()).to.deep.equal(["namespaces: is not a known key; did you mean namespace?"]);
  });

  it("refuses secrets without showing them", () => {
    give({ site: JSON.stringify(site), mysql: JSON.stringify({ database: "hunter2" }) }, ["mysql"]);
    expect(faults()).to.deep.equal([
      "mysql: holds a secret; name a Kubernetes Secret in existingSecrets instead",
    ]);
  });
});
