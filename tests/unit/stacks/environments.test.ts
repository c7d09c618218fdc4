import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { mysqlDefaults } from "../../../components/mysql/defaults.ts";
import { pageCacheDefaults } from "../../../components/page-cache/defaults.ts";
import { wordpressDefaults } from "../../../components/wordpress/defaults.ts";
import { parseConfig } from "../../../stacks/config.ts";
import { siteSchema } from "../../../stacks/schema.ts";
import { configDocs } from "../../../tools/config-docs.ts";
import { readStackConfig, stackNames } from "../../../tools/stack-config.ts";

const root = path.join(import.meta.dirname, "../../..");
const configOf = (stack: string) => parseConfig(readStackConfig(stack));

interface Declaration {
  type: string;
  description: string;
  default?: unknown;
}

describe("Pulumi.yaml", () => {
  const project = parse(readFileSync(path.join(root, "Pulumi.yaml"), "utf8"));
  const { "kubernetes:enableSecretMutable": mutable, ...rest } = project.config;
  const declared: Record<string, Declaration> = rest;

  it("updates Secrets in place in every stack, one that is made tomorrow among them", () => {
    expect(mutable).to.deep.equal({ value: "true" });
  });

  it("declares exactly the keys of the schema, each described", () => {
    expect(Object.keys(declared)).to.deep.equal(Object.keys(siteSchema.shape));
    for (const [key, { type, description }] of Object.entries(declared)) {
      const flags = ["createNamespace", "protectData", "preflight", "verify"];
      const expected = key === "namespace" ? "string" : flags.includes(key) ? "boolean" : "object";
      expect(type, key).to.equal(expected);
      expect(description, key).to.match(/^[A-Z].+[^.]$/);
    }
  });

  it("has the schema's defaults", () => {
    const defaults = Object.entries(declared).map(([key, value]) => [key, value.default]);
    const { site: _, ...given } = Object.fromEntries(defaults);
    const site = { url: "https://blog.example.com" };
    expect(parseConfig({ site, ...given })).to.deep.equal(parseConfig({ site }));
    expect(declared.namespace?.default).to.equal("kube-example");
    expect(declared.site).not.to.have.property("default");
  });

  it("runs index.ts with the types stripped by Node", () => {
    const options = { typescript: false, nodeargs: "--import ./tools/strip-types.mjs" };
    expect(project.runtime).to.deep.equal({ name: "nodejs", options });
    expect(project.main).to.equal("index.ts");
  });
});

