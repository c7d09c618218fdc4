/**
 * The documents for a cluster of somebody's own, followed from `npm ci` to the last `destroy` on a copy of the checkout,
 * with the real engine, a home, a state and a passphrase of its own, and a real control plane whose nodes are played.
 */
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { ensureEngine } from "../../local/toolchain/engine.ts";
import { plainReport } from "../../local/toolchain/progress.ts";
import { ensureTools } from "../../local/toolchain/tools.ts";
import { Reader } from "../documents/reader.ts";
import { checkout, followed } from "../documents/shell.ts";
import { type ControlPlane, startControlPlane } from "../engine/api-server.ts";
import { withNodejsHost } from "../engine/nodejs-host.ts";
import { furnish, play } from "./played-cluster.ts";

interface Named {
  metadata: { name: string; uid: string };
}

/** A home with nothing in it, the checkout beside it, and on PATH what the documents ask for. */
async function newcomer({ folder, kubeconfig }: ControlPlane): Promise<Reader> {
  const at = (...parts: string[]) => path.join(folder, "newcomer", ...parts);
  for (const part of ["bin", "checkout", "home/.pulumi"]) mkdirSync(at(part), { recursive: true });
  const copy =
    "git ls-files -z --cached --others --exclude-standard --deduplicate | tar --null -T - -c | tar -x -C";
  await execa("bash", ["-euo", "pipefail", "-c", `${copy} "$0"`, at("checkout")], { cwd: checkout });
  const [engine, { kubectl }] = await Promise.all([
    ensureEngine(plainReport()),
    ensureTools(["kubectl"], plainReport()),
  ]);
  symlinkSync(engine.command, at("bin", "pulumi"));
  symlinkSync(kubectl, at("bin", "kubectl"));
  const plugins = path.join(engine.env.PULUMI_HOME ?? path.join(os.homedir(), ".pulumi"), "plugins");
  symlinkSync(plugins, at("home/.pulumi/plugins"));
  const { PATH = [path.dirname(process.execPath), process.env.PATH].join(":") } = withNodejsHost(
    engine.command,
    at("bin"),
  );
  const { stdout: npmCache } = await execa("npm", ["config", "get", "cache"], { cwd: checkout });
  // Proxies and authorities are the machine's; of Pulumi and of clusters nothing is known.
  const machine = Object.entries(process.env).filter(([name]) => !/^(PULUMI|KUBE|WORDPRESS)/.test(name));
  const env = {
    ...Object.fromEntries(machine),
    ...engine.env,
    HOME: at("home"),
    PULUMI_HOME: at("home/.pulumi"),
    PATH: `${at("bin")}:${PATH}`,
    KUBECONFIG: kubeconfig,
    // Nobody is there to look at a preview and say yes; those that a document asks for run.
    PULUMI_SKIP_CONFIRMATIONS: "true",
    PULUMI_OPTION_SKIP_PREVIEW: "true",
    // The registry this machine has, and what it has of it.
    npm_config_userconfig: path.join(os.homedir(), ".npmrc"),
    npm_config_cache: npmCache,
  };
  return new Reader({ cwd: at("checkout"), env, session: at("session"), minutes: 15 });
}

