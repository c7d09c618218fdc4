/** Kubeconfig files: found, merged, and reduced to the one cluster and user in use. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { parse } from "yaml";
import { asList, asObject, dig, isObject, type Properties } from "../rpc/values.ts";

/** What the provider's arguments say about the cluster to use. */
export interface ClusterChoice {
  /** Path or text of a kubeconfig; by default $KUBECONFIG, then ~/.kube/config. */
  kubeconfig?: string | undefined;
  /** Context name; by default the file's current one. */
  context?: string | undefined;
  /** Cluster name; by default the context's. */
  cluster?: string | undefined;
}

/** A command that prints credentials (client.authentication.k8s.io). */
export interface ExecPlugin {
  apiVersion: string;
  command: string;
  args: string[];
  env: Record<string, string>;
}

/** How to reach one cluster as one user. */
export interface Connection {
  server: string;
  tlsServerName?: string | undefined;
  insecure: boolean;
  ca?: Buffer | undefined;
  certificate?: Buffer | undefined;
  key?: Buffer | undefined;
  token?: string | undefined;
  /** Read again before every use: kubelets and others rotate it. */
  tokenFile?: string | undefined;
  basic?: { username: string; password: string } | undefined;
  exec?: ExecPlugin | undefined;
  /** The context's own namespace. */
  namespace?: string | undefined;
}

/** The connection chosen; throws one sentence that says what is missing. */
export function loadConnection(
  choice: ClusterChoice,
  environment: NodeJS.ProcessEnv = process.env,
): Connection {
  return selectConnection(loadConfig(choice.kubeconfig, environment), choice);
}

/** The merged kubeconfig. Entries of earlier files win, as kubectl has it. */
export function loadConfig(pathOrText: string | undefined, environment: NodeJS.ProcessEnv): Properties {
  if (pathOrText) return readConfig(pathOrText);
  const files = kubeconfigFiles(environment);
  if (files.length === 0) {
    throw new Error("there is no kubeconfig: set KUBECONFIG or the provider's kubeconfig argument");
  }
  return files.map(readConfig).reduce(mergeConfigs);
}

/** The kubeconfig files there are: those of $KUBECONFIG, else ~/.kube/config. */
export function kubeconfigFiles(environment: NodeJS.ProcessEnv): string[] {
  const paths = environment.KUBECONFIG || path.join(environment.HOME ?? homedir(), ".kube", "config");
  return paths.split(path.delimiter).filter((file) => file && existsSync(file));
}

function readConfig(pathOrText: string): Properties {
  const isText = pathOrText.includes("\n") || pathOrText.trimStart().startsWith("{");
  const file = isText ? undefined : pathOrText.replace(/^~(?=\/)/, homedir());
  const text = file === undefined ? pathOrText : readFileSync(file, "utf8");
  // An empty file is one without entries.
  const config: unknown = parse(text) ?? {};
  if (!isObject(config)) throw new Error(`${file ?? "the kubeconfig given"} is not a kubeconfig`);
  return absolutePaths(config, file === undefined ? process.cwd() : path.dirname(path.resolve(file)));
}

const PATH_FIELDS = new Set(["certificate-authority", "client-certificate", "client-key", "tokenFile"]);

/** Paths in a kubeconfig are relative to the file itself. */
function absolutePaths(config: Properties, folder: string): Properties {
  const fix = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(fix);
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, field]) => [
        key,
        PATH_FIELDS.has(key) && typeof field === "string" && field !== ""
          ? path.resolve(folder, field)
          : fix(field),
      ]),
    );
  };
  return asObject(fix(config));
}

function mergeConfigs(first: Properties, second: Properties): Properties {
  const merged: Properties = { ...second, ...first };
  merged["current-context"] = first["current-context"] || second["current-context"];
  for (const list of ["clusters", "users", "contexts"])
    merged[list] = [...asList(first[list]), ...asList(second[list])];
  return merged;
}

function named(config: Properties, list: string, entry: string, name: unknown): Properties {
  const found = asList(config[list]).find((item) => dig(item, "name") === name);
  if (!found) {
    const known = asList(config[list]).map((item) => String(dig(item, "name")));
    throw new Error(`the kubeconfig has no ${entry} "${name ?? ""}"; it has ${known.join(", ") || "none"}`);
  }
  return asObject(dig(found, entry));
}

interface Entries {
  context: Properties;
  cluster: Properties;
  user: Properties;
}

function selectEntries(config: Properties, choice: ClusterChoice): Entries {
  const context = named(config, "contexts", "context", choice.context || config["current-context"]);
  const cluster = named(config, "clusters", "cluster", choice.cluster || context.cluster);
  const user = context.user ? named(config, "users", "user", context.user) : {};
  return { context, cluster, user };
}

/** The server that the choice comes down to. */
export function selectServer(config: Properties, choice: ClusterChoice): string {
  return String(selectEntries(config, choice).cluster.server ?? "");
}

/** Picks context, cluster and user, and reads the files they name. */
function selectConnection(config: Properties, choice: ClusterChoice): Connection {
  const { context, cluster, user } = selectEntries(config, choice);
  if (cluster["proxy-url"]) {
    throw new Error(
      "the kubeconfig's proxy-url needs the official kubernetes plugin; this bundled one cannot do it",
    );
  }
  return {
    server: String(cluster.server ?? ""),
    tlsServerName: text(cluster["tls-server-name"]),
    insecure: cluster["insecure-skip-tls-verify"] === true,
    ca: material(cluster, "certificate-authority"),
    certificate: material(user, "client-certificate"),
    key: material(user, "client-key"),
    token: text(user.token),
    tokenFile: text(user.tokenFile),
    basic: user.username
      ? { username: String(user.username), password: String(user.password ?? "") }
      : undefined,
    exec: user.exec ? execPlugin(asObject(user.exec)) : undefined,
    namespace: text(context.namespace),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Certificates and keys come inline in base64, or as a file. */
function material(entry: Properties, name: string): Buffer | undefined {
  const inline = text(entry[`${name}-data`]);
  if (inline) return Buffer.from(inline, "base64");
  const file = text(entry[name]);
  return file ? readFileSync(file) : undefined;
}

function execPlugin(exec: Properties): ExecPlugin {
  return {
    apiVersion: String(exec.apiVersion ?? "client.authentication.k8s.io/v1"),
    command: String(exec.command ?? ""),
    args: asList(exec.args).map(String),
    env: Object.fromEntries(
      asList(exec.env).map((item) => [String(dig(item, "name")), String(dig(item, "value") ?? "")]),
    ),
  };
}
