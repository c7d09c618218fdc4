/** What a cluster has, as far as this user may read it. */
import { ApiError, type Client } from "../kubernetes/client.ts";

/** The thing itself; `null` where the cluster has none, `undefined` where it could not be read. */
export type Found<T> = T | null | undefined;

/** What is read of an object to tell whose it is. */
export interface Metadata {
  name: string;
  labels?: Record<string, string>;
  managedFields?: { manager?: string; subresource?: string }[];
}

/** Asks for the objects of a list without their contents. */
const metadataOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/** Reads each thing once, however many rules ask for it; what it may not or cannot read is noted. */
export class Cluster {
  /** What could not be read, and why. */
  readonly unread: string[] = [];
  readonly #client: Pick<Client, "get">;
  readonly #answers = new Map<string, Promise<unknown>>();

  constructor(client: Pick<Client, "get">) {
    this.#client = client;
  }

  /**
   * Minor version of Kubernetes 1. The first read: whoever is refused here has no use for the others. Throws
   * {@link ApiError} when the server does not answer or does not know us.
   */
  async minorVersion(): Promise<Found<number>> {
    const version = await this.#read<{ minor: string }>("version", "/version", { fatal: [0, 401] });
    // Some providers write `30+`.
    return mapFound(version, ({ minor }) => Number.parseInt(minor, 10));
  }

  object<T extends object>(what: string, path: string): Promise<Found<T>> {
    return this.#read<T>(what, path);
  }

  async list<T>(what: string, path: string): Promise<Found<T[]>> {
    return mapFound(await this.#read<{ items: T[] }>(what, path), ({ items }) => items);
  }

  /** Plural names a group and version serves. */
  async resources(api: string): Promise<Found<string[]>> {
    const found = await this.#read<{ resources: { name: string }[] }>(api, `/apis/${api}`);
    return mapFound(found, ({ resources }) => resources.map(({ name }) => name));
  }

  /** Keys of a Secret, and nothing else of it. */
  async keys(name: string, path: string): Promise<Found<string[]>> {
    const found = await this.#read<{ data?: object }>(`Secret ${name}`, path);
    return mapFound(found, ({ data }) => Object.keys(data ?? {}));
  }

  /**
   * What tells whose the objects of a list are; the server calls an empty one null. Nothing else is kept: an annotation
   * of `kubectl apply` repeats the values of a Secret.
   */
  async metadata(kind: string, path: string): Promise<Found<Metadata[]>> {
    type List = { items: { metadata: Metadata }[] | null };
    const found = await this.#read<List>(`who manages each ${kind}`, path, { accept: metadataOnly });
    return mapFound(found, ({ items }) =>
      (items ?? []).map(({ metadata: { name, labels, managedFields } }) => ({ name, labels, managedFields })),
    );
  }

  #read<T>(
    what: string,
    path: string,
    { fatal = [], accept }: { fatal?: number[]; accept?: string } = {},
  ): Promise<Found<T>> {
    const key = `${accept} ${path}`;
    const answer =
      this.#answers.get(key) ??
      this.#client.get(path, accept).catch((error) => {
        if (!(error instanceof ApiError) || fatal.includes(error.status)) throw error;
        if (error.status === 404) return null;
        this.unread.push(`${what} (${error.message})`);
        return undefined;
      });
    this.#answers.set(key, answer);
    return answer as Promise<Found<T>>;
  }
}

function mapFound<T extends object, U>(found: Found<T>, change: (value: T) => U): Found<U> {
  return found === null || found === undefined ? found : change(found);
}
