import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";

/** A resource the program asked for. */
export interface RecordedResource {
  /** Type token, such as `kubernetes:core/v1:Secret`. */
  type: string;
  /** Pulumi's name of it. */
  name: string;
  /** Its inputs, outputs resolved. */
  inputs: Record<string, unknown>;
  options: RecordedOptions;
}

/** What a resource asked of the engine besides its inputs. */
export interface RecordedOptions {
  /** Name of the component it belongs to; empty at the top. */
  parent: string;
  protect: boolean;
  retainOnDelete: boolean;
  /** Names of the resources that must be there first: those of `dependsOn`, and those its inputs come from. */
  dependencies: string[];
  /** Properties whose change makes a new object; absent where there are none. */
  replaceOnChanges?: string[];
}

/** Stands for a generated password. */
export const generatedValue = "(generated)";

/**
 * Makes the Pulumi SDK of this process record resources instead of asking an engine for them. What is no
 * component, no Kubernetes object and no RandomPassword throws. Returns the list that fills up.
 */
export function recordResources({ preview = false } = {}): RecordedResource[] {
  const recorded: RecordedResource[] = [];
  pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        const options = optionsOf.get(`${type} ${name}`) ?? fail(`no options of ${type} ${name}`);
        const named = type.startsWith("kubernetes:") ? withName(inputs, name) : inputs;
        recorded.push({ type, name, inputs: unwrapSecrets(named) as Record<string, unknown>, options });
        return { id: objectId(named) ?? name, state: { ...withUid(named, name), ...generatedState(type) } };
      },
      call: ({ token }) => {
        throw new Error(`the program called ${token}`);
      },
    },
    "wordpress-kubernetes",
    "test",
    preview,
  );
  const optionsOf = recordOptions();
  return recorded;
}

/** The provider names an object that has no name after its resource, with a random ending that is left out here. */
function withName(inputs: { metadata?: object }, name: string): { metadata: object } {
  return { ...inputs, metadata: { name, ...inputs.metadata } };
}

/** The API server gives every object a uid. */
function withUid(inputs: { metadata?: object }, name: string): object {
  return inputs.metadata ? { ...inputs, metadata: { ...inputs.metadata, uid: `uid-of-${name}` } } : inputs;
}

function fail(message: string): never {
  throw new Error(message);
}

/** The mocks are not told a resource's options, so they are read from the request the SDK makes of the engine. */
function recordOptions(): Map<string, RecordedOptions> {
  const optionsOf = new Map<string, RecordedOptions>();
  const monitor = pulumi.runtime.getMonitor() ?? fail("no mocks are set");
  const register = monitor.registerResource.bind(monitor) as (...args: unknown[]) => unknown;
  const recordAndRegister = (request: RegisterResourceRequest, ...rest: unknown[]) => {
    const replaceOnChanges = request.getReplaceonchangesList();
    optionsOf.set(`${request.getType()} ${request.getName()}`, {
      parent: nameOf(request.getParent()),
      protect: request.getProtect() ?? false,
      retainOnDelete: request.getRetainondelete() ?? false,
      dependencies: request.getDependenciesList().map(nameOf).sort(),
      ...(replaceOnChanges.length > 0 ? { replaceOnChanges } : {}),
    });
    return register(request, ...rest);
  };
  Object.assign(monitor, { registerResource: recordAndRegister });
  return optionsOf;
}

/** The last part of a URN. */
function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? "";
}

function generatedState(type: string): Record<string, unknown> {
  if (type === "random:index/randomPassword:RandomPassword") return { result: pulumi.secret(generatedValue) };
  if (type.startsWith("kubernetes:") || type.startsWith("wordpress:index:")) return {};
  return fail(`the program asked for a resource of the unexpected type ${type}`);
}

const signatureKey = "4dabf18193072939515e22adb298388d";

/** The engine's wire format marks a secret by a signature beside its value. */
function unwrapSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrapSecrets);
  if (typeof value !== "object" || value === null) return value;
  if (signatureKey in value && "value" in value) return unwrapSecrets(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrapSecrets(inner)]));
}

/** The Kubernetes provider's id of an object: `namespace/name`, or `name`. */
function objectId({ metadata }: { metadata?: { namespace?: string; name?: string } }): string | undefined {
  if (!metadata?.name) return undefined;
  return metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name;
}
