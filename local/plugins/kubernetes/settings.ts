/** The provider's own arguments: which cluster, which defaults. */
import { equal, type Properties } from "../rpc/values.ts";
import { type ClusterChoice, type Connection, loadConfig, selectServer } from "./kubeconfig.ts";
import type { Mutability } from "./replace.ts";

/** The arguments of `new kubernetes.Provider(…)` that this provider honours. */
export interface Settings extends ClusterChoice, Mutability {
  /** Namespace of objects that name none; by default the context's, else `default`. */
  namespace: string;
  /** Take fields over from other managers without asking. Default false. */
  patchForce: boolean;
  /** Creating an object that exists already takes it over. Default false: an error. */
  upsert: boolean;
  /** Forget resources whose cluster does not answer. Default false. */
  deleteUnreachable: boolean;
}

function text(args: Properties, name: string): string | undefined {
  const value = args[name];
  if (value === undefined || value === "") return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Arguments arrive as booleans or as text; an unset one is looked up in the environment. */
function flag(args: Properties, name: string, variable: string): boolean {
  return (text(args, name) ?? process.env[`PULUMI_K8S_${variable}`]) === "true";
}

/** Which cluster the arguments choose. */
export function clusterChoice(args: Properties): ClusterChoice {
  return {
    kubeconfig: text(args, "kubeconfig"),
    context: text(args, "context"),
    cluster: text(args, "cluster"),
  };
}

/** Arguments to settings; `connection` knows the context's namespace. */
export function readSettings(args: Properties, connection: Connection | undefined): Settings {
  return {
    ...clusterChoice(args),
    namespace: text(args, "namespace") ?? connection?.namespace ?? "default",
    secrets: flag(args, "enableSecretMutable", "ENABLE_SECRET_MUTABLE"),
    configMaps: flag(args, "enableConfigMapMutable", "ENABLE_CONFIGMAP_MUTABLE"),
    patchForce: flag(args, "enablePatchForce", "ENABLE_PATCH_FORCE"),
    upsert: flag(args, "upsertExistingObjects", "UPSERT_EXISTING_OBJECTS"),
    deleteUnreachable: flag(args, "deleteUnreachable", "DELETE_UNREACHABLE"),
  };
}

/** Arguments of the official provider that this one cannot serve; saying so beats ignoring them. */
const UNSUPPORTED: Record<string, (value: string) => boolean> = {
  renderYamlToDirectory: () => true,
  enableServerSideApply: (value) => value === "false",
};

/** What is wrong with the arguments: name and sentence. */
export function checkSettings(args: Properties): { property: string; reason: string }[] {
  return Object.entries(UNSUPPORTED).flatMap(([property, refuses]) => {
    const value = text(args, property);
    if (value === undefined || !refuses(value)) return [];
    return [
      {
        property,
        reason: `${property}=${value} needs the official kubernetes plugin; this bundled one cannot do it`,
      },
    ];
  });
}

/** Which changed arguments point at another cluster, so that everything in it must be made anew. */
export function clusterReplaces(olds: Properties, news: Properties): string[] {
  const changed = ["kubeconfig", "context", "cluster"].filter((name) => !equal(olds[name], news[name]));
  if (olds.clusterIdentifier && news.clusterIdentifier) {
    return equal(olds.clusterIdentifier, news.clusterIdentifier) ? [] : ["clusterIdentifier"];
  }
  const before = clusterOf(olds);
  const after = clusterOf(news);
  return before && after && before !== after ? changed : [];
}

/** The cluster's server, only where the arguments themselves hold a kubeconfig. */
function clusterOf(args: Properties): string | undefined {
  const choice = clusterChoice(args);
  if (!choice.kubeconfig) return undefined;
  try {
    return selectServer(loadConfig(choice.kubeconfig, {}), choice);
  } catch {
    return undefined; // unreadable now: nothing to compare
  }
}
