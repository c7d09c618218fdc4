/** Looks at the objects around the one that is awaited. */
import { asList, asObject, dig, isObject, type Properties } from "../../rpc/values.ts";
import { type Client, isNotFound } from "../client.ts";
import { type KubeObject, kindOf, metadataOf, nameOfObject, namespaceOf } from "../objects.ts";
import type { Problem } from "./pods.ts";

const LOG_LINES = "10";

/** Reads lists and single objects near one object. */
export class Look {
  readonly #client: Client;
  constructor(client: Client) {
    this.#client = client;
  }

  async list(path: string, query: Record<string, string> = {}): Promise<KubeObject[]> {
    const list = await this.#client.json({ method: "GET", path, query });
    return asList(list.items).map(asObject);
  }

  /** The object, or undefined where there is none. */
  async get(path: string): Promise<KubeObject | undefined> {
    return this.#client.json({ method: "GET", path }).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  }

  /** The pods that belong to the newest revision of a workload. */
  async podsOf(object: KubeObject): Promise<KubeObject[]> {
    if (kindOf(object) === "Pod") return [object];
    const selector = selectorText(dig(object, "spec", "selector"));
    if (!selector) return [];
    const namespace = `namespaces/${namespaceOf(object)}`;
    const pods = await this.list(`/api/v1/${namespace}/pods`, { labelSelector: selector });
    if (kindOf(object) !== "Deployment") return pods.filter((pod) => isOwnedBy(pod, object));
    const sets = await this.list(`/apis/apps/v1/${namespace}/replicasets`, { labelSelector: selector });
    const revision = revisionOf(object);
    const newest = sets.find((set) => isOwnedBy(set, object) && revisionOf(set) === revision);
    return newest ? pods.filter((pod) => isOwnedBy(pod, newest)) : [];
  }

  /** The events about one object. */
  async eventsOf(object: KubeObject): Promise<KubeObject[]> {
    const namespace = namespaceOf(object) || "default";
    const uid = String(metadataOf(object).uid);
    return this.list(`/api/v1/namespaces/${namespace}/events`, {
      fieldSelector: `involvedObject.uid=${uid}`,
      limit: "100",
    });
  }

  /** The last lines of a container's log, of its previous run where there was one; empty where there is no log. */
  async logOf(pod: KubeObject, problem: Problem): Promise<string> {
    if (!problem.container) return "";
    const path = `/api/v1/namespaces/${namespaceOf(pod)}/pods/${nameOfObject(pod)}/log`;
    const query = { container: problem.container, tailLines: LOG_LINES };
    const read = (previous: string) =>
      this.#client.text({ method: "GET", path, query: { ...query, previous } });
    return (await read("true").catch(() => read("false").catch(() => ""))).trim();
  }
}

function revisionOf(object: KubeObject): unknown {
  return dig(object, "metadata", "annotations", "deployment.kubernetes.io/revision");
}

function isOwnedBy(object: KubeObject, owner: KubeObject): boolean {
  return asList(metadataOf(object).ownerReferences).some(
    (reference) => dig(reference, "uid") === metadataOf(owner).uid,
  );
}

/** A label selector as the API's query has it. */
export function selectorText(selector: unknown): string {
  const labels = Object.entries(asObject(dig(selector, "matchLabels"))).map(
    ([key, value]) => `${key}=${value}`,
  );
  const expressions = asList(dig(selector, "matchExpressions")).filter(isObject).map(expressionText);
  return [...labels, ...expressions].join(",");
}

function expressionText({ key, operator, values }: Properties): string {
  const list = `(${asList(values).join(",")})`;
  if (operator === "In") return `${key} in ${list}`;
  if (operator === "NotIn") return `${key} notin ${list}`;
  return operator === "DoesNotExist" ? `!${key}` : String(key);
}
