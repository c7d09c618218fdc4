import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { isSecret } from "@pulumi/pulumi";
import { expect } from "chai";
import { MySql, type MySqlArgs } from "../../../components/mysql.ts";
import { serverCertificate } from "../../../components/server-certificate.ts";
import { generatedValue } from "../../../tools/mocks.ts";
import { type Manifest, record, resolved } from "./harness.ts";

/*
 * What mocks cannot prove: that the image reads these variables and files, that the probe's command works, that a
 * protected resource is refused deletion. tests/e2e does that on a cluster.
 */

const resources = { requests: { cpu: "500m", memory: "1Gi" }, limits: { cpu: "1", memory: "2Gi" } };
const args: MySqlArgs = {
  namespace: "blog",
  image: "mysql:8.4.10",
  database: "site",
  user: "writer",
  storage: { size: "20Gi", storageClassName: "block" },
  resources,
  bufferPoolMebibytes: 512,
  maxConnections: 76,
  terminationGracePeriodSeconds: 300,
  tls: false,
  protectData: false,
};
const labels = { app: "wordpress", tier: "mysql" };

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
      "kubernetes:core/v1:Service db-service < db",
      "random:index/randomPassword:RandomPassword db-password < db",
      "random:index/randomPassword:RandomPassword db-root-password < db",
      "wordpress:index:MySql db < ",
    ]);
  });

  it("tells where the database is and how to log in", async () => {
    const { component } = await build();
    expect(await resolved(component.host)).to.equal("wordpress-mysql.blog.svc.cluster.local");
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
    const { containers, ...pod } = spec.template.spec;
    expect(rest).to.deep.equal({
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name: "wordpress-mysql", namespace: "blog", labels },
    });
    expect({ ...spec, template: { ...spec.template, spec: pod } }).to.deep.equal({
      serviceName: "wordpress-mysql",
      replicas: 1,
      podManagementPolicy: "Parallel",
      selector: { matchLabels: labels },
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
            { name: "run", emptyDir: {} },
            { name: "tmp", emptyDir: {} },
          ],
        },
      },
    });
    expect(containers).to.have.length(1);
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
        command: [
          "sh",
          "-c",
          `answer=$(MYSQL_PWD="$(cat /run/secrets/mysql/password)" mysql --host=127.0.0.1 --user="$MYSQL_USER" --execute="SELECT 1" "$MYSQL_DATABASE" 2>&1) && exit 0
case $answer in *"ERROR 1040 "*) exit 0 ;; esac
echo "$answer" >&2
exit 1`,
        ],
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
      resources,
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      },
      terminationMessagePolicy: "FallbackToLogsOnError",
      startupProbe: { ...probe, periodSeconds: 3, failureThreshold: 200 },
      readinessProbe: { ...probe, periodSeconds: 5, failureThreshold: 3 },
      volumeMounts: [
        { name: "data", mountPath: "/var/lib/mysql", subPath: "mysql" },
        { name: "credentials", mountPath: "/run/secrets/mysql", readOnly: true },
        { name: "config", mountPath: "/etc/mysql/conf.d", readOnly: true },
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
      spec: { selector: labels, ports: [{ name: "mysql", port: 3306, targetPort: "mysql" }] },
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

  it("is waited for as long as its first start may take, and its old pod's end before a change", async () => {
    const { object, waits } = await build({
      terminationGracePeriodSeconds: 700,
      existingSecretName: "vault",
    });
    const [{ startupProbe }] = object("StatefulSet", "wordpress-mysql").spec.template.spec.containers;
    const start = startupProbe.periodSeconds * startupProbe.failureThreshold;
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
    expect(Object.keys(config.data)).to.deep.equal(["wordpress.cnf"]);
    expect(settings(config.data["wordpress.cnf"])).to.deep.equal([
      "[mysqld]",
      "skip_name_resolve = ON",
      "character_set_server = utf8mb4",
      "collation_server = utf8mb4_unicode_ci",
      "innodb_buffer_pool_size = 512M",
      "max_connections = 76",
    ]);
  });

  it("logs slow queries when a limit is set", async () => {
    const config = configOf(await build({ slowQuerySeconds: 0.5 }));
    expect(settings(config.data["wordpress.cnf"]).slice(-3)).to.deep.equal([
      "slow_query_log = ON",
      "slow_query_log_file = /dev/stderr",
      "long_query_time = 0.5",
    ]);
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
      expect(limits).to.deep.equal({
        backoffLimit: 3,
        activeDeadlineSeconds: 600,
      });
      const { containers, ...pod } = template.spec;
      // NetworkPolicies let pods of this tier to MySQL.
      expect(template.metadata).to.deep.equal({ labels: { app: "wordpress", tier: "provision" } });
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
              items: [{ key: "password", path: "password" }],
            },
          },
        ],
      });
      const few = { cpu: "100m", memory: "128Mi" };
      expect(containers).to.deep.equal([
        {
          name: "login",
          image: "mysql:8.4.10",
          command: [
            "sh",
            "-c",
            readFileSync(new URL("../../../components/mysql-login.sh", import.meta.url), "utf8"),
          ],
          env: [
            { name: "DATABASE_HOST", value: "wordpress-mysql.blog.svc.cluster.local" },
            { name: "MYSQL_DATABASE", value: "site" },
            { name: "MYSQL_USER", value: "writer" },
            { name: "SECRET_NAME", value: "vault" },
            { name: "TLS_OPTIONS", value: "" },
          ],
          resources: { requests: few, limits: few },
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
      expect(settings(configOf(recording).data["wordpress.cnf"]).slice(6)).to.deep.equal([
        "ssl_ca = /run/secrets/mysql-tls/ca.crt",
        "ssl_cert = /run/secrets/mysql-tls/tls.crt",
        "ssl_key = /run/secrets/mysql-tls/tls.key",
        "require_secure_transport = ON",
        "slow_query_log = ON",
        "slow_query_log_file = /dev/stderr",
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
