/** Completes the program's inputs: name, namespace. */
import type { CheckRequest } from "@pulumi/pulumi/proto/provider_pb.js";
import { nameOf, typeOf } from "../rpc/urn.ts";
import { decode, dig, type Properties } from "../rpc/values.ts";
import { parseWaitFor } from "./await/wait-for.ts";
import {
  identityOfType,
  isAutonamed,
  isPatchOf,
  type KubeObject,
  metadataOf,
  nameOfObject,
  withAnnotation,
  withMetadata,
} from "./objects.ts";
import { remember } from "./redact.ts";
import type { Session } from "./session.ts";
import { suffix, toInputs, toObject } from "./state.ts";

/** What Check answers. */
export interface Checked {
  inputs: Properties;
  failures: { property: string; reason: string }[];
}

/** Validates and completes new inputs. The rest of the validation is the API server's, in the dry run. */
export async function check(session: Session, request: CheckRequest): Promise<Checked> {
  const urn = request.getUrn();
  const before = decode(request.getOlds());
  const olds = toObject(before);
  const program = decode(request.getNews());
  if (nameOfObject(olds)) session.known.add(urn);
  // What another resource says later may quote them; old ones are in use until the pods have changed.
  for (const inputs of [before, program]) remember(inputs, session.secrets);

  const { apiVersion, kind } = identityOfType(typeOf(urn));
  if (kind.endsWith("List") && typeOf(urn).startsWith("kubernetes:") && program.items !== undefined) {
    return {
      inputs: program,
      failures: [{ property: "items", reason: "a List is no object: create its items one by one" }],
    };
  }
  const inputs: KubeObject = { apiVersion, kind, ...toObject(program) };
  const failures = [...identityFailures(inputs, isPatchOf(typeOf(urn), inputs)), ...waitForFailures(inputs)];
  const named = withName(inputs, olds, nameOf(urn), request.getRandomseed_asU8());
  return { inputs: toInputs(await withNamespace(session, named), program), failures };
}

function identityFailures(inputs: KubeObject, isPatch: boolean): Checked["failures"] {
  const missing = ["apiVersion", "kind"].filter((field) => !inputs[field]);
  const failures = missing.map((property) => ({ property, reason: `${property} is missing` }));
  if (isPatch && !nameOfObject(inputs)) {
    failures.push({ property: "metadata.name", reason: "a Patch needs the name of the object it patches" });
  }
  return failures;
}

/** Said before the object is made: afterwards it would be lost to the state. */
export function waitForFailures(inputs: KubeObject): Checked["failures"] {
  const text = dig(inputs, "metadata", "annotations", "pulumi.com/waitFor");
  if (typeof text !== "string") return [];
  try {
    parseWaitFor(text);
    return [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [{ property: 'metadata.annotations["pulumi.com/waitFor"]', reason }];
  }
}

/** The program's name; else the name this resource got before; else a new one that follows from the seed. */
export function withName(
  inputs: KubeObject,
  olds: KubeObject,
  resourceName: string,
  seed: Uint8Array,
): KubeObject {
  const metadata = metadataOf(inputs);
  if (metadata.name !== undefined || metadata.generateName !== undefined) {
    return inputs;
  }
  const name = isAutonamed(olds) ? nameOfObject(olds) : `${resourceName}-${suffix(seed)}`;
  return withAnnotation(withMetadata(inputs, { name }), "pulumi.com/autonamed", "true");
}

async function withNamespace(session: Session, inputs: KubeObject): Promise<KubeObject> {
  if (metadataOf(inputs).namespace !== undefined) return inputs;
  // A kind that is not served yet is most likely a custom resource whose CRD comes in this same update.
  const kind = await session.discovery.kindIfServed(inputs);
  if (kind && !kind.namespaced) return inputs;
  return withMetadata(inputs, { namespace: session.settings.namespace });
}
