import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import pRetry from "p-retry";
import { hierarchies } from "../../local/cluster/cgroups.ts";
import { controlPlane, leftovers, nodeExec } from "../../local/cluster/index.ts";
import * as cluster from "../../local/cluster/kubectl.ts";
import { nodePath } from "../../local/cluster/layout.ts";
import { run } from "../e2e/environment.ts";
import { report } from "../proof/findings.ts";
import { until } from "../proof/kube.ts";
import { ask } from "../proof/memory.ts";

/** Installs WordPress as its own page does, for the host name the test asks for. */
const install = `define("WP_INSTALLING", true); define("WP_SITEURL", "http://wordpress");
require "/var/www/html/wp-load.php"; require ABSPATH . "wp-admin/includes/upgrade.php";
wp_install("A site on version 2", "admin", "admin@example.com", true, "", "of-the-test");`;

/** kubectl, once more when the API server does not answer in time: what is emulated may pause for seconds. */
const kubectl: typeof cluster.kubectl = (...call) =>
  pRetry(() => cluster.kubectl(...call), {
    retries: 20,
    minTimeout: 5000,
    factor: 1,
    shouldRetry: ({ error }) => /TLS handshake timeout|i\/o timeout/.test(error.message),
  });

/** Runs one of this project's programs. */
function program(minutes: number, ...command: string[]) {
  return run([process.execPath, ...command], minutes);
}

async function pod<T>(name: string, jsonpath: string): Promise<T> {
  return JSON.parse((await kubectl(["get", "pod", name, "-o", `jsonpath=${jsonpath}`])) || "null");
}

async function ready(name: string): Promise<boolean> {
  return (await pod<{ ready: boolean }[] | null>(name, "{.status.containerStatuses}"))?.[0]?.ready === true;
}

/** The front page as the pod serves it: its status, and its text after it. */
async function frontPage(): Promise<string> {
  const address = await kubectl(["get", "pod", "wordpress", "-o", "jsonpath={.status.podIP}"]);
  const curl = ["curl", "-s", "-m", "120", "-H", "Host: wordpress", "-w", "\n%{http_code}"];
  return nodeExec(controlPlane, [...curl, `http://${address}/`], 150);
}

async function timed(what: string, work: () => Promise<unknown>): Promise<void> {
  const begun = Date.now();
  await work();
  report(`${what}: ${((Date.now() - begun) / 1000).toFixed(0)} s`);
}

describe("the embedded cluster on control groups of version 2", function () {
  this.timeout(60 * 60_000);

  it("has the machine for it", () => {
    expect(hierarchies().map(({ type }) => type)).to.deep.equal(["cgroup2"]);
  });

  const node = "tests/cgroups/node.ts";
  const places: Record<string, string[]> = {
    "where systemd gives out the groups": [],
    "where nobody gives them out": [
      "unshare",
      "--mount",
      "bash",
      "-c",
      'mount -t tmpfs tmpfs /run; exec "$@"',
      "bash",
    ],
    "in a container": ["bash", "tests/cgroups/container.sh"],
  };
  for (const [place, before] of Object.entries(places))
    it(`makes and removes a node's groups ${place}`, async () => {
      const { code, output } = await run([...before, process.execPath, node], 10);
      expect(code, output).to.equal(0);
    });

  it("starts", async () => {
    await timed("the start", async () => {
      const { code, output } = await program(40, "local/cluster/cli.ts", "start");
      expect(code, output).to.equal(0);
    });
  });

  it("serves a page of WordPress out of MySQL", async () => {
    await kubectl(["apply", "-f", path.join(import.meta.dirname, "pods.yaml")]);
    for (const name of ["mysql", "wordpress"])
      await timed(`${name} ready`, () => until(name, 1200, () => ready(name), 5000));
    await timed("WordPress installed", () =>
      kubectl(["exec", "wordpress", "--", "php", "-r", install], { seconds: 600 }),
    );
    await timed("the page", async () => {
      const page = await frontPage();
      expect(page)
        .to.include("A site on version 2")
        .and.to.match(/\n200$/);
    });
  });

  it("keeps a container that makes three pictures of 24 megapixels ready at once", async () => {
    const script = readFileSync(new URL("../proof/pictures.php", import.meta.url), "utf8");
    // The first size takes the most memory, and each takes minutes here.
    const pictures = "cat > /tmp/pictures.php; for _ in 1 2 3; do php /tmp/pictures.php 1 & done; wait";
    const args = ["exec", "-i", "wordpress", "--", "sh", "-c", pictures];
    await timed("three pictures", async () => {
      const said = await kubectl(args, { input: script, seconds: 2400 });
      report(said.trim().split("\n").join("; "));
      expect(said).to.match(/^(\d+ sizes, \d+ MiB\n?){3}$/);
    });
    expect(
      (await pod<{ restartCount: number }[]>("wordpress", "{.status.containerStatuses}"))[0]?.restartCount,
    ).to.equal(0);
  });

  it("loses a whole container that reaches its memory limit, and starts it again", async () => {
    const [page, php] = ["/var/www/html/proof-greedy.php", new URL("../proof/greedy.php", import.meta.url)];
    const write = ["exec", "-i", "wordpress", "--", "sh", "-c", `cat > ${page}`];
    await kubectl(write, { input: readFileSync(php, "utf8"), seconds: 300 });
    await kubectl(["exec", "wordpress", "--", "timeout", "90", "bash", "-c", ask], { seconds: 300 }).catch(
      (error: Error) => report(`the greedy requests ended with ${error.message.split("\n")[0]}`),
    );
    await timed("the pod ready again", () => until("the pod", 1200, () => ready("wordpress"), 2000));
    const [status] = await pod<{ restartCount: number; lastState: object }[]>(
      "wordpress",
      "{.status.containerStatuses}",
    );
    report(`restarted ${status?.restartCount} times, ${JSON.stringify(status?.lastState)}`);
    expect(status?.restartCount).to.equal(1);
    expect(JSON.stringify(status?.lastState)).to.include("OOMKilled");
    expect(await frontPage()).to.match(/\n200$/);
  });

  it("stops MySQL and does not kill it, and leaves nothing", async () => {
    await timed("the stop", async () => {
      const { code, output } = await program(10, "local/cluster/cli.ts", "stop");
      expect(code, output).to.equal(0);
    });
    expect(await leftovers()).to.deep.equal([]);
    const logs = nodePath("node1", "var-log", "pods");
    const [folder = ""] = readdirSync(logs).filter((name) => name.startsWith("default_mysql_"));
    const log = readFileSync(path.join(logs, folder, "mysql", "0.log"), "utf8");
    expect(log.split("\n").slice(-5).join("\n")).to.include("Shutdown complete");
  });
});
