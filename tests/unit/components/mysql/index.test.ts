import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { isSecret } from "@pulumi/pulumi";
import { expect } from "chai";
import { MySql, type MySqlArgs } from "../../../../components/mysql/index.ts";
import { serverCertificate } from "../../../../components/mysql/server-certificate.ts";
import { generatedValue } from "../../../../tools/mocks.ts";
import { labelsOf, type Manifest, record, resolved, resourcesOf } from "../harness.ts";

/*
 * What mocks cannot prove: that the image reads these variables and files, that the probe's command works, that a
 * protected resource is refused deletion. tests/e2e does that on a cluster.
 */

const args: MySqlArgs = {
  namespace: "blog",
  database: "site",
  user: "writer",
  storage: { size: "20Gi", storageClassName: "block" },
  maxConnections: 76,
};
const selected = { app: "wordpress", tier: "mysql" };
const labels = labelsOf("mysql", "mysql");

const source = (name: string) =>
  readFileSync(new URL(`../../../../components/mysql/files/${name}`, import.meta.url), "utf8");

const build = (changes: Partial<MySqlArgs> = {}) => record(() => new MySql("db", { ...args, ...changes }));

/** The only ConfigMap, whose name ends with a hash. */
function configOf({ resource }: Awaited<ReturnType<typeof build>>): Manifest {
  return resource("db-config").inputs;
}