describe("stack files", () => {
  it("are those of three environments", () => {
    expect(stackNames().sort()).to.deep.equal(["dev", "local", "prod"]);
  });

  for (const stack of ["dev", "local", "prod"]) {
    it(`${stack}: is a config without fault`, () => {
      expect(() => configOf(stack)).not.to.throw();
    });
  }

  it("prod: has the production figures, written out", () => {
    const config = readStackConfig("prod");
    expect(config).to.deep.include({
      namespace: "kube-example",
      protectData: true,
      storage: {
        type: "rook",
        sharedClassName: "csi-cephfs",
        blockClassName: "rook-ceph-block",
        rook: {
          namespace: "rook-ceph",
          operatorNamespace: "rook-ceph",
          clusterID: "rook-ceph",
          manage: true,
          filesystem: "myfs",
          blockPool: "replicapool",
          replicas: 3,
          activeCount: 1,
          activeStandby: true,
        },
      },
    });
    expect(config.wordpress).to.deep.include({
      storage: { size: "2Gi", accessMode: "ReadWriteMany" },
      strategy: "RollingUpdate",
      antiAffinity: "soft",
      preStopSleepSeconds: 20,
      autoscaling: {
        enabled: true,
        minReplicas: 3,
        maxReplicas: 6,
        targetCPUUtilizationPercentage: 20,
      },
    });
    expect(config.mysql).to.deep.include({ tls: true, storage: { size: "20Gi" } });
    expect(config.route).to.deep.include({ tls: { source: "certResolver", certResolver: "ali" } });
    const { wordpress, mysql, pageCache } = configOf("prod");
    const images = [wordpress, mysql, pageCache].map(
      ({ image }) => /^(.+)@sha256:[0-9a-f]{64}$/.exec(image)?.[1],
    );
    // The releases the components have by themselves.
    expect(images).to.deep.equal(
      [wordpressDefaults, mysqlDefaults, pageCacheDefaults].map(({ image }) => image),
    );
    const { requests, limits } = wordpress.resources;
    expect([limits.cpu, limits.memory]).to.deep.equal([requests.cpu, requests.memory]);
  });

  it("prod: says of each value what to think of, one that is left out among them", () => {
    const lines = readFileSync(path.join(root, "Pulumi.prod.yaml"), "utf8").split("\n");
    const silent = lines.filter(
      (line, at) => /^ +[^#]*: [^#]+$/.test(line) && !/^ +# /.test(lines[at - 1] ?? ""),
    );
    expect(silent).to.deep.equal([]);
    const optional = lines.flatMap((line) => /^ +# (\w+): (\{.*\})$/.exec(line)?.slice(1) ?? []);
    expect(optional[0]).to.equal("smtp");
    const { site, ...others } = readStackConfig("prod");
    const [name = "", value = ""] = optional;
    expect(() =>
      parseConfig({ ...others, site: { ...(site as object), [name]: parse(value) } }),
    ).not.to.throw();
  });

  it("prod: writes out whatever a default takes for granted of the cluster", () => {
    const taken =
      /^\| `([\w.]+)` \| (?:a StorageClass name|a namespace|a cluster ID|a Ceph\w+ name|an entry point|a certResolver)\b.*\| `".*"` \|/gm;
    const keys = [...configDocs().matchAll(taken)].map(([, key = ""]) => key);
    expect(keys).to.include.members([
      "storage.sharedClassName",
      "route.tls.certResolver",
      "network.traefik.namespace",
    ]);
    const config = readStackConfig("prod");
    const at = (key: string) =>
      key
        .split(".")
        .reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], config);
    // Pulumi.yaml has a default for the namespace, which counts as written.
    expect(keys.filter((key) => at(key) === undefined)).to.deep.equal([]);
  });

  it("dev: is small and fits a stock k3s", () => {
    const { storage, wordpress, route, network, protectData } = configOf("dev");
    expect(protectData).to.equal(false);
    expect(storage).to.deep.include({
      type: "existing",
      sharedClassName: "local-path",
      blockClassName: "local-path",
    });
    expect(wordpress).to.deep.include({ replicas: 1, strategy: "Recreate" });
    expect(wordpress.storage).to.deep.equal({ size: "1Gi", accessMode: "ReadWriteOnce" });
    expect(wordpress.autoscaling.enabled).to.equal(false);
    expect(network.traefik.namespace).to.equal("kube-system");
    expect(route.tls.source).to.equal("default");
  });

  it("local: has the shape of production on the embedded cluster", () => {
    const { site, storage, wordpress, mysql, route } = configOf("local");
    const prod = configOf("prod");
    expect(site.url).to.equal("https://wordpress.localhost:8443");
    expect(storage).to.deep.include({
      type: "existing",
      sharedClassName: "local-shared",
      blockClassName: "local-path",
    });
    expect([wordpress.image, mysql.image]).to.deep.equal(["localhost/wordpress:7.1", "localhost/mysql:9.7"]);
    for (const key of [
      "autoscaling",
      "strategy",
      "antiAffinity",
      "content",
      "preStopSleepSeconds",
    ] as const) {
      expect(wordpress[key], key).to.deep.equal(prod.wordpress[key]);
    }
    expect(wordpress.storage.accessMode).to.equal("ReadWriteMany");
    expect(route).to.deep.equal(prod.route);
  });
});
