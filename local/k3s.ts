import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import pRetry from "p-retry";
import { parse, stringify } from "yaml";
import { dataPath } from "./toolchain/cache.ts";
import { run } from "./toolchain/process.ts";
import { type Report, step } from "./toolchain/progress.ts";

/** Name of the kubeconfig's context, and of the container. */
export const k3sContext = "wordpress-kubernetes-k3s";

/** A stock k3s: Kubernetes, Traefik, local-path volumes and metrics-server of one release. */
const image = "rancher/k3s:v1.36.4-k3s1";

/** Port of the API server on 127.0.0.1, another one than the embedded cluster's. The site has 443 and 80. */
const apiPort = 26443;

/** What we made carries it with the data folder it belongs to: users and checkouts share a machine's Docker. */
const label = "wordpress-kubernetes";

/** Longest download of the image, and longest wait for what comes with k3s, in milliseconds. */
const [downloadPatience, startPatience] = [15 * 60_000, 5 * 60_000];

/** Kubeconfig of the k3s, apart from the user's. */
export function k3sKubeconfig(): string {
  return dataPath("k3s", "kubeconfig");
}

/** Whether a Docker that runs Linux containers answers. */
export async function dockerAnswers(): Promise<boolean> {
  const asking = docker(["version", "--format", "{{.Server.Os}}"], 15_000);
  return (await asking.catch(() => "")).trim() === "linux";
}

/** Whether a k3s was made from here before, running or stopped. */
export async function k3sIsThere(): Promise<boolean> {
  return (await dockerAnswers()) && (await found())?.owner === dataPath();
}

/**
 * Brings a stock k3s up in Docker: at once when it runs, from its kept state, or from nothing.
 * @param pause milliseconds between two looks at what comes with k3s
 */
export async function ensureK3s(report: Report, pause = 2000): Promise<void> {
  if (!(await dockerAnswers()))
    throw new Error("Docker does not answer: start it, or install it, and see that `docker version` works.");
  const there = await found();
  if (there !== undefined && there.owner !== dataPath()) {
    throw new Error(
      `Docker has a container ${k3sContext} already, of ${there.owner || "somebody else"}: \`docker rm --force --volumes ${k3sContext}\` deletes it with its site.`,
    );
  }
  mkdirSync(dataPath("k3s"), { recursive: true, mode: 0o700 });
  if (there === undefined) {
    // It describes objects of a k3s that is gone: somebody has deleted the container.
    rmSync(dataPath("k3s", "state"), { recursive: true, force: true });
    await step(report, `${image} in Docker`, () => docker(create(), downloadPatience));
  } else if (!there.running) {
    await step(report, "starting k3s", () => docker(["start", k3sContext], startPatience));
  }
  await step(report, "waiting for what comes with k3s", () => ready(pause));
  const kubeconfig = parse(await docker(["exec", k3sContext, "cat", "/etc/rancher/k3s/k3s.yaml"]));
  kubeconfig.contexts[0].name = k3sContext;
  kubeconfig["current-context"] = k3sContext;
  writeFileSync(k3sKubeconfig(), stringify(kubeconfig), { mode: 0o600 });
}

/**
 * Takes down the k3s that was made from here, if one was; with `purge` it and its data are deleted.
 * @returns whether there was one
 */
export async function stopK3s({ purge, report }: { purge: boolean; report: Report }): Promise<boolean> {
  const answers = await dockerAnswers();
  if (!answers && existsSync(dataPath("k3s")))
    throw new Error("k3s may run in Docker, and Docker does not answer: start it first.");
  const ours = answers && (await found())?.owner === dataPath();
  const command = purge ? ["rm", "--force", "--volumes"] : ["stop", "-t", "30"];
  if (ours) await step(report, "stopping k3s", () => docker([...command, k3sContext]));
  if (purge) rmSync(dataPath("k3s"), { recursive: true, force: true });
  return ours;
}

/** The container of that name and whose it is; undefined where there is none. */
async function found(): Promise<{ owner: string; running: boolean } | undefined> {
  const format = `{{.State.Running}} {{index .Config.Labels "${label}"}}`;
  const look = docker(["container", "inspect", "--format", format, k3sContext], 15_000);
  const answer = await look.catch((error: Error) => {
    // A Docker that says nothing in time may well have it.
    if (!/no such container/i.test(error.message)) throw error;
  });
  if (answer === undefined) return undefined;
  const [running, ...owner] = answer.trimEnd().split(" ");
  return { running: running === "true", owner: owner.join(" ").replace("<no value>", "") };
}

function create(): string[] {
  const ports = ["443:443", "80:80", `${apiPort}:${apiPort}`];
  return [
    ...["run", "--detach", "--name", k3sContext, "--hostname", k3sContext],
    ...["--label", `${label}=${dataPath()}`, "--privileged", "--tmpfs", "/run", "--tmpfs", "/var/run"],
    ...ports.flatMap((port) => ["--publish", `127.0.0.1:${port}`]),
    ...[image, "server", `--https-listen-port=${apiPort}`],
  ];
}

/** Waits until the deployments that k3s brings, which appear one after the other, are available. */
async function ready(pause: number): Promise<void> {
  const deployments = ["coredns", "local-path-provisioner", "metrics-server", "traefik"];
  const condition = ["wait", "--for=condition=Available", "--timeout=10s", "--namespace=kube-system"];
  const kubectl = ["exec", k3sContext, "kubectl", ...condition];
  await pRetry(() => docker([...kubectl, ...deployments.map((name) => `deployment/${name}`)]), {
    retries: 1000,
    factor: 1,
    minTimeout: pause,
    maxRetryTime: startPatience,
  });
}

function docker(args: readonly string[], timeout = 2 * 60_000): Promise<string> {
  return run("docker", args, { timeout });
}