describe("a cluster of somebody's own, by the documents", () => {
  let plane: ControlPlane;
  let stopPlaying: () => Promise<void>;
  let reader: Reader;
  const get = async (...args: string[]) => JSON.parse(await plane.kubectl(["get", ...args, "-o", "json"]));
  const inSite = ["--namespace", "kube-example"];

  before(async () => {
    plane = await startControlPlane();
    stopPlaying = play(plane);
    await furnish(plane.kubectl);
    reader = await newcomer(plane);
  });
  // Each step begins where the one before has ended.
  let stuck = false;
  beforeEach(function () {
    if (stuck) this.skip();
  });
  afterEach(function () {
    stuck ||= this.currentTest?.state === "failed";
  });
  after(async () => {
    await stopPlaying?.();
    await plane?.stop();
  });

  it("shows what the cluster has, and keeps the state in a folder", async () => {
    const shown = await reader.follow("own-cluster.md, What has to be there");
    expect(shown).to.match(/^traefik +service\/traefik /m);
    await reader.follow("own-cluster.md, State and passphrase");
    expect(existsSync(reader.path("home", "wordpress-state", ".pulumi"))).to.equal(true);
    expect(await reader.type("pulumi whoami --verbose")).to.match(/Backend URL: +file:\/\/.*wordpress-state/);
  });

  it("has the stack prod with Rook; what says why in its config stays", async () => {
    await reader.follow("README.md, On your own cluster");
    expect(await reader.type("pulumi stack output url")).to.contain("https://blog.example.com");
    await reader.type("pulumi preview --expect-no-changes");
    const text = readFileSync(reader.path("checkout", "Pulumi.prod.yaml"), "utf8");
    expect(text)
      .to.match(/certResolver: letsencrypt # /)
      .and.to.match(/^encryptionsalt: /m);
  });

  it("tells the login, and what was saved before a teardown", async () => {
    expect(await reader.follow("operations.md, Logging in")).to.match(/^admin\w{24}$/);
    await reader.follow("operations.md, Taking down without losing data");
    expect(
      readFileSync(reader.path("checkout", "secrets.yaml"), "utf8").match(/^ {2}kind: Secret/gm),
    ).to.have.length(3);
  });

  it("changes config, makes room for MySQL, grows a volume, and is scaled", async () => {
    await reader.follow("operations.md, Changing config");
    expect((await get(...inSite, "hpa", "wordpress")).spec.maxReplicas).to.equal(10);
    await reader.follow("operations.md, Room for MySQL");
    const { spec } = await get(...inSite, "statefulset", "wordpress-mysql");
    expect(spec.template.spec.priorityClassName).to.equal("databases");
    await reader.follow("operations.md, Growing a volume");
    expect((await get(...inSite, "pvc", "wordpress-pvc")).spec.resources.requests.storage).to.equal("5Gi");
    await reader.type(`pulumi config set --path wordpress.autoscaling.enabled false
      pulumi config set --path wordpress.replicas 3
      pulumi up`);
    expect((await get(...inSite, "deployment", "wordpress")).spec.replicas).to.equal(3);
    await reader.follow("operations.md, Scaling");
    // Nobody's count was taken for one.
    expect((await get(...inSite, "deployment", "wordpress")).spec.replicas).to.equal(4);
  });

  it("sends mail, and goes without the page cache", async () => {
    await reader.follow("operations.md, Mail", { PASSWORD: "s3cret", USER: "blog" });
    await reader.follow("operations.md, The page cache");
    const { items } = await get(...inSite, "deployments");
    expect(items).to.have.length(1);
    const env: { name: string; value: string }[] = items[0].spec.template.spec.containers[0].env;
    expect(env.find(({ name }) => name === "WORDPRESS_SMTP_HOST")?.value).to.equal("smtp.example.com");
  });

  it("has other keys, salts and another certificate of the database, all protected again", async () => {
    const secrets = async () => {
      const { items } = await get(...inSite, "secrets", "wordpress-salts", "wordpress-mysql-tls");
      return items.flatMap(({ data }: { data: object }) => Object.values(data)) as string[];
    };
    const before = await secrets();
    const names = await reader.follow("operations.md, Moving to a Secret of yours");
    expect(names.match(/RandomPassword::/g)?.length).to.be.greaterThan(10);
    await reader.follow("operations.md, Keys and salts");
    await reader.follow("operations.md, The database's certificate");
    const after = await secrets();
    expect(after.filter((value) => before.includes(value))).to.deep.equal([]);
    expect(after).to.have.length(8 + 3);
    // The preview is what refuses: without one the engine deletes what is not protected before it stops.
    expect(await refused("PULUMI_OPTION_SKIP_PREVIEW=false pulumi destroy")).to.match(/protected/);
    expect(await secrets()).to.deep.equal(after);
  });

  it("stops serving and comes back with what is protected", async () => {
    const { metadata } = await get(...inSite, "pvc", "mysql-pvc");
    await reader.type("pulumi destroy --exclude-protected");
    expect((await get(...inSite, "deployments")).items).to.deep.equal([]);
    await reader.type("pulumi up");
    expect((await get(...inSite, "deployments")).items).to.have.length(1);
    expect((await get(...inSite, "pvc", "mysql-pvc")).metadata.uid).to.equal(metadata.uid);
  });

  it("gives the stack up, keeps the data, and comes back to it", async () => {
    const kept = async () => {
      const { items } = await get(...inSite, "pvc,secret", "--sort-by=.metadata.name");
      const names = /^(mysql-pvc|wordpress-pvc|wordpress-(admin|mysql|salts))$/;
      const own = items.filter(({ metadata }: Named) => names.test(metadata.name));
      return own.map(({ metadata }: Named) => `${metadata.name} ${metadata.uid}`);
    };
    const before = await kept();
    expect(before).to.have.length(5);
    await reader.type("pulumi state unprotect --all && pulumi destroy");
    expect((await get(...inSite, "deployments,statefulsets,services")).items).to.deep.equal([]);
    expect(await kept()).to.deep.equal(before);
    await reader.follow("operations.md, Taking down without losing data (2)");
    expect(await kept()).to.deep.equal(before);
  });

  it("lets a node be drained, and called off", async () => {
    await reader.follow("operations.md, Draining a node", { NODE: "node-1" });
    await reader.follow("operations.md, After the loss of a node", { NODE: "node-1" });
    const { spec } = await get("node", "node-1");
    expect(spec.taints ?? []).not.to.deep.include({
      effect: "NoExecute",
      key: "node.kubernetes.io/out-of-service",
    });
  });

  it("is deleted; Rook's objects stay, and so does its config", async () => {
    await reader.follow("own-cluster.md, Deleting it");
    expect(await plane.kubectl(["get", "namespaces", "-o", "name"])).not.to.contain("kube-example");
    expect(await plane.kubectl(["get", "storageclasses", "-o", "name"])).to.contain("csi-cephfs");
    expect(await reader.type("pulumi stack ls")).not.to.contain("prod");
    expect(existsSync(reader.path("checkout", "Pulumi.prod.yaml"))).to.equal(true);
  });

  it("has the stack dev on a stock k3s, with a certificate, and gives it back", async () => {
    await reader.follow("own-cluster.md, A stock k3s");
    await reader.follow("own-cluster.md, A stock k3s (2)");
    const { spec } = await get(...inSite, "ingressroute", "wordpress-https");
    expect(spec.routes[0].match).to.contain("blog.example.com");
    expect(spec.tls.certResolver).to.equal("letsencrypt");
    await reader.follow("own-cluster.md, Deleting it", { prod: "dev" });
    expect(await plane.kubectl(["get", "namespaces", "-o", "name"])).not.to.contain("kube-example");
  });

  it("has the stack dev on kind", async () => {
    // As in a fresh clone.
    await reader.type(`cp "${checkout}/Pulumi.dev.yaml" .`);
    await reader.follow("own-cluster.md, kind (2)");
    const { items } = await get(...inSite, "pvc");
    expect(
      items.map(({ spec }: { spec: { storageClassName: string } }) => spec.storageClassName),
    ).to.deep.equal(["standard", "standard"]);
    await reader.type("pulumi destroy && pulumi stack rm dev");
  });

  it("has the stack prod on a managed cluster, in a namespace that is given to it", async () => {
    await reader.type(`cp "${checkout}/Pulumi.prod.yaml" . && pulumi stack init prod
      pulumi config set protectData false
      pulumi config set --path route.tls.certResolver letsencrypt`);
    await reader.follow("own-cluster.md, A managed cluster");
    await plane.kubectl(["create", "namespace", "kube-example"]);
    expect(await refused("pulumi preview")).to.contain("kube-example is there");
    await reader.follow("operations.md, Objects that are there already");
    await reader.type("pulumi up");
    const { items } = await get(...inSite, "networkpolicies");
    expect(JSON.stringify(items)).to.contain("169.254.20.10/32");
    await reader.type("pulumi destroy");
  });

  it("is deployed by a user with rights in one namespace, with what is outside of it there already", async () => {
    const own = ["--namespace", "tenant"];
    await plane.kubectl(["create", "namespace", "tenant"]);
    await plane.kubectl(["create", "serviceaccount", "deployer", ...own]);
    await plane.kubectl(["create", "role", "routes", ...own, "--verb=*", "--resource=*.traefik.io"]);
    for (const role of ["--clusterrole=admin", "--role=routes"]) {
      const binding = role.replace(/.*=/, "");
      await plane.kubectl([
        "create",
        "rolebinding",
        binding,
        ...own,
        role,
        "--serviceaccount=tenant:deployer",
      ]);
    }
    const token = await plane.kubectl(["create", "token", "deployer", ...own, "--duration=1h"]);
    await reader.type(`cp "${checkout}/Pulumi.prod.yaml" Pulumi.tenant.yaml && pulumi stack init tenant
      sed "s/token: .*/token: ${token}/" "$KUBECONFIG" > "\${KUBECONFIG%/*}/tenant"
      export KUBECONFIG="\${KUBECONFIG%/*}/tenant"
      pulumi config set namespace tenant
      pulumi config set createNamespace false
      pulumi config set protectData false
      pulumi config set --path storage.type existing`);
    const said = await reader.type("pulumi up");
    expect(said).to.match(/could not check: .*nodes \(403 Forbidden\)/);
    expect((await get(...own, "deployments")).items).to.have.length(2);
    await reader.type("pulumi destroy");
    expect((await get(...own, "deployments")).items).to.deep.equal([]);
  });

  it("has followed all that it is said to follow", () => {
    const own = followed["tests/proof/own-cluster.test.ts"];
    expect([...new Set(reader.followed)]).to.have.members([...own]);
  });

  /** What a command says that has to fail. */
  function refused(command: string): Promise<string> {
    return reader.type(command).then(
      (said) => Promise.reject(new Error(`${command} should fail, and said:\n${said}`)),
      (error: Error) => error.message,
    );
  }
});
