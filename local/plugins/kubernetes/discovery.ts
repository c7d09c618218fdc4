/** Which kinds the API server serves, and under which path. */
import { asList, asObject, dig } from "../rpc/values.ts";
import { type Client, isNotFound } from "./client.ts";
import { groupVersionKind, type KubeObject, nameOfObject, namespaceOf } from "./objects.ts";

/** One served kind. */
export interface Kind {
  /** The path of its group and version: `/apis/apps/v1`. */
  root: string;
  /** Its plural name in paths: `deployments`. */
  plural: string;
  namespaced: boolean;
}

/** The server does not serve this kind (yet). */
export class NoSuchKind extends Error {}

/** Looks kinds up; remembers what it found, never what it missed. */
export class Discovery {
  readonly #client: Client;
  readonly #groups = new Map<string, Promise<unknown[]>>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** Forgets everything: a CRD has changed. */
  reset(): void {
    this.#groups.clear();
  }

  /** The kind of this object; throws NoSuchKind where the server has none. */
  async kind(object: KubeObject): Promise<Kind> {
    const { group, version, kind } = groupVersionKind(object);
    const root = group ? `/apis/${group}/${version}` : `/api/${version}`;
    const find = async () =>
      (await this.#resources(root)).find(
        (item) => dig(item, "kind") === kind && !String(dig(item, "name")).includes("/"),
      );
    let found = await find();
    if (!found) {
      this.#groups.delete(root); // the group was there before this kind: a CRD may just have been added
      found = await find();
    }
    if (!found) {
      this.#groups.delete(root);
      throw new NoSuchKind(`the API server has no kind ${kind} in ${group ? `${group}/` : ""}${version}`);
    }
    const resource = asObject(found);
    return { root, plural: String(resource.name), namespaced: resource.namespaced === true };
  }

  /** The kind, or undefined where it is not served. */
  async kindIfServed(object: KubeObject): Promise<Kind | undefined> {
    return this.kind(object).catch((error: unknown) => {
      if (error instanceof NoSuchKind) return undefined;
      throw error;
    });
  }

  /** The path of the object, or with `collection` of the list it is in. */
  async path(object: KubeObject, collection = false): Promise<string> {
    const kind = await this.kind(object);
    const namespace = kind.namespaced ? `/namespaces/${namespaceOf(object) || "default"}` : "";
    return `${kind.root}${namespace}/${kind.plural}${collection ? "" : `/${encodeURIComponent(nameOfObject(object))}`}`;
  }

  #resources(root: string): Promise<unknown[]> {
    let resources = this.#groups.get(root);
    if (!resources) {
      resources = this.#client.json({ method: "GET", path: root }).then(
        (list) => asList(list.resources),
        (error: unknown) => {
          this.#groups.delete(root);
          if (isNotFound(error)) return [];
          throw error;
        },
      );
      this.#groups.set(root, resources);
    }
    return resources;
  }
}
