import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import pRetry from "p-retry";
import { parse, stringify } from "yaml";
import { dataPath } from "./toolchain/cache.ts";
import { findOnPath } from "./toolchain/cli.ts";
import { run } from "./toolchain/process.ts";
import { type Report, step } from "./toolchain/progress.ts";

/** Name of the kubeconfig's context, and of the container. */
export const k3sContext = "wordpress-kubernetes-k3s";

/** A stock k3s: Kubernetes, Traefik, local-path volumes and metrics-server of one release. */
const image = "rancher/k3s:v1.36.4-k3s1";

/** Port of the API server on 127.0.0.1, another one than the embedded cluster's. The site has 443 and 80. */
const apiPort = 26443;

/** What we made carries it; nothing else is touched. */
const label = "wordpress-kubernetes";

/** Longest download of the image, and longest wait for what comes with k3s, in milliseconds. */
const [downloadPatience, startPatience] = [15 * 60_000, 5 * 60_000];

/** How to have a k3s in Docker: a container's name, and commands. */
interface Way {
  readonly container: string;
  readonly create: readonly string[];
  readonly start: readonly string[];
  readonly stop: readonly string[];
  readonly remove: readonly string[];
  /** Prints a kubeconfig with one context. */
  readonly kubeconfig: readonly string[];
}

const published = ["127.0.0.1:443:443", "127.0.0.1:80:80"];

/** The k3d of the machine, which makes containers of its own. */
const k3d: Way = {
  container: `k3d-${label}-server-0`,
  create: [
    ...["k3d", "cluster", "create", label, "--image", image, "--api-port", `127.0.0.1:${apiPort}`],
    ...published.flatMap((port) => ["--port", `${port}@loadbalancer`]),
    ...["--runtime-label", `${label}=k3s@server:0`, "--kubeconfig-update-default=false"],
  ],
  start: ["k3d", "cluster", "start", label],
  stop: ["k3d", "cluster", "stop", label],
  remove: ["k3d", "cluster", "delete", label],
  kubeconfig: ["k3d", "kubeconfig", "get", label],
};

const container: Way = {
  container: k3sContext,
  create: [
    ...["docker", "run", "--detach", "--name", k3sContext, "--hostname", k3sContext],
    ...["--label", `${label}=k3s`, "--privileged", "--tmpfs", "/run", "--tmpfs", "/var/run"],
    ...[...published, `127.0.0.1:${apiPort}:${apiPort}`].flatMap((port) => ["--publish", port]),
    ...[image, "server", `--https-listen-port=${apiPort}`],
  ],
  start: ["docker", "start", k3sContext],
  stop: ["docker", "stop", "-t", "30", k3sContext],
  remove: ["docker", "rm", "--force", "--volumes", k3sContext],
  kubeconfig: ["docker", "exec", k3sContext, "cat", "/etc/rancher/k3s/k3s.yaml"],
};

/** Kubeconfig of the k3s, apart from the user's. */
export function k3sKubeconfig(): string {
  return dataPath("k3s", "kubeconfig");
}

/** Whether a Docker that runs Linux containers answers. */
export async function dockerAnswers(): Promise<boolean> {
  return (await docker("version", "--format", "{{.Server.Os}}")) === "linux";
}

/** Whether a k3s was made from here before, running or stopped. */
export async function k3sIsThere(): Promise<boolean> {
  return existsSync(dataPath("k3s")) && (await found()) !== undefined;
}

/**
 * Brings a stock k3s up in Docker: at once when it runs, from its kept state, or from nothing.
 * @param pause milliseconds between two looks at what comes with k3s
 */
export async function ensureK3s(report: Report, pause = 2000): Promise<void> {
  if (!(await dockerAnswers()))
    throw new Error("Docker does not answer: start it, or install it, and see that `docker version` works.");
  const there = await found();
  const way = there?.way ?? (findOnPath("k3d") ? k3d : container);
  mkdirSync(dataPath("k3s"), { recursive: true, mode: 0o700 });
  if (there === undefined)
    await step(report, `${image} in Docker`, () => execute(way.create, downloadPatience));
  else if (!there.running) await step(report, "starting k3s", () => execute(way.start, startPatience));
  await step(report, "waiting for what comes with k3s", () => ready(way, pause));
  const kubeconfig = parse(await execute(way.kubeconfig));
  kubeconfig.contexts[0].name = k3sContext;
  kubeconfig["current-context"] = k3sContext;
  writeFileSync(k3sKubeconfig(), stringify(kubeconfig), { mode: 0o600 });
}

/** Takes down the k3s that was made from here, if one was; with `purge` it and its data are deleted. */
export async function stopK3s({ purge, report }: { purge: boolean; report: Report }): Promise<void> {
  if (!existsSync(dataPath("k3s"))) return;
  if (!(await dockerAnswers()))
    throw new Error("k3s may run in Docker, and Docker does not answer: start it first.");
  const there = await found();
  if (there) await step(report, "stopping k3s", () => execute(purge ? there.way.remove : there.way.stop));
  if (purge) rmSync(dataPath("k3s"), { recursive: true, force: true });
}

/** Our k3s, whichever way it was made; a container of the same name without our label is somebody else's. */
async function found(): Promise<{ way: Way; running: boolean } | undefined> {
  const format = `{{index .Config.Labels "${label}"}} {{.State.Running}}`;
  for (const way of [container, k3d]) {
    const answer = await docker("container", "inspect", "--format", format, way.container);
    if (answer?.startsWith("k3s ")) return { way, running: answer === "k3s true" };
  }
  return undefined;
}

/** Waits until the deployments that k3s brings, which appear one after the other, are available. */
async function ready(way: Way, pause: number): Promise<void> {
  const deployments = ["coredns", "local-path-provisioner", "metrics-server", "traefik"];
  const condition = ["wait", "--for=condition=Available", "--timeout=10s", "--namespace=kube-system"];
  const kubectl = ["docker", "exec", way.container, "kubectl", ...condition];
  await pRetry(() => execute([...kubectl, ...deployments.map((name) => `deployment/${name}`)]), {
    retries: 1000,
    factor: 1,
    minTimeout: pause,
    maxRetryTime: startPatience,
  });
}

/** What Docker says; undefined where there is none, it does not answer or it knows of no such thing. */
function docker(...words: string[]): Promise<string | undefined> {
  return execute(["docker", ...words], 15_000).then(
    (answer) => answer.trim(),
    () => undefined,
  );
}

function execute([program = "", ...args]: readonly string[], timeout = 2 * 60_000): Promise<string> {
  return run(program, args, { timeout });
}
