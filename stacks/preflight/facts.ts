/** What a cluster has of the things a stack needs. */
import { mysqlNames } from "../../components/names.ts";
import type { SiteConfig } from "../schema.ts";
import { ApiError, type Client } from "./client.ts";
import { neededApis, neededClaims, neededObjects, neededSecrets } from "./needs.ts";
import { ownObjects } from "./owners.ts";

/** The thing itself; `null` where the cluster has none, `undefined` where it could not be read. */
export type Found<T> = T | null | undefined;

/** Facts about one cluster. Objects are kept as the API shows them, of Secrets the keys only. */
export interface ClusterFacts {
  /** Minor version of Kubernetes 1. */
  minorVersion: Found<number>;
  nodes: Found<Node[]>;
  /** Plural names served, by group and version. */
  apis: Record<string, Found<string[]>>;
  /** Whether the objects of `neededObjects` are there, by kind and name. */
  objects: Record<string, Found<true>>;
  /** The site's namespace. */
  namespace: Found<Namespace>;
  storageClasses: Found<StorageClass[]>;
  /** The claims in the site's namespace, by name. */
  claims: Record<string, Found<Claim>>;
  /** Keys of the Secrets in the site's namespace, by name. */
  secrets: Record<string, Found<string[]>>;
  /** CephClusters in Rook's namespace. */
  cephClusters: Found<CephCluster[]>;
  /** MySQL's StatefulSet. */
  mysql: Found<StatefulSet>;
  /** What there is of the kinds of `ownObjects`, by kind. */
  metadata: Record<string, Found<Metadata[]>>;
  /** What could not be read, and why. */
  unread: string[];
}

/** What is read of an object to tell whose it is. */
export interface Metadata {
  name: string;
  labels?: Record<string, string>;
  managedFields?: { manager?: string; subresource?: string }[];
}

export interface Namespace {
  metadata?: Metadata;
  status?: { phase?: string };
}

export interface Node {
  metadata: { name: string };
  spec: { unschedulable?: boolean; taints?: { effect: string }[] };
  status: { nodeInfo: { kubeletVersion: string } };
}

export interface StorageClass {
  metadata: { name: string };
  provisioner: string;
  parameters?: Record<string, string>;
  reclaimPolicy?: string;
  volumeBindingMode?: string;
  allowVolumeExpansion?: boolean;
}

export interface Claim {
  spec: {
    accessModes: string[];
    storageClassName?: string;
    resources: { requests: { storage: string } };
  };
  status?: { phase?: string; capacity?: { storage?: string } };
}

export interface StatefulSet {
  spec: {
    template: {
      spec: {
        containers: { image: string; env?: { name: string; value?: string }[] }[];
        volumes?: { name: string; secret?: { secretName: string } }[];
      };
    };
  };
  status?: { readyReplicas?: number; currentRevision?: string; updateRevision?: string };
}

export interface CephCluster {
  metadata: { name: string };
  spec: { external?: { enable?: boolean } };
}

/**
 * Reads everything the config makes relevant, at once. Throws {@link ApiError} when the server does not answer or
 * does not know us.
 */
