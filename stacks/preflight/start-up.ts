/**
 * Traefik's start-up configuration, as its pods have it. Traefik takes it from a file, else from flags, else from
 * variables, and never from two of them. Source: Traefik's documentation, "Configuration overview".
 */
import { parse } from "yaml";
import type { Cluster } from "./cluster.ts";
import { inNamespace } from "./rule.ts";

/** A pod of Traefik's, as far as it is read. */
export interface TraefikPod {
  metadata: { name: string; namespace: string };
  spec: {
    hostNetwork?: boolean;
    containers: Container[];
    volumes?: Volume[];
  };
  status?: { phase?: string; hostIP?: string };
}

interface Container {
  image?: string;
  command?: string[];
  args?: string[];
  env?: { name: string; value?: string }[];
  envFrom?: object[];
  volumeMounts?: { name: string; mountPath: string; subPath?: string }[];
}

interface Volume {
  name: string;
  configMap?: { name: string; items?: { key: string; path: string }[] };
}

/** Values by option, each a path such as `entryPoints.web.address`; the options' own words in lower case. */
export type Options = ReadonlyMap<string, string>;

/** Where Traefik looks for its file when it is not told, in its order; those of a home folder aside. */
const usualFiles = ["toml", "yaml", "yml"].map((ending) => `/etc/traefik/traefik.${ending}`);

/** What a pod was started with; undefined, and noted with the cluster, where that cannot be read. */
export async function startUpOptions(pod: TraefikPod, cluster: Cluster): Promise<Options | undefined> {
  const { containers } = pod.spec;
  const unknown = (why: string) => {
    cluster.unread.push(`what Traefik in ${pod.metadata.namespace} was started with (${why})`);
    return undefined;
  };
  const container = containers.find(({ image }) => image?.includes("traefik")) ?? containers[0];
  if (!container) return unknown("no container");
  const words = [...(container.command ?? []), ...(container.args ?? [])];
  // Its script may hold flags or ask for a file, and any of it may come from variables.
  if (words.some((word) => /^(.*\/)?(a|ba|da)?sh$/.test(word))) return unknown("by a shell");
  const flags = flagsOf(words);
  const asked = flags.get("configfile");
  for (const file of asked === undefined ? usualFiles : [asked]) {
    const place = placeOf(file, pod, container);
    if (place === undefined && asked === undefined) continue;
    if (!place?.map) return unknown(`${file} is of no ConfigMap`);
    const found = await cluster.object<{ data?: Record<string, string> }>(
      `ConfigMap ${place.map}`,
      `${inNamespace(pod.metadata.namespace)}/configmaps/${place.map}`,
    );
    if (found === undefined) return undefined;
    const text = found?.data?.[place.key];
    if (text !== undefined) return fromFile(file, text) ?? unknown(`${file} is no YAML`);
    if (asked !== undefined) return unknown(`${file} is not in ConfigMap ${place.map}`);
  }
  if (flags.size > 0) return flags;
  const variables = variablesOf(container);
  return variables.size > 0 ? variables : unknown("neither flags nor variables nor a file of a ConfigMap");
}

/**
 * `--entryPoints.web.address=:80`, or with the value in the next word; what is only named is true, and what is said twice
 * a list. Names people give keep their case.
 */
function flagsOf(words: string[]): Map<string, string> {
  const flags = new Map<string, string>();
  for (const [index, word] of words.entries()) {
    const [, path, inline] = /^--?([A-Za-z][^=\s]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (path === undefined) continue;
    const next = words[index + 1];
    const value = inline ?? (next === undefined || next.startsWith("-") ? "true" : next);
    const option = optionOf(path.split("."));
    const before = flags.get(option);
    flags.set(option, before === undefined ? value : `${before},${value}`);
  }
  return flags;
}

/** `TRAEFIK_ENTRYPOINTS_WEB_ADDRESS`; Traefik takes all of it in lower case, names people give as well. */
function variablesOf({ env = [] }: Container): Map<string, string> {
  const found = env.flatMap(({ name, value = "" }) => {
    const [, path] = /^TRAEFIK_(.+)$/i.exec(name) ?? [];
    return path === undefined ? [] : [[path.toLowerCase().replaceAll("_", "."), value] as const];
  });
  return new Map(found);
}

/** Sections whose second word is a name that somebody gave. */
const named = ["entrypoints", "certificatesresolvers"];

function optionOf(words: string[]): string {
  const keeps = named.includes(words[0]?.toLowerCase() ?? "");
  return words.map((word, index) => (keeps && index === 1 ? word : word.toLowerCase())).join(".");
}

/** The key of the ConfigMap a file is of; no `map` where it is of another volume, undefined where of none. */
function placeOf(file: string, { spec }: TraefikPod, { volumeMounts = [] }: Container) {
  const within = ({ mountPath }: { mountPath: string }) => {
    const folder = mountPath.replace(/\/$/, "");
    return file === folder ? "" : file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : undefined;
  };
  const [mount] = volumeMounts
    .filter((each) => within(each) !== undefined)
    .sort((one, other) => other.mountPath.length - one.mountPath.length);
  if (!mount) return undefined;
  const map = spec.volumes?.find(({ name }) => name === mount.name)?.configMap;
  const inside = [mount.subPath, within(mount)].filter(Boolean).join("/");
  return { map: map?.name, key: map?.items?.find((item) => item.path === inside)?.key ?? inside };
}

function fromFile(file: string, text: string): Options | undefined {
  if (file.endsWith(".toml")) return undefined;
  try {
    return new Map(flattened(parse(text)));
  } catch {
    return undefined;
  }
}

function flattened(value: unknown, path: string[] = []): [string, string][] {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value);
    // `web: {}` is an entry point, too.
    if (entries.length > 0) return entries.flatMap(([key, inner]) => flattened(inner, [...path, key]));
  }
  const text = Array.isArray(value) ? value.join(",") : value === null ? "" : String(value);
  return [[optionOf(path), text]];
}
