/** When Services and Ingresses can be reached. */
import { asList, dig, isObject } from "../../rpc/values.ts";
import type { KubeObject } from "../objects.ts";
import { ready, type Verdict, waiting } from "./verdict.ts";

/** True where the Service sends traffic to pods it selects, so that there is something to wait for. */
export function hasEndpoints(service: KubeObject): boolean {
  const spec = dig(service, "spec");
  if (dig(spec, "type") === "ExternalName" || dig(spec, "clusterIP") === "None") return false;
  const selector = dig(spec, "selector");
  return isObject(selector) && Object.keys(selector).length > 0;
}

/** At least one pod answers, and a load balancer has its address. */
export function serviceVerdict(service: KubeObject, slices: KubeObject[]): Verdict {
  if (dig(service, "spec", "type") === "LoadBalancer" && !hasAddress(service)) {
    return waiting("waiting for the load balancer's address");
  }
  if (!hasEndpoints(service)) return ready;
  const endpoints = slices.flatMap((slice) => asList(slice.endpoints));
  if (endpoints.some((endpoint) => dig(endpoint, "conditions", "ready") !== false)) return ready;
  return waiting(
    endpoints.length > 0
      ? "none of its pods is ready"
      : "no pod matches its selector yet, or none has an address",
  );
}

/** The controller has given it an address. */
export function ingressVerdict(ingress: KubeObject): Verdict {
  return hasAddress(ingress) ? ready : waiting("waiting for the ingress controller to give an address");
}

function hasAddress(object: KubeObject): boolean {
  return asList(dig(object, "status", "loadBalancer", "ingress")).length > 0;
}
