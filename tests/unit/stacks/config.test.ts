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
    "a string where a number belongs",
    { wordpress: { replicas: "3" } },
    'wordpress.replicas: "3" is not allowed; expected a whole number from 1 to 100',
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
      "wordpress.typo: is not a known key; known are image, content, replicas, strategy, antiAffinity, topologySpreadConstraints, priorityClassName, storage, resources, autoscaling, maxUnavailable, preStopSleepSeconds, terminationGracePeriodSeconds, progressDeadlineSeconds, provisionDeadlineSeconds, livenessProbe, php, persistentConnections, maxRequestWorkers, cron, xmlrpc, extraEnv, extraConfig, extraVolumes, extraVolumeMounts, sidecars",
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
      `The stack's config has 2 faults; nothing was deployed.\n  - protectData: 1 is not allowed; expected true or false\n  - site.url: 1 is not allowed; ${url}`,
    );
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

describe("an address range", () => {
  it("is one of either family, with a length its addresses have", () => {
    const accepted = (range: string) => faultsOf({ network: { dnsCidrs: [range] } }).length === 0;
    const good = ["10.0.0.0/8", "0.0.0.0/0", "169.254.20.10/32", "2001:db8::/32", "::/0", "fd00::1/128"];
    expect(good.filter((range) => !accepted(range))).to.deep.equal([]);
    const bad = [
      "999.0.0.0/8",
      "10.0.0.0/33",
      "10.0.0.0/08",
      "10.0.0.0/",
      "10.0.0.0",
      "::1",
      "a/8",
      "/8",
      "",
    ];
    expect(bad.filter(accepted)).to.deep.equal([]);
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
