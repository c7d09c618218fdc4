import { readFileSync } from "node:fs";
import path from "node:path";
import { output } from "@pulumi/pulumi";
import { expect } from "chai";
import { servingPod } from "../../../components/wordpress/pod.ts";
import { requestWorkers } from "../../../components/wordpress/sizing.ts";
import { quote } from "../../../local/toolchain/process.ts";
import { type Manifest, resolved } from "../../unit/components/harness.ts";
import { Apache } from "./apache.ts";
import type { Probe, Trial, Verdict } from "./kubelet.ts";
import { MySqlOnStage } from "./mysql.ts";
import { onStage } from "./stage.ts";

/* A pod's Apache and its database, and a client that asks for readiness by the pod's own probe, as the kubelet does. */

const env = Object.entries({
  WORDPRESS_DB_HOST: "127.0.0.1:3306",
  WORDPRESS_DB_NAME: "wordpress",
  WORDPRESS_DB_USER: "wordpress",
  WORDPRESS_DB_PASSWORD_FILE: "/run/secrets/wordpress/database/password",
}).map((pair) => pair.join("="));

const page = "http://127.0.0.1/page.php";
/** A page that takes as long as a request may here. */
const longest = 15;
const slow = `http://127.0.0.1/page.php?milliseconds=${longest}000`;

/** Sends a signal to all processes of a name, as they are called within the stage. */
const signalAll = (root: string, signal: string, name: string) =>
  `cd ${quote(path.join(root, "proc"))} && for pid in [0-9]*; do [ "$(cat $pid/comm)" != ${name} ] || kill -${signal} $pid; done`;

describe("readiness", () => {
  let apache: Apache;
  let mysql: MySqlOnStage;
  let probe: Probe;

  before(async () => {
    mysql = await MySqlOnStage.unpack("readiness-mysql");
    apache = await Apache.unpack();
    apache.place("wp-includes/version.php");
    apache.write("var/www/html/page.php", "<?php usleep(1000 * (int) ($_GET['milliseconds'] ?? 500));");
    apache.write("run/secrets/wordpress/database/password", "secret");
    const settings = await apache.configure({ php: { maxExecutionSeconds: longest } });
    probe = await probeOf(servingPod(settings, sources));
  });
  after(() => {
    apache?.remove();
    mysql?.remove();
  });

  const trial = (given: Omit<Trial, "probe">): Promise<Verdict> => {
    const { command, root } = apache.server;
    const servers = [mysql.server, { root, command: ["env", ...env, ...command] }];
    const client = path.join(import.meta.dirname, "kubelet.ts");
    return onStage(servers, client, { probe, ...given } satisfies Trial, (given.seconds + 300) * 1000);
  };

  it("is kept by a pod whose workers all are held by slow requests", async () => {
    const verdict = await trial({ load: { [slow]: 40, [page]: 128 }, seconds: 2 * longest + 10 });
    expect(verdict).to.include({ ready: true });
    const workers = requestWorkers({ resources: { limits: { memory: "1Gi" } } });
    expect(verdict.served[slow], "slow requests that held a worker").to.be.at.least(workers);
  });

  it("is kept by a pod whose visitors queue", async () => {
    expect(await trial({ load: { [page]: 128 }, seconds: 30 })).to.include({ ready: true, failed: 0 });
  });

  it("is lost by a hung Apache", async () => {
    const fault = signalAll(apache.root, "STOP", "apache2");
    expect(await trial({ load: { [page]: 1 }, fault, seconds: 120 })).to.include({ ready: false });
  });

  it("is lost with the database, however busy the pod", async () => {
    const fault = signalAll(apache.root, "KILL", "mysqld");
    expect(await trial({ load: { [page]: 128 }, fault, seconds: 60 })).to.include({ ready: false });
  });

  it("is kept while the database takes no further connections", async () => {
    const script = readFileSync(new URL("../../proof/exhaustion.php", import.meta.url), "utf8");
    const holder = ["chroot", apache.root, "env", ...env, "php", "-r", script.replace("<?php", ""), "60"];
    expect(await trial({ load: {}, fault: holder.map(quote).join(" "), seconds: 30 })).to.include({
      ready: true,
      failed: 0,
    });
  });
});

const sources = { claimName: "pvc", filesName: "files", adminSecretName: "admin", saltsSecretName: "salts" };

async function probeOf(pod: ReturnType<typeof servingPod>): Promise<Probe> {
  const [{ ports, readinessProbe }] = (await resolved<Manifest>(output(pod))).spec.containers;
  const { httpGet, periodSeconds, timeoutSeconds, failureThreshold } = readinessProbe;
  const { containerPort } = ports.find(({ name }: { name: string }) => name === httpGet.port);
  const url = `http://127.0.0.1:${containerPort}${httpGet.path}`;
  return { url, periodSeconds, timeoutSeconds, failureThreshold };
}
