/** Finds the cluster the kubernetes provider will use: its own config first, then what kubectl would take. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";

/** What the stack's config says about the cluster (`kubernetes:kubeconfig`, `:context`, `:cluster`). */
export interface ClusterChoice {
  /** Path or text of a kubeconfig. @default $KUBECONFIG, else ~/.kube/config, else the pod's service account */
  kubeconfig?: string;
  /** Name of the context. @default the kubeconfig's current one */
  context?: string;
  /** Name of the cluster. @default the context's */
  cluster?: string;
}

/** One cluster and one of its users. */
export interface Connection {
  /** Where this was found, for messages: `context "prod" of ~/.kube/config`. */
  origin: string;
  cluster: Cluster;
  user: User;
}

const optional = z.string().nullish();

const clusterSchema = z.object({
  server: z.string(),
  "certificate-authority": optional,
  "certificate-authority-data": optional,
  "insecure-skip-tls-verify": z.boolean().nullish(),
  "tls-server-name": optional,
  "proxy-url": optional,
});

const userSchema = z.object({
  "client-certificate": optional,
  "client-certificate-data": optional,
  "client-key": optional,
  "client-key-data": optional,
  token: optional,
  tokenFile: optional,
  username: optional,
  password: optional,
  exec: z
    .object({
      apiVersion: z.string(),
      command: z.string(),
      args: z.array(z.string()).nullish(),
      env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
    })
    .nullish(),
});

const contextSchema = z.object({ cluster: z.string(), user: optional });

const kubeconfigSchema = z.object({
  "current-context": optional,
  clusters: z.array(z.object({ name: z.string(), cluster: clusterSchema })).nullish(),
  users: z.array(z.object({ name: z.string(), user: userSchema.nullish() })).nullish(),
  contexts: z.array(z.object({ name: z.string(), context: contextSchema })).nullish(),
});

export type Cluster = z.output<typeof clusterSchema>;
export type User = z.output<typeof userSchema>;
type Kubeconfig = z.output<typeof kubeconfigSchema>;

/** The pod's own account, where the program runs inside a cluster. */
const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The cluster to use. Throws one sentence about what is missing. */
export function findConnection(choice: ClusterChoice, environment = process.env): Connection {
  if (choice.kubeconfig !== undefined) return fromText(choice.kubeconfig, choice);
  const files = kubeconfigFiles(environment);
  const found = files.filter((file) => existsSync(file));
  if (found.length > 0) return select(merge(found.map(readKubeconfig)), choice, found.join(", "));
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  if (host !== undefined && port !== undefined) return insideCluster(host, port);
  throw new Error(
    `there is no kubeconfig at ${files.join(", ")}: set KUBECONFIG, or kubernetes:kubeconfig in the stack's config`,
  );
}

/** The kubeconfig that kubectl would use; empty where there is none. Throws where it cannot be read. */
export function userKubeconfig(environment = process.env): Kubeconfig {
  return merge(
    kubeconfigFiles(environment)
      .filter((file) => existsSync(file))
      .map(readKubeconfig),
  );
}

function kubeconfigFiles({ KUBECONFIG = "", HOME = homedir() }: NodeJS.ProcessEnv): string[] {
  const files = KUBECONFIG.split(path.delimiter).filter((file) => file !== "");
  return files.length > 0 ? files : [path.join(HOME, ".kube", "config")];
}

function fromText(pathOrText: string, choice: ClusterChoice): Connection {
  const text = pathOrText.includes("\n") || pathOrText.trimStart().startsWith("{");
  const origin = "the stack's kubernetes:kubeconfig";
  if (text) return select(parseKubeconfig(pathOrText, process.cwd(), origin), choice, origin);
  const file = pathOrText.replace(/^~(?=\/)/, homedir());
  if (!existsSync(file)) throw new Error(`${origin} names ${file}, which is not there`);
  return select(readKubeconfig(file), choice, file);
}

function insideCluster(host: string, port: string): Connection {
  const name = host.includes(":") ? `[${host}]` : host;
  return {
    origin: "the pod's service account",
    cluster: { server: `https://${name}:${port}`, "certificate-authority": `${serviceAccount}/ca.crt` },
    user: { tokenFile: `${serviceAccount}/token` },
  };
}

function readKubeconfig(file: string): Kubeconfig {
  return parseKubeconfig(readFileSync(file, "utf8"), path.dirname(path.resolve(file)), file);
}

/** Paths in a kubeconfig are relative to its folder. */
function parseKubeconfig(text: string, folder: string, origin: string): Kubeconfig {
  const parsed = kubeconfigSchema.safeParse(parse(text) ?? {});
  // What a kubeconfig holds is secret: the message names the place only.
  if (!parsed.success) {
    const place = parsed.error.issues[0]?.path.join(".");
    throw new Error(`${origin} is not a kubeconfig${place ? ` (see ${place})` : ""}`);
  }
  const absolute = (file: string | null | undefined) => (file ? path.resolve(folder, file) : undefined);
  for (const { cluster } of parsed.data.clusters ?? []) {
    cluster["certificate-authority"] = absolute(cluster["certificate-authority"]);
  }
  for (const { user } of parsed.data.users ?? []) {
    for (const key of ["client-certificate", "client-key", "tokenFile"] as const) {
      if (user) user[key] = absolute(user[key]);
    }
    if (user?.exec?.command.includes("/")) user.exec.command = path.resolve(folder, user.exec.command);
  }
  return parsed.data;
}

/** As kubectl merges them: of two entries of one name the first file's counts. */
function merge(configs: Kubeconfig[]): Kubeconfig {
  return {
    "current-context": configs.map((config) => config["current-context"]).find(Boolean),
    clusters: configs.flatMap(({ clusters }) => clusters ?? []),
    users: configs.flatMap(({ users }) => users ?? []),
    contexts: configs.flatMap(({ contexts }) => contexts ?? []),
  };
}

function select(config: Kubeconfig, choice: ClusterChoice, origin: string): Connection {
  const contextName = choice.context ?? config["current-context"];
  if (!contextName) throw new Error(`${origin} has no current context: set kubernetes:context`);
  const { context } = named(config.contexts, "context", contextName, origin);
  const { cluster } = named(config.clusters, "cluster", choice.cluster ?? context.cluster, origin);
  const user = context.user ? named(config.users, "user", context.user, origin).user : undefined;
  return { origin: `context "${contextName}" of ${origin}`, cluster, user: user ?? {} };
}

function named<T extends { name: string }>(
  list: T[] | null | undefined,
  kind: string,
  name: string,
  origin: string,
): T {
  const found = list?.find((entry) => entry.name === name);
  if (found) return found;
  const known = (list ?? []).map((entry) => entry.name).join(", ");
  throw new Error(`${origin} has no ${kind} "${name}"; it has ${known || "none"}`);
}
