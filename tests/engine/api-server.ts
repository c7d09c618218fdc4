/**
 * A real Kubernetes control plane for tests, without nodes: etcd, kube-apiserver and kube-controller-manager on
 * loopback, in a temporary folder. Pods are made and run nowhere.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { plainReport } from "../../local/toolchain/progress.ts";
import { ensureTools, type ToolName } from "../../local/toolchain/tools.ts";
import { waitUntil } from "../../local/toolchain/wait-until.ts";
import { temporaryFolder } from "./temporary.ts";

const TOKEN = "engine-tests";

type Kubectl = (args: string[], input?: unknown) => Promise<string>;

/** A running control plane. */
export interface ControlPlane {
  /** Path of an administrator's kubeconfig. */
  kubeconfig: string;
  /** Runs kubectl and returns what it printed; rejects with its words when it fails. */
  kubectl: Kubectl;
  /** Folder for anything else a test keeps; removed with the control plane. */
  folder: string;
  stop(): Promise<void>;
}

/** Starts a control plane; everything of it goes away with `stop`, or with this process. */
export async function startControlPlane(): Promise<ControlPlane> {
  const tools = await ensureTools(
    ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"],
    plainReport(),
  );
  const folder = temporaryFolder("control-plane");
  const [etcdPort = 0, peerPort = 0, apiPort = 0, managerPort = 0] = await freePorts(4);
  const processes: ChildProcess[] = [];
  const start = (name: keyof typeof tools, args: string[]) => {
    const log = openSync(path.join(folder, `${name}.log`), "a");
    // setpriv would need the package; a dead parent is noticed by the shell that waits on its stdin
    const guard = 'exec 3<&0; "$@" </dev/null & child=$!; (cat <&3 >/dev/null; kill -9 $child) & wait $child';
    processes.push(
      spawn("sh", ["-c", guard, name, tools[name], ...args], { stdio: ["pipe", log, log], detached: true }),
    );
    closeSync(log);
  };
  const stop = async () => {
    for (const child of processes) child.stdin?.end();
    await Promise.all(
      processes.map(
        (child) =>
          (child.exitCode ?? child.signalCode) !== null || new Promise((done) => child.once("exit", done)),
      ),
    );
    rmSync(folder, { recursive: true, force: true });
  };

  try {
    const kubeconfig = writeKubeconfig(folder, apiPort);
    writeAccounts(folder);
    start("etcd", [
      `--data-dir=${folder}/etcd`,
      "--unsafe-no-fsync",
      `--listen-client-urls=http://127.0.0.1:${etcdPort}`,
      `--advertise-client-urls=http://127.0.0.1:${etcdPort}`,
      `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peerPort}`,
      `--initial-cluster=default=http://127.0.0.1:${peerPort}`,
    ]);
    start("kube-apiserver", [
      `--etcd-servers=http://127.0.0.1:${etcdPort}`,
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      `--secure-port=${apiPort}`,
      `--cert-dir=${folder}/certificates`,
      `--token-auth-file=${folder}/tokens.csv`,
      "--authorization-mode=RBAC",
      "--service-cluster-ip-range=10.96.0.0/16",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${folder}/accounts.pem`,
      `--service-account-signing-key-file=${folder}/accounts.key`,
    ]);
    const kubectl = kubectlOf(tools.kubectl, kubeconfig, folder);
    await whenReady(kubectl, processes);
    start("kube-controller-manager", [
      `--kubeconfig=${kubeconfig}`,
      `--service-account-private-key-file=${folder}/accounts.key`,
      "--bind-address=127.0.0.1",
      `--secure-port=${managerPort}`,
      `--cert-dir=${folder}/manager`,
      "--leader-elect=false",
      "--concurrent-namespace-syncs=20",
    ]);
    await waitUntil("the default service account", 60, () => kubectl(["get", "serviceaccount", "default"]));
    return { kubeconfig, kubectl, folder, stop };
  } catch (error) {
    const log = readFileSync(path.join(folder, "kube-apiserver.log"), "utf8")
      .split("\n")
      .slice(-20)
      .join("\n");
    await stop();
    throw new Error(`the control plane did not start: ${error}\n${log}`);
  }
}

/** Makes the kinds of these files, whoever has made some of them before, more roughly, and waits until they are served. */
export async function makeKinds(kubectl: Kubectl, ...names: ToolName[]): Promise<void> {
  for (const file of Object.values(await ensureTools(names, plainReport()))) {
    await kubectl(["apply", "--server-side", "--force-conflicts", "-f", file]);
    await kubectl(["wait", "--for=condition=Established", "--timeout=60s", "-f", file]);
  }
}

function writeKubeconfig(folder: string, port: number): string {
  const file = path.join(folder, "kubeconfig");
  const cluster = {
    server: `https://127.0.0.1:${port}`,
    "certificate-authority": "certificates/apiserver.crt",
  };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "engine-tests", cluster }],
    users: [{ name: "admin", user: { token: TOKEN } }],
    contexts: [{ name: "engine-tests", context: { cluster: "engine-tests", user: "admin" } }],
    "current-context": "engine-tests",
  };
  writeFileSync(file, stringify(config), { mode: 0o600 });
  return file;
}

function writeAccounts(folder: string): void {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeFileSync(path.join(folder, "tokens.csv"), `${TOKEN},admin,admin,"system:masters"\n`, { mode: 0o600 });
  writeFileSync(path.join(folder, "accounts.key"), privateKey.export({ type: "sec1", format: "pem" }), {
    mode: 0o600,
  });
  writeFileSync(path.join(folder, "accounts.pem"), publicKey.export({ type: "spki", format: "pem" }));
}

function kubectlOf(program: string, kubeconfig: string, folder: string): Kubectl {
  const env = { KUBECONFIG: kubeconfig, KUBECACHEDIR: path.join(folder, "kubectl-cache") };
  return async (args, input) => {
    const options = input === undefined ? {} : { input: JSON.stringify(input) };
    return (await execa(program, args, { env, timeout: 120_000, ...options })).stdout;
  };
}

async function whenReady(kubectl: Kubectl, processes: ChildProcess[]): Promise<void> {
  await waitUntil("the API server", 60, async () => {
    const dead = processes.find((child) => child.exitCode !== null);
    if (dead) throw new Error(`a process of the control plane ended with exit code ${dead.exitCode}`);
    await kubectl(["get", "--raw", "/readyz"]);
  });
}

/** Ports of loopback nobody listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}
