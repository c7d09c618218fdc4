import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { parseConfig } from "../../../stacks/config.ts";
import { siteSchema } from "../../../stacks/schema.ts";
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
  const declared: Record<string, Declaration> = project.config;

  it("declares exactly the keys of the schema, each described", () => {
    expect(Object.keys(declared)).to.deep.equal(Object.keys(siteSchema.shape));
    for (const [key, { type, description }] of Object.entries(declared)) {
      const expected = { namespace: "string", protectData: "boolean", preflight: "boolean" }[key] ?? "object";
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
    expect(project.runtime).to.deep.equal({ name: "nodejs", options: { typescript: false } });
    expect(project.main).to.equal("index.ts");
  });
});

describe("stack files", () => {
  it("are those of three environments", () => {
    expect(stackNames().sort()).to.deep.equal(["dev", "local", "prod"]);
  });

  for (const stack of ["dev", "local", "prod"]) {
    it(`${stack}: is a config without fault, and updates Secrets in place`, () => {
      expect(() => configOf(stack)).not.to.throw();
      const file = parse(readFileSync(path.join(root, `Pulumi.${stack}.yaml`), "utf8"));
      expect(file.config["kubernetes:enableSecretMutable"]).to.equal("true");
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
          clusterID: "rook-ceph",
          filesystem: "myfs",
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
    const { wordpress, mysql } = configOf("prod");
    expect(wordpress.image).to.match(/^wordpress:\d+\.\d+\.\d+-php[\d.]+-apache$/);
    expect(mysql.image).to.match(/^mysql:\d+\.\d+\.\d+$/);
    expect(wordpress.resources.limits).to.deep.equal(wordpress.resources.requests);
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