describe("MySql", () => {
  it("is exactly these resources", async () => {
    const recording = await build();
    const seen = recording.resources.map(({ type, name, options }) => `${type} ${name} < ${options.parent}`);
    expect(seen.sort()).to.deep.equal([
      "kubernetes:apps/v1:StatefulSet db-server < db",
      "kubernetes:core/v1:ConfigMap db-config < db",
      "kubernetes:core/v1:PersistentVolumeClaim db-data < db",
      "kubernetes:core/v1:Secret db-credentials < db",
      "kubernetes:core/v1:Service db-pods < db",
      "kubernetes:core/v1:Service db-service < db",
      "kubernetes:policy/v1:PodDisruptionBudget db-pdb < db",
      "random:index/randomPassword:RandomPassword db-password < db",
      "random:index/randomPassword:RandomPassword db-root-password < db",
      "wordpress:index:MySql db < ",
    ]);
  });

  it("tells where the database is and how to log in", async () => {
    const { component } = await build();
    expect(await resolved(component.host)).to.equal("wordpress-mysql.blog.svc");
    expect(await resolved(component.port)).to.equal(3306);
    expect(await resolved(component.database)).to.equal("site");
    expect(await resolved(component.user)).to.equal("writer");
    expect(await resolved(component.secretName)).to.equal("wordpress-mysql");
    expect(await resolved(component.passwordKey)).to.equal("password");
    expect(await resolved(component.password)).to.equal(generatedValue);
  });

  it("is a StatefulSet of one with its volume, files and secrets", async () => {
    const recording = await build();
    const { spec, ...rest } = recording.object("StatefulSet", "wordpress-mysql");
    const { containers, initContainers, ...pod } = spec.template.spec;
    expect(rest).to.deep.equal({
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name: "wordpress-mysql", namespace: "blog", labels },
    });
    expect({ ...spec, template: { ...spec.template, spec: pod } }).to.deep.equal({
      serviceName: "wordpress-mysql-pods",
      replicas: 1,
      podManagementPolicy: "Parallel",
      selector: { matchLabels: selected },
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 999,
            runAsGroup: 999,
            fsGroup: 999,
            fsGroupChangePolicy: "OnRootMismatch",
            seccompProfile: { type: "RuntimeDefault" },
          },
          terminationGracePeriodSeconds: 300,
          volumes: [
            { name: "data", persistentVolumeClaim: { claimName: "mysql-pvc" } },
            { name: "credentials", secret: { secretName: "wordpress-mysql", defaultMode: 0o440 } },
            { name: "config", configMap: { name: configOf(recording).metadata.name } },
            { name: "run", emptyDir: { sizeLimit: "16Mi" } },
            { name: "tmp", emptyDir: { sizeLimit: "4Gi" } },
          ],
        },
      },
    });
    expect(containers).to.have.length(1);
    expect(initContainers).to.deep.equal([
      {
        name: "prepare",
        image: "mysql:8.4.10",
        command: ["sh", "-c", source("prepare.sh")],
        resources: resourcesOf("100m", "64Mi", ["16Mi", "128Mi"]),
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        terminationMessagePolicy: "FallbackToLogsOnError",
        volumeMounts: [{ name: "data", mountPath: "/var/lib/mysql", subPath: "mysql" }],
      },
    ]);
  });

  it("lets a drain stop it, or wait", async () => {
    const budget = async (changes: Partial<MySqlArgs> = {}) =>
      (await build(changes)).object("PodDisruptionBudget", "wordpress-mysql").spec;
    const expected = { unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels: selected } };
    expect(await budget()).to.deep.equal({ maxUnavailable: 1, ...expected });
    expect(await budget({ maxUnavailable: 0 })).to.deep.equal({ maxUnavailable: 0, ...expected });
  });

  for (const { answer, ready } of [
    { answer: "exit 0", ready: true },
    { answer: "echo 'ERROR 1040 (08004): Too many connections' >&2; exit 1", ready: true },
    { answer: "echo 'ERROR 1045 (28000): Access denied' >&2; exit 1", ready: false },
    { answer: "echo 'ERROR 2003 (HY000): Connection refused' >&2; exit 1", ready: false },
  ]) {
    it(`is ${ready ? "" : "not "}ready when its client says: ${answer}`, async () => {
      const { object } = await build();
      const [container] = object("StatefulSet", "wordpress-mysql").spec.template.spec.containers;
      const [shell, flag, script] = container.readinessProbe.exec.command;
      const { status, stderr } = spawnSync(shell, [flag, `mysql() { ${answer}; }\n${script}`], {
        encoding: "utf8",
      });
      expect(status === 0).to.equal(ready);
      if (!ready) expect(stderr).to.match(/ERROR \d+/);
    });
  }

  it("runs the image with the passwords as files and probes that ask a query", async () => {
    const { object } = await build();
    const probe = {
      exec: {
        command: ["sh", "-c", source("ready.sh")],
      },
      timeoutSeconds: 5,
    };
    expect(object("StatefulSet", "wordpress-mysql").spec.template.spec.containers[0]).to.deep.equal({
      name: "mysql",
      image: "mysql:8.4.10",
      ports: [{ name: "mysql", containerPort: 3306 }],
      env: [
        { name: "MYSQL_DATABASE", value: "site" },
        { name: "MYSQL_USER", value: "writer" },
        { name: "MYSQL_PASSWORD_FILE", value: "/run/secrets/mysql/password" },
        { name: "MYSQL_ROOT_PASSWORD_FILE", value: "/run/secrets/mysql/root-password" },
        { name: "MYSQL_ROOT_HOST", value: "localhost" },
      ],
      resources: resourcesOf("500m", "1Gi", ["128Mi", "6144Mi"]),
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      },
      terminationMessagePolicy: "FallbackToLogsOnError",
      readinessProbe: { ...probe, periodSeconds: 5, failureThreshold: 3 },
      volumeMounts: [
        { name: "data", mountPath: "/var/lib/mysql", subPath: "mysql" },
        { name: "credentials", mountPath: "/run/secrets/mysql", readOnly: true },
        { name: "config", mountPath: "/etc/mysql/conf.d", readOnly: true },
        {
          name: "config",
          mountPath: "/docker-entrypoint-initdb.d/zz-initialised.sh",
          subPath: "initialised.sh",
          readOnly: true,
        },
        { name: "run", mountPath: "/var/run/mysqld" },
        { name: "tmp", mountPath: "/tmp" },
      ],
    });
  });

  it("is reached through the Service wordpress-mysql on port 3306", async () => {
    const { object } = await build();
    expect(object("Service", "wordpress-mysql")).to.deep.equal({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "wordpress-mysql", namespace: "blog", labels },
      spec: { selector: selected, ports: [{ name: "mysql", port: 3306, targetPort: "mysql" }] },
    });
  });

  it("has a headless Service that names its pod in DNS, ready or not", async () => {
    const { object } = await build();
    const { serviceName } = object("StatefulSet", "wordpress-mysql").spec;
    const { spec } = object("Service", "wordpress-mysql");
    expect(object("Service", serviceName)).to.deep.equal({
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name: "wordpress-mysql-pods",
        namespace: "blog",
        labels,
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: { ...spec, clusterIP: "None", publishNotReadyAddresses: true },
    });
  });

  it("claims a volume of the size and class asked for", async () => {
    const { object } = await build();
    expect(object("PersistentVolumeClaim", "mysql-pvc")).to.deep.equal({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: {
        name: "mysql-pvc",
        namespace: "blog",
        labels,
        // The provider would wait five minutes for a bound claim to be without a volume, of some classes.
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: "block",
        resources: { requests: { storage: "20Gi" } },
      },
    });
  });

  it("leaves the class to the cluster when none is named", async () => {
    const { object } = await build({ storage: { size: "1Gi" } });
    expect(object("PersistentVolumeClaim", "mysql-pvc").spec).to.deep.equal({
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
    });
  });

  it("is waited for as long as asked, and for its old pod's end before a change; no probe ends a long start", async () => {
    const { object, waits } = await build({
      terminationGracePeriodSeconds: 700,
      startDeadlineSeconds: 4000,
      existingSecretName: "vault",
    });
    const [container] = object("StatefulSet", "wordpress-mysql").spec.template.spec.containers;
    expect(Object.keys(container).filter((key) => key.endsWith("Probe"))).to.deep.equal(["readinessProbe"]);
    const start = 4000;
    const expected = { create: start + 120, update: 700 + start + 120, delete: 700 + 120 };
    expect(waits("db-server")).to.deep.equal(expected);
    expect(waits("db-service").update).to.equal(expected.update);
    const { activeDeadlineSeconds } = (await build({ existingSecretName: "vault" })).resource("db-login")
      .inputs.spec as Manifest;
    expect(waits("db-login").create).to.equal(activeDeadlineSeconds + 120);
  });

  it("configures the server", async () => {
    const config = configOf(await build());
    expect(config.metadata.labels).to.deep.equal(labels);
    expect(Object.keys(config.data)).to.have.members(["wordpress.cnf", "initialised.sh"]);
    expect(settings(config.data["wordpress.cnf"])).to.deep.equal([
      "[mysqld]",
      "skip_name_resolve = ON",
      "character_set_server = utf8mb4",
      "collation_server = utf8mb4_unicode_520_ci",
      "innodb_buffer_pool_size = 512M",
      "max_connections = 76",
      "binlog_expire_logs_seconds = 172800",
      "max_binlog_size = 640M",
    ]);
  });

  it("logs slow queries when a limit is set", async () => {
    const recording = await build({ slowQuerySeconds: 0.5 });
    expect(settings(configOf(recording).data["wordpress.cnf"]).slice(-3)).to.deep.equal([
      "slow_query_log = ON",
      "slow_query_log_file = /tmp/slow.log",
      "long_query_time = 0.5",
    ]);
    const [container] = recording.object("StatefulSet", "wordpress-mysql").spec.template.spec.containers;
    expect(container.command).to.deep.equal(["sh", "-c", source("slow-log.sh")]);
  });

  it("takes further settings, which mysqld itself checks before the server's pod changes", async () => {
    const extraConfig = ["innodb_flush_log_at_trx_commit = 2", "binlog_expire_logs_seconds = 604800"];
    const recording = await build({ extraConfig });
    const config = recording.object("StatefulSet", "wordpress-mysql").spec.template.spec.volumes[2].configMap;
    const check = recording.resource("db-config-check");
    const { containers, volumes } = (check.inputs as Manifest).spec.template.spec;
    expect(containers[0].command).to.deep.equal(["mysqld", "--validate-config", "--tmpdir=/tmp"]);
    expect(volumes[0]).to.deep.equal({ name: "config", configMap: config });
    expect(recording.resource("db-server").options.dependencies).to.include("db-config-check");
    const { data } = recording.resource("db-config").inputs as { data: Record<string, string> };
    expect(settings(data["wordpress.cnf"] ?? "").slice(-2)).to.deep.equal(extraConfig);
  });

  it("generates both passwords, keeps them in a Secret and marks the output secret", async () => {
    const { component, object, resource } = await build();
    for (const name of ["db-password", "db-root-password"]) {
      expect(resource(name).inputs).to.deep.equal({ length: 32, special: false });
    }
    expect(object("Secret", "wordpress-mysql")).to.deep.equal({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "wordpress-mysql", namespace: "blog", labels },
      stringData: { password: generatedValue, "root-password": generatedValue },
    });
    expect(resource("db-credentials").options.dependencies).to.include.members([
      "db-password",
      "db-root-password",
    ]);
    expect(await isSecret(component.password)).to.equal(true);
  });

  it("uses an existing Secret and then generates nothing", async () => {
    const { component, object, objectNames, resources: made } = await build({ existingSecretName: "vault" });
    expect(objectNames().map((name) => name.split("/")[0])).to.deep.equal([
      "ConfigMap",
      "ConfigMap",
      "Job",
      "PersistentVolumeClaim",
      "PodDisruptionBudget",
      "Service",
      "Service",
      "StatefulSet",
    ]);
    expect(made.some(({ type }) => type.startsWith("random:"))).to.equal(false);
    expect(object("StatefulSet", "wordpress-mysql").spec.template.spec.volumes[1]).to.deep.equal({
      name: "credentials",
      secret: { secretName: "vault", defaultMode: 0o440 },
    });
    expect(await resolved(component.secretName)).to.equal("vault");
    expect(await resolved(component.password)).to.equal(undefined);
  });

  describe("with an existing Secret", () => {
    const existingSecretName = "vault";
    const loginOf = async (changes: Partial<MySqlArgs> = {}) =>
      (await build({ existingSecretName, ...changes })).resource("db-login").inputs as Manifest;

    it("asks the running server about the password before the server's pod changes", async () => {
      const { resource } = await build({ existingSecretName });
      expect(resource("db-login").options.parent).to.equal("db");
      expect(resource("db-server").options.dependencies).to.include("db-login");
    });

    it("asks by a Job that fails at once, and is made anew by the next up", async () => {
      const { metadata, spec } = await loginOf();
      const { template, ...limits } = spec;
      expect(metadata).to.deep.include({
        namespace: "blog",
        labels,
        annotations: { "pulumi.com/replaceUnready": "true" },
      });
      expect(limits).to.deep.include({ backoffLimit: 0, activeDeadlineSeconds: 600 });
      const { containers, ...pod } = template.spec;
      // NetworkPolicies let pods of this tier to MySQL.
      expect(template.metadata).to.deep.equal({ labels: labelsOf("provision", "wordpress") });
      expect(pod).to.deep.equal({
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 999,
          runAsGroup: 999,
          fsGroup: 999,
          fsGroupChangePolicy: "OnRootMismatch",
          seccompProfile: { type: "RuntimeDefault" },
        },
        restartPolicy: "Never",
        volumes: [
          {
            name: "credentials",
            secret: {
              secretName: "vault",
              defaultMode: 0o440,
              items: [
                { key: "password", path: "password" },
                { key: "root-password", path: "root-password" },
              ],
            },
          },
        ],
      });
      expect(containers).to.deep.equal([
        {
          name: "login",
          image: "mysql:8.4.10",
          command: ["sh", "-c", source("login.sh")],
          env: [
            { name: "DATABASE_HOST", value: "wordpress-mysql.blog.svc" },
            { name: "MYSQL_DATABASE", value: "site" },
            { name: "MYSQL_USER", value: "writer" },
            { name: "SECRET_NAME", value: "vault" },
            { name: "TLS_OPTIONS", value: "" },
          ],
          resources: resourcesOf("100m", "128Mi", ["16Mi", "128Mi"]),
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          terminationMessagePolicy: "FallbackToLogsOnError",
          volumeMounts: [{ name: "credentials", mountPath: "/run/secrets/mysql", readOnly: true }],
        },
      ]);
    });

    it("sends the password to nobody but the server whose certificate it knows, with TLS", async () => {
      const { containers, volumes } = (await loginOf({ tls: true })).spec.template.spec;
      expect(containers[0].env.at(-1)).to.deep.equal({
        name: "TLS_OPTIONS",
        value: "--ssl-mode=VERIFY_IDENTITY --ssl-ca=/run/secrets/mysql-tls/ca.crt",
      });
      expect(containers[0].volumeMounts.at(-1)).to.deep.equal({
        name: "certificate",
        mountPath: "/run/secrets/mysql-tls",
        readOnly: true,
      });
      // Not the server's key.
      expect(volumes.at(-1)).to.deep.equal({
        name: "certificate",
        secret: {
          secretName: "wordpress-mysql-tls",
          defaultMode: 0o440,
          items: [{ key: "ca.crt", path: "ca.crt" }],
        },
      });
    });
  });

  describe("with TLS", () => {
    it("takes an existing certificate, and then makes neither seed nor Secret", async () => {
      const existingCertificateSecretName = "own-tls";
      const {
        component,
        object,
        objectNames,
        resources: made,
      } = await build({
        tls: true,
        existingCertificateSecretName,
      });
      expect(objectNames()).not.to.include("Secret/wordpress-mysql-tls");
      expect(made.map(({ name }) => name)).not.to.include("db-certificate-seed");
      const { metadata, spec } = object("StatefulSet", "wordpress-mysql").spec.template;
      expect(metadata).to.deep.equal({ labels });
      expect(spec.volumes).to.deep.include({
        name: "certificate",
        secret: { secretName: "own-tls", defaultMode: 0o440 },
      });
      expect(component.certificateAuthority).to.equal(undefined);
      const authority = component.certificateAuthoritySecretName;
      expect(authority && (await resolved(authority))).to.equal("own-tls");
    });

    it("generates a seed, and keeps the certificate made from it in a Secret", async () => {
      const { component, object, resource } = await build({ tls: true });
      expect(resource("db-certificate-seed").inputs).to.deep.equal({ length: 64, special: false });
      const { stringData, ...secret } = object("Secret", "wordpress-mysql-tls");
      expect(secret).to.deep.equal({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "wordpress-mysql-tls", namespace: "blog", labels },
        type: "kubernetes.io/tls",
      });
      const made = await serverCertificate(generatedValue, [
        "wordpress-mysql",
        "wordpress-mysql.blog.svc",
        "wordpress-mysql.blog.svc.cluster.local",
      ]);
      expect(stringData).to.deep.equal({
        "ca.crt": made.authority,
        "tls.crt": made.certificate,
        "tls.key": made.privateKey,
      });
      const authority = component.certificateAuthority;
      if (authority === undefined) throw new Error("no authority");
      expect(await resolved(authority)).to.equal(made.authority);
      expect(component.certificateAuthoritySecretName).to.equal(undefined);
      // It is in a ConfigMap, which is no place for a secret.
      expect(await isSecret(authority)).to.equal(false);
    });

    it("lets the server present it, and takes nothing in plain text over the network", async () => {
      const recording = await build({ tls: true, slowQuerySeconds: 2 });
      expect(settings(configOf(recording).data["wordpress.cnf"]).slice(8)).to.deep.equal([
        "ssl_ca = /run/secrets/mysql-tls/ca.crt",
        "ssl_cert = /run/secrets/mysql-tls/tls.crt",
        "ssl_key = /run/secrets/mysql-tls/tls.key",
        "require_secure_transport = ON",
        "slow_query_log = ON",
        "slow_query_log_file = /tmp/slow.log",
        "long_query_time = 2",
      ]);
      const { volumes, containers } = recording.object("StatefulSet", "wordpress-mysql").spec.template.spec;
      expect(volumes).to.deep.include({
        name: "certificate",
        secret: { secretName: "wordpress-mysql-tls", defaultMode: 0o440 },
      });
      expect(containers[0].volumeMounts).to.deep.include({
        name: "certificate",
        mountPath: "/run/secrets/mysql-tls",
        readOnly: true,
      });
    });

    it("is off by itself", async () => {
      const { component, objectNames } = await build();
      expect(objectNames()).not.to.include("Secret/wordpress-mysql-tls");
      expect(component.certificateAuthority).to.equal(undefined);
    });
  });

  for (const protectData of [true, false]) {
    it(`${protectData ? "protects" : "lets go of"} volume and passwords with protectData ${protectData}`, async () => {
      const { resources: made } = await build({ protectData, tls: true });
      const kept = (option: "protect" | "retainOnDelete") =>
        made.filter(({ options }) => options[option]).map(({ name }) => name);
      expect(kept("protect").sort()).to.deep.equal(
        protectData
          ? ["db-certificate-seed", "db-credentials", "db-data", "db-password", "db-root-password"]
          : [],
      );
      expect(kept("retainOnDelete").sort()).to.deep.equal(protectData ? ["db-credentials", "db-data"] : []);
    });
  }

  it("starts the server after its volume, files and credentials", async () => {
    const { resource } = await build();
    expect(resource("db-server").options.dependencies).to.deep.equal([
      "db-config",
      "db-credentials",
      "db-data",
    ]);
  });
});

/** Lines of a settings file without comments and blanks. */
function settings(file: string): string[] {
  return file.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}
