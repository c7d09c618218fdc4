import type { ComponentResource } from "@pulumi/pulumi";
import { runtime } from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import { type RecordedResource, recordResources } from "../../../tools/mocks.ts";

/** A Kubernetes object as its inputs give it; tests narrow what they look at. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads any path of any kind
export type Manifest = any;

/** What building components asked the engine for. */
export interface Recording {
  /** Without the annotation that lets the program win over other managers, which nearly all have. */
  resources: RecordedResource[];
  /** `Kind/name` of the objects that do not have it. */
  notForced: string[];
  /** Inputs of the one object of that kind and name; fails when there is none or more than one. */
  object(kind: string, name: string): Manifest;
  /** What the one resource of that Pulumi name asked for. */
  resource(name: string): RecordedResource;
  /** How long the engine waits for the one resource of that Pulumi name, in seconds; nothing where it decides itself. */
  waits(name: string): Waits;
  /** `Kind/name` of every Kubernetes object, sorted. */
  objectNames(): string[];
}

/** How long the engine waits for an object to be made, changed and deleted. */
export type Waits = Partial<Record<"create" | "update" | "delete", number>>;

/** Reads the time limits off the requests the SDK makes of the engine: by resource name. */
function recordWaits(): Map<string, Waits> {
  const waits = new Map<string, Waits>();
  const monitor = runtime.getMonitor();
  if (!monitor) throw new Error("no mocks are set");
  const register = monitor.registerResource.bind(monitor) as (...args: unknown[]) => unknown;
  const recordAndRegister = (request: RegisterResourceRequest, ...rest: unknown[]) => {
    const limits = request.getCustomtimeouts();
    const given = { create: limits?.getCreate(), update: limits?.getUpdate(), delete: limits?.getDelete() };
    const seconds = Object.entries(given)
      .filter(([, limit]) => limit)
      .map(([step, limit]) => [step, Number(/^(\d+)s$/.exec(limit ?? "")?.[1])] as const);
    waits.set(request.getName(), Object.fromEntries(seconds));
    return register(request, ...rest);
  };
  Object.assign(monitor, { registerResource: recordAndRegister });
  return waits;
}

const forced = "pulumi.com/patchForce";

const isObject = ({ type }: RecordedResource) => type.startsWith("kubernetes:");

function withoutForce(resource: RecordedResource): RecordedResource {
  const { metadata } = resource.inputs as Manifest;
  if (!metadata?.annotations?.[forced]) return resource;
  const { annotations, ...others } = metadata;
  const { [forced]: _, ...kept } = annotations;
  const left = Object.keys(kept).length > 0 ? { ...others, annotations: kept } : others;
  return { ...resource, inputs: { ...resource.inputs, metadata: left } };
}

/** Builds under mocks and waits until everything was registered. */
export async function record<T extends ComponentResource>(
  build: () => T,
): Promise<Recording & { component: T }> {
  const recorded = recordResources();
  const waits = recordWaits();
  const component = build();
  await runtime.disconnect();
  const names = (objects: Manifest[]) =>
    objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort();
  const inputsOf = (from: RecordedResource[]) =>
    from.filter(isObject).map(({ inputs }) => inputs as Manifest);
  const resources = recorded.map(withoutForce);
  const objects = inputsOf(resources);
  return {
    notForced: names(inputsOf(recorded).filter(({ metadata }) => metadata.annotations?.[forced] !== "true")),
    component,
    resources,
    object(kind, name) {
      const found = objects.filter((object) => object.kind === kind && object.metadata.name === name);
      if (found.length !== 1) throw new Error(`${found.length} objects ${kind}/${name}`);
      return found[0];
    },
    resource(name) {
      const found = resources.filter((resource) => resource.name === name);
      if (found.length !== 1) throw new Error(`${found.length} resources ${name}`);
      return found[0] as RecordedResource;
    },
    waits: (name) => waits.get(name) ?? {},
    objectNames: () => names(objects),
  };
}

/** The labels of every object of a site in the namespace `blog`. */
export const siteLabels = { "app.kubernetes.io/instance": "blog", "app.kubernetes.io/part-of": "wordpress" };

/** The labels of every object of a tier in the namespace `blog`. */
export function labelsOf(tier: string, program: string) {
  return {
    app: "wordpress",
    tier,
    "app.kubernetes.io/name": program,
    "app.kubernetes.io/component": tier,
    ...siteLabels,
  };
}

/** A container's resources: requests and limits alike, but for the node's disk. */
export function resourcesOf(cpu: string, memory: string, disk: [request: string, limit: string]) {
  const amounts = (ephemeral: string) => ({ cpu, memory, "ephemeral-storage": ephemeral });
  return { requests: amounts(disk[0]), limits: amounts(disk[1]) };
}

/** The value of an output. */
export function resolved<T>(output: { apply(callback: (value: T) => void): unknown }): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}
