import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa, type Options } from "execa";
import { hostPorts } from "../../local/cluster/index.ts";
import { kubectl as clusterKubectl } from "../../local/cluster/kubectl.ts";
import { dataPath } from "../../local/toolchain/cache.ts";
import { fetchPage, type Page } from "../fetch-page.ts";

/** Address of the site under test, as Pulumi.local.yaml has it. */
export const siteUrl = `https://wordpress.localhost:${hostPorts.https}`;

/** The checkout. */
export const root = new URL("../..", import.meta.url).pathname;

/** Where kubelets, container runtimes, CNI plugins, kubectl and the engine keep their files elsewhere. */
const usualFolders = [
  ...["kubelet", "containerd", "cni", "etcd", "rancher"].map((name) => `/var/lib/${name}`),
  ...["cni", "kubernetes", "containerd"].map((name) => `/etc/${name}`),
  ...["containerd", "netns", "kubernetes", "flannel"].map((name) => `/run/${name}`),
  ...["cni", "local-path-provisioner"].map((name) => `/opt/${name}`),
  ...[".pulumi", ".kube"].map((name) => path.join(os.homedir(), name)),
];

/** Those of them that are on this machine. */
export function foldersOutsideCache(): string[] {
  return usualFolders.filter((folder) => existsSync(folder));
}

/** Those that were there before the first test. */
export const foreignFolders = foldersOutsideCache();

/** How a command ended: its exit code and everything it printed. */
export interface Ended {
  code: number;
  output: string;
}

/** A command that is given more minutes than these shows how far it is: builds take half an hour. */
const longSilence = 10;

/**
 * Runs a command of the checkout; never rejects for its exit code. `minutes` bounds it; where they are many, what it
 * writes to stderr, which is its progress, is shown as it comes.
 */
export async function run(command: string[], minutes: number, options: Options = {}): Promise<Ended> {
  const [file = "", ...args] = command;
  const { exitCode, all, timedOut } = await execa(file, args, {
    cwd: root,
    all: true,
    reject: false,
    stdin: "ignore",
    stderr: minutes > longSilence ? ["pipe", "inherit"] : "pipe",
    timeout: minutes * 60_000,
    ...options,
  });
  const output = String(all ?? "");
  if (timedOut) throw new Error(`${command.join(" ")} did not end within ${minutes} minutes:\n${output}`);
  return { code: exitCode ?? -1, output };
}

/** Runs an engine command through `npm run pulumi`. */
export function pulumi(args: string[], minutes = 5): Promise<Ended> {
  return run(["npm", "run", "--silent", "pulumi", "--", ...args, "--non-interactive"], minutes);
}

/** The stack's outputs as `pulumi stack output` shows them. */
export async function stackOutputs(): Promise<Record<string, unknown>> {
  const { stdout } = await execa("npm", ["run", "--silent", "pulumi", "--", "stack", "output", "--json"], {
    cwd: root,
    timeout: 60_000,
  });
  return JSON.parse(stdout);
}

/** Runs kubectl on the embedded cluster and returns what it printed; rejects when it fails. */
export function kubectl(...args: string[]): Promise<string> {
  return clusterKubectl(args, { seconds: 180 });
}

/** Runs a command in the WordPress container of one of the site's pods and returns what it printed. */
export function inWordPress(...command: string[]): Promise<string> {
  return kubectl("-n", "kube-example", "exec", "deploy/wordpress", "-c", "wordpress", "--", ...command);
}

/** An object of the site's namespace. */
export async function objectOf<T>(...args: string[]): Promise<T> {
  return JSON.parse(await kubectl("-n", "kube-example", "get", ...args, "-o", "json"));
}

/** Root of the embedded cluster's ACME server. */
export function acmeRoot(): string {
  return readFileSync(dataPath("cluster", "acme-root.pem"), "utf8");
}

/** Fetches a page of the site with its certificate checked. */
export function page(path: string, headers: Record<string, string> = {}): Promise<Page> {
  return fetchPage(siteUrl + path, { ca: acmeRoot(), address: "127.0.0.1", headers });
}

/** Cookie of somebody who has written a comment: the page cache keeps no page for them, and WordPress makes each anew. */
export const commenter = "comment_author_0=Somebody";

/** Fetches a page that WordPress makes for this request, whatever the page cache keeps. */
export function freshPage(path: string): Promise<Page> {
  return page(path, { cookie: commenter });
}

/** The administrator's password. */
export async function adminPassword(): Promise<string> {
  const secret = await objectOf<{ data: { password: string } }>("secret", "wordpress-admin");
  return Buffer.from(secret.data.password, "base64").toString();
}

/** A script beside the tests, as `php -r` takes it. */
export function phpFile(name: string): string {
  return readFileSync(new URL(name, import.meta.url), "utf8").replace("<?php", "");
}

/** What Site Health's own tests find in a pod; `open` as with network.internetEgress. */
export async function siteHealth(network: "closed" | "open" = "closed") {
  const php = ["php", "-d", "opcache.enable_cli=1", "-r", phpFile("site-health.php"), network];
  const output = await inWordPress(...php);
  const found: Record<string, { status: string; label: string; description: string }> = JSON.parse(output);
  return Object.values(found);
}
