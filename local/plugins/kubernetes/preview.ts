/** The answer of a dry run, made honest: what only the real write decides is unknown. */
import { asList, asObject, dig, type Properties, unknown } from "../rpc/values.ts";
import { describe, type KubeObject, kindOf, metadataOf } from "./objects.ts";

/** Whoever may only read can preview as well, but must not take the server's refusal for its consent. */
export function notPreviewed(error: Error, inputs: KubeObject): string {
  return `${describe(inputs)} is shown as the program has it, not as the API server would: ${error.message}`;
}

/** A created object as far as it can be known before it is created. */
export function previewOfCreate(dryRun: KubeObject, inputs: KubeObject): KubeObject {
  const { status, ...object } = dryRun;
  const metadata: Properties = {
    ...metadataOf(dryRun),
    name: metadataOf(inputs).name ?? unknown,
    managedFields: undefined,
    uid: unknown,
    creationTimestamp: unknown,
    resourceVersion: unknown,
    generation: unknown,
  };
  const preview: KubeObject = { ...object, metadata, status: unknown };
  return kindOf(dryRun) === "Service"
    ? { ...preview, spec: serviceSpec(asObject(dryRun.spec), asObject(inputs.spec)) }
    : preview;
}

/** The server gives out addresses and node ports when it really creates the Service. */
function serviceSpec(spec: Properties, inputs: Properties): Properties {
  const ports = asList(spec.ports).map((port, index) => {
    const madeUp =
      dig(port, "nodePort") !== undefined && dig(asList(inputs.ports)[index], "nodePort") === undefined;
    return madeUp ? { ...asObject(port), nodePort: unknown } : port;
  });
  const addresses = inputs.clusterIP === undefined ? { clusterIP: unknown, clusterIPs: unknown } : {};
  return { ...spec, ...addresses, ...(spec.ports === undefined ? {} : { ports }) };
}

/** An updated object as far as it can be known before it is updated. */
export function previewOfUpdate(dryRun: KubeObject): KubeObject {
  const metadata = {
    ...metadataOf(dryRun),
    managedFields: undefined,
    resourceVersion: unknown,
    generation: unknown,
  };
  return { ...dryRun, metadata, status: unknown };
}