export async function gather(client: Pick<Client, "get">, config: SiteConfig): Promise<ClusterFacts> {
  const read = new Reader(client);
  const minorVersion = await read.minorVersion();
  const { namespace, storage, mysql } = config;
  const inNamespace = `/api/v1/namespaces/${namespace}`;
  const rook = storage.type === "rook";
  const cephClusters = `/apis/ceph.rook.io/v1/namespaces/${storage.rook.namespace}/cephclusters`;
  const server = `/apis/apps/v1/namespaces/${namespace}/statefulsets/${mysqlNames.server}`;
  const [nodes, apis, objects, found, storageClasses, claims, secrets, clusters, set, metadata] =
    await Promise.all([
      read.list<Node>("nodes", "/api/v1/nodes"),
      byName(neededApis(config), ({ api }) => [api, read.api(api)]),
      byName(neededObjects(config), ({ what, path }) => [what, read.presence(what, path)]),
      read.object<Namespace>(`namespace ${namespace}`, inNamespace),
      read.list<StorageClass>("StorageClasses", "/apis/storage.k8s.io/v1/storageclasses"),
      byName(neededClaims(config), ({ name }) => [
        name,
        read.object<Claim>(`claim ${name}`, `${inNamespace}/persistentvolumeclaims/${name}`),
      ]),
      byName(neededSecrets(config), ({ name }) => [name, read.keys(name, `${inNamespace}/secrets/${name}`)]),
      rook ? read.list<CephCluster>("CephClusters", cephClusters) : undefined,
      mysql.mode === "standalone"
        ? read.object<StatefulSet>(`StatefulSet ${mysqlNames.server}`, server)
        : undefined,
      byName(ownObjects(config), ({ kind, path }) => [kind, read.metadata(kind, path)]),
    ]);
  return {
    minorVersion,
    nodes,
    apis,
    objects,
    namespace: found,
    storageClasses,
    claims,
    secrets,
    cephClusters: clusters,
    mysql: set,
    metadata,
    unread: read.unread,
  };
}

/** Asks for the objects of a list without their contents. */
const metadataOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/** Reads one thing at a time; what it may not or cannot read is noted. */
class Reader {
  /** What could not be read, and why. */
  readonly unread: string[] = [];
  readonly #client: Pick<Client, "get">;

  constructor(client: Pick<Client, "get">) {
    this.#client = client;
  }

  /** The first read: whoever is refused here has no use for the others. */
  async minorVersion(): Promise<Found<number>> {
    const version = await this.#read<{ minor: string }>("version", "/version", { fatal: [0, 401] });
    // Some providers write `30+`.
    return mapFound(version, ({ minor }) => Number.parseInt(minor, 10));
  }

  object<T>(what: string, path: string): Promise<Found<T>> {
    return this.#read<T>(what, path);
  }

  async list<T>(what: string, path: string): Promise<Found<T[]>> {
    const found = await this.#read<{ items: T[] }>(what, path);
    return mapFound(found, ({ items }) => items);
  }

  /**
   * What tells whose the objects of a list are; the server calls an empty one null. Nothing else is kept: an annotation
   * of `kubectl apply` repeats the values of a Secret.
   */
  async metadata(kind: string, path: string): Promise<Found<Metadata[]>> {
    const what = `who manages each ${kind}`;
    const found = await this.#read<{ items: { metadata: Metadata }[] | null }>(what, path, {
      accept: metadataOnly,
    });
    return mapFound(found, ({ items }) =>
      (items ?? []).map(({ metadata: { name, labels, managedFields } }) => ({ name, labels, managedFields })),
    );
  }

  async presence(what: string, path: string): Promise<Found<true>> {
    return mapFound(await this.#read<object>(what, path), () => true as const);
  }

  async api(version: string): Promise<Found<string[]>> {
    const found = await this.#read<{ resources: { name: string }[] }>(version, `/apis/${version}`);
    return mapFound(found, ({ resources }) => resources.map(({ name }) => name));
  }

  async keys(name: string, path: string): Promise<Found<string[]>> {
    const found = await this.#read<{ data?: object }>(`Secret ${name}`, path);
    return mapFound(found, ({ data }) => Object.keys(data ?? {}));
  }

  async #read<T>(
    what: string,
    path: string,
    { fatal = [], accept }: { fatal?: number[]; accept?: string } = {},
  ): Promise<Found<T>> {
    try {
      return (await this.#client.get(path, accept)) as T;
    } catch (error) {
      if (!(error instanceof ApiError) || fatal.includes(error.status)) throw error;
      if (error.status === 404) return null;
      this.unread.push(`${what} (${error.message})`);
      return undefined;
    }
  }
}

function mapFound<T extends object, U>(found: Found<T>, change: (value: T) => U): Found<U> {
  return found === null || found === undefined ? found : change(found);
}

async function byName<N, T>(needs: N[], read: (need: N) => [string, Promise<T>]): Promise<Record<string, T>> {
  const reads = needs.map(read).map(async ([name, value]) => [name, await value] as const);
  return Object.fromEntries(await Promise.all(reads));
}
