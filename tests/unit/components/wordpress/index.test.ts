import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { WordPress } from "../../../../components/wordpress/index.ts";
import { generatedValue } from "../../../../tools/mocks.ts";
import { labelsOf, type Manifest, record, resolved } from "../harness.ts";
import { args, build, labels, selected } from "./fixture.ts";

/*
 * What mocks cannot prove: that the Job installs and upgrades, that a rollout loses no request, that the autoscaler
 * scales. tests/e2e does that on a cluster.
 */

const saltKeys = [
  "auth-key",
  "auth-salt",
  "secure-auth-key",
  "secure-auth-salt",
  "logged-in-key",
  "logged-in-salt",
  "nonce-key",
  "nonce-salt",
];
const metadata = (name: string) => ({ name, namespace: "blog", labels });

describe("WordPress", () => {
  it("is exactly these resources", async () => {
    const { resources } = await build();
    expect(
      resources.map(({ type, name, options }) => `${type} ${name} < ${options.parent}`).sort(),
    ).to.deep.equal(
      [
        "kubernetes:apps/v1:Deployment wp-deployment < wp",
        "kubernetes:autoscaling/v2:HorizontalPodAutoscaler wp-hpa < wp",
        "kubernetes:batch/v1:CronJob wp-cron < wp",
        "kubernetes:batch/v1:Job wp-provision < wp",
        "kubernetes:core/v1:ConfigMap wp-files < wp",
        "kubernetes:core/v1:ConfigMap wp-provision-run < wp",
        "kubernetes:core/v1:PersistentVolumeClaim wp-content < wp",
        "kubernetes:core/v1:Secret wp-admin < wp",
        "kubernetes:core/v1:Secret wp-salts < wp",
        "kubernetes:core/v1:Service wp-service < wp",
        "kubernetes:policy/v1:PodDisruptionBudget wp-pdb < wp",
        "random:index/randomPassword:RandomPassword wp-admin-password < wp",
        ...saltKeys.map((key) => `random:index/randomPassword:RandomPassword wp-${key} < wp`),
        "wordpress:index:WordPress wp < ",
      ].sort(),
    );
  });

  it("tells its Service and where the administrator's password is", async () => {
    const { component } = await build();
    expect(await resolved(component.serviceName)).to.equal("wordpress");
    expect(await resolved(component.servicePort)).to.equal(80);
    expect(await resolved(component.adminSecretName)).to.equal("wordpress-admin");
  });

  it("has a Service, a volume and a disruption budget", async () => {
    const { object } = await build();
    expect(object("Service", "wordpress")).to.deep.equal({
      apiVersion: "v1",
      kind: "Service",
      metadata: metadata("wordpress"),
      spec: { selector: selected, ports: [{ name: "http", port: 80, targetPort: "http" }] },
    });
    expect(object("PersistentVolumeClaim", "wordpress-pvc")).to.deep.equal({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { ...metadata("wordpress-pvc"), annotations: { "pulumi.com/skipAwait": "true" } },
      spec: {
        accessModes: ["ReadWriteMany"],
        storageClassName: "shared",
        resources: { requests: { storage: "2Gi" } },
      },
    });
    expect(object("PodDisruptionBudget", "wordpress")).to.deep.equal({
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: metadata("wordpress"),
      spec: {
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: "AlwaysAllow",
        selector: { matchLabels: selected },
      },
    });
  });

  it("takes access mode, class and budget from its arguments", async () => {
    const { object } = await build({
      storage: { size: "1Gi", accessMode: "ReadWriteOnce" },
      replicas: 1,
      strategy: "Recreate",
      autoscaling: { enabled: false },
      maxUnavailable: 2,
    });
    expect(object("PersistentVolumeClaim", "wordpress-pvc").spec).to.deep.equal({
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
    });
    expect(object("PodDisruptionBudget", "wordpress").spec.maxUnavailable).to.equal(2);
  });

  it("refuses more pods than a volume of one node can have, naming the arguments", async () => {
    const refused = await build({ storage: { accessMode: "ReadWriteOnce" } }).catch((error: Error) => error);
    expect(String((refused as Error).message)).to.equal(
      'autoscaling.enabled: true is not allowed; expected false; strategy: "RollingUpdate" is not allowed; expected Recreate, because storage.accessMode is ReadWriteOnce; or set that to ReadWriteMany',
    );
  });

  it("refuses plugins that say too little, and a network of sites, naming the arguments", async () => {
    const plugins = [{ slug: "greeting", version: "1.0" }];
    const extraConfig = ["define('MULTISITE', true);"];
    const refused = await build({ plugins, extraConfig }).catch((error: Error) => error);
    expect(String((refused as Error).message)).to.equal(
      "plugins[0].sha256: is missing; expected the SHA-256 of the zip file, 64 hexadecimal digits; " +
        "extraConfig[0]: \"define('MULTISITE', true);\" is not allowed; expected no line for a network of sites (multisite), which is not supported: deploy a Site for each",
    );
  });

  it("refuses a mail server that it could not log in to, or in plain text only, naming the arguments", async () => {
    const smtp = {
      host: "smtp.example.com",
      tls: "none",
      user: "blog",
      fromAddress: "a@example.com",
    } as const;
    const refused = await build({ smtp }).catch((error: Error) => error);
    expect(String((refused as Error).message)).to.equal(
      'smtp.secretName: is missing; expected the Secret that holds the password, because smtp.user is set; smtp.tls: "none" is not allowed; expected starttls or implicit, because smtp.example.com is no Service of the cluster: the password would cross the network in plain text',
    );
  });

  it("rolls a quarter of the pods at a time, never below the count", async () => {
    const { object } = await build({ autoscaling: { enabled: false }, progressDeadlineSeconds: 240 });
    const { template, ...spec } = object("Deployment", "wordpress").spec;
    expect(object("Deployment", "wordpress").metadata).to.deep.include(metadata("wordpress"));
    expect(spec).to.deep.equal({
      replicas: 3,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: 0 } },
      progressDeadlineSeconds: 240,
      selector: { matchLabels: selected },
    });
    expect(template.metadata).to.deep.equal({ labels });
  });

  it("replaces all pods at once with strategy Recreate", async () => {
    const { object } = await build({ strategy: "Recreate" });
    expect(object("Deployment", "wordpress").spec.strategy).to.deep.equal({ type: "Recreate" });
  });

  it("gives up on a rollout only after Kubernetes may have, twice over for the steps of a rolling update", async () => {
    const rolling = (await build({ progressDeadlineSeconds: 100 })).waits("wp-deployment");
    expect(rolling).to.deep.equal({ create: 100 + 120, update: 2 * 100 + 120, delete: 90 + 120 });
    const { waits } = await build({ strategy: "Recreate", progressDeadlineSeconds: 100 });
    // The old pods end first, and the new ones start together.
    expect(waits("wp-deployment").update).to.equal(90 + 100 + 120);
  });

  it("waits for its Service as long as the pods behind it may take, the Job before them included", async () => {
    const { waits } = await build();
    const { create, update } = waits("wp-service");
    expect(create).to.equal(900 + 2 * 300 + 120);
    expect(update).to.equal(create);
    expect(waits("wp-provision").create).to.equal(900 + 120);
  });

  it("leaves the count to the autoscaler", async () => {
    const { object, objectNames } = await build({
      autoscaling: { minReplicas: 3, maxReplicas: 6, targetCPUUtilizationPercentage: 20 },
    });
    const deployment = object("Deployment", "wordpress");
    expect(deployment.spec).not.to.have.property("replicas");
    expect(deployment.metadata.annotations).to.equal(undefined);
    expect(objectNames()).to.have.length(11);
    expect(object("HorizontalPodAutoscaler", "wordpress")).to.deep.equal({
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: metadata("wordpress"),
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "wordpress" },
        minReplicas: 3,
        maxReplicas: 6,
        metrics: [
          {
            type: "Resource",
            resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 20 } },
          },
        ],
      },
    });
  });

  it("makes no autoscaler when it is off", async () => {
    const { objectNames } = await build({ autoscaling: { enabled: false } });
    expect(objectNames()).to.have.length(10);
    expect(objectNames().filter((name) => name.startsWith("HorizontalPodAutoscaler"))).to.deep.equal([]);
  });

  it("provisions by a Job that ends, and fails loudly", async () => {
    const { resource } = await build({ provisionDeadlineSeconds: 240 });
    const job = resource("wp-provision").inputs as Manifest;
    const { template, ...limits } = job.spec;
    expect(job.metadata).to.deep.include({
      namespace: "blog",
      labels,
      annotations: { "pulumi.com/replaceUnready": "true" },
    });
    expect(limits).to.deep.include({ backoffLimit: 0, activeDeadlineSeconds: 240 });
    expect(template.metadata).to.deep.equal({ labels: labelsOf("provision", "wordpress") });
    expect(template.spec.containers[0].command).to.deep.equal(["bash", "/etc/wordpress/provision.sh"]);
  });

  it("runs WordPress' scheduled work by a CronJob, one at a time", async () => {
    const { object } = await build({ cron: { schedule: "7 * * * *" } });
    const { jobTemplate, ...spec } = object("CronJob", "wordpress-cron").spec;
    expect(object("CronJob", "wordpress-cron").metadata).to.deep.equal(metadata("wordpress-cron"));
    expect(spec).to.deep.equal({
      schedule: "7 * * * *",
      concurrencyPolicy: "Forbid",
      startingDeadlineSeconds: 120,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 2,
    });
    const { template, ...limits } = jobTemplate.spec;
    expect(limits).to.deep.equal({
      backoffLimit: 3,
      podFailurePolicy: {
        rules: [{ action: "FailJob", onExitCodes: { operator: "NotIn", values: [75] } }],
      },
      activeDeadlineSeconds: 900,
    });
    expect(template.metadata).to.deep.equal({ labels: labelsOf("cron", "wordpress") });
    expect(template.spec.containers[0].command).to.deep.equal(["php", "/etc/wordpress/cron.php"]);
  });

  it("lets pods and cron wait for the Job, and the Job for what it is told to", async () => {
    class Outer extends pulumi.ComponentResource {
      constructor() {
        super("wordpress:index:Outer", "outer", {});
        const server = new ConfigMap("server", { metadata: { name: "server" } }, { parent: this });
        new WordPress("wp", { ...args, provisionAfter: [server] }, { parent: this });
        this.registerOutputs({});
      }
    }
    const { resource } = await record(() => new Outer());
    const sources = ["wp-content", "wp-files", "wp-salts"];
    expect(resource("wp-provision").options.dependencies).to.deep.equal(
      ["server", "wp-admin", "wp-provision-run", ...sources].sort(),
    );
    expect(resource("wp-deployment").options.dependencies).to.have.members([...sources, "wp-provision"]);
    expect(resource("wp-cron").options.dependencies).to.include("wp-provision");
  });

  describe("secrets", () => {
    it("generates the administrator's password and the eight salts", async () => {
      const { object, resource } = await build();
      expect(resource("wp-admin-password").inputs).to.deep.equal({ length: 24, special: false });
      for (const key of saltKeys) {
        expect(resource(`wp-${key}`).inputs).to.deep.equal({ length: 64, special: false });
      }
      expect(object("Secret", "wordpress-admin")).to.deep.equal({
        apiVersion: "v1",
        kind: "Secret",
        metadata: metadata("wordpress-admin"),
        stringData: { username: "root", password: generatedValue },
      });
      expect(object("Secret", "wordpress-salts")).to.deep.equal({
        apiVersion: "v1",
        kind: "Secret",
        metadata: metadata("wordpress-salts"),
        stringData: Object.fromEntries(saltKeys.map((key) => [key, generatedValue])),
      });
    });

    it("uses existing Secrets and then generates nothing", async () => {
      const recording = await build({
        admin: { ...args.admin, existingSecretName: "own-admin" },
        saltsSecretName: "own-salts",
      });
      expect(recording.resources.filter(({ type }) => /Secret|RandomPassword/.test(type))).to.deep.equal([]);
      const { volumes } = (recording.resource("wp-provision").inputs as Manifest).spec.template.spec;
      const secretNames = volumes.flatMap((volume: { secret?: { secretName: string } }) =>
        volume.secret ? [volume.secret.secretName] : [],
      );
      expect(secretNames).to.deep.equal(["db-secret", "own-salts", "own-admin"]);
      expect(await resolved(recording.component.adminSecretName)).to.equal("own-admin");
    });

    it("puts no generated value anywhere but into the Secrets", async () => {
      const { resources } = await build();
      const holders = resources.filter(({ inputs }) => JSON.stringify(inputs).includes(generatedValue));
      expect(holders.map(({ name }) => name).sort()).to.deep.equal(["wp-admin", "wp-salts"]);
    });
  });

  for (const protectData of [true, false]) {
    it(`${protectData ? "protects" : "lets go of"} volume and secrets with protectData ${protectData}`, async () => {
      const { resources } = await build({ protectData });
      const kept = (option: "protect" | "retainOnDelete") =>
        resources.filter(({ options }) => options[option]).map(({ name }) => name);
      const secrets = ["wp-admin", "wp-admin-password", "wp-salts", ...saltKeys.map((key) => `wp-${key}`)];
      expect(kept("protect").sort()).to.deep.equal(protectData ? ["wp-content", ...secrets].sort() : []);
      expect(kept("retainOnDelete").sort()).to.deep.equal(
        protectData ? ["wp-admin", "wp-content", "wp-salts"] : [],
      );
    });
  }
});
