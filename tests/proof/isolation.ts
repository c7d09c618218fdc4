import { cacheNames } from "../../components/names.ts";
import { cachePort } from "../../components/page-cache/pod.ts";
import { kubectl } from "../../local/cluster/kubectl.ts";
import { addresses } from "../../local/cluster/layout.ts";
import { freshPage, pulumi } from "../e2e/environment.ts";
import { type Finding, lastLines, report } from "./findings.ts";
import { foreignNamespace, withStranger } from "./foreign-pod.ts";
import { keep, mysqlPod, namespace, readyPods, settled, until } from "./kube.ts";

/** A TCP connection somebody may try. */
interface Way {
  name: string;
  from: { namespace: string; pod: string };
  to: string;
  port: number;
}

/** The ways the policies close are closed, the ones they open are open; without them all are open. */
export function networkPolicies(): Promise<Finding[]> {
  return withStranger(async () => {
    await settled();
    const { closed, open } = await ways();
    const kept = await openOnes(closed);
    const allowed = await openOnes(open);
    const visited = (await freshPage("/")).status === 200;
    const control = await withoutPolicies(() => allOpen(closed));
    return [
      {
        claim: "NetworkPolicies close what nobody needs",
        measured: `${kept.length} of ${closed.length} forbidden ways open${list(kept)}; ${allowed.length} of ${open.length} needed ways open, visitors ${visited ? "reach" : "do not reach"} WordPress through Traefik`,
        sample: `closed: ${names(closed)}; needed: ${names(open)}`,
        mark: "no forbidden way open, all needed ones",
        passed: kept.length === 0 && allowed.length === open.length && visited,
      },
      {
        claim: "Control: the same ways without the policies",
        measured: `${control.length} of ${closed.length} open`,
        sample: `${closed.length} connections`,
        mark: "all open: the test sees what the policies close",
        passed: control.length === closed.length,
      },
    ];
  });
}

/** The policies are deleted behind the engine's back, and brought back by it; with the key, every pod would be replaced. */
async function withoutPolicies<T>(look: () => Promise<T>): Promise<T> {
  await kubectl(["-n", namespace, "delete", "networkpolicies", "--all"]);
  return look().finally(bringPoliciesBack);
}

async function bringPoliciesBack(): Promise<void> {
  const { code, output } = await pulumi(["up", "--refresh", "--yes", "--skip-preview"]);
  if (code !== 0) throw new Error(`pulumi up --refresh failed:\n${lastLines(output)}`);
}

/** The open ones, once all are, or after half a minute. */
async function allOpen(wanted: Way[]): Promise<string[]> {
  let found: string[] = [];
  await until("open ways without the policies", 30, async () => {
    found = await openOnes(wanted);
    return found.length === wanted.length;
  }).catch((error: Error) => report(error.message));
  return found;
}

async function ways(): Promise<{ closed: Way[]; open: Way[] }> {
  const database = await mysqlPod();
  const [frontend] = await readyPods("frontend");
  if (!frontend) throw new Error("no WordPress pod is ready");
  await keep(frontend);
  const stranger = { namespace: foreignNamespace, pod: "stranger" };
  const wordpress = { namespace, pod: frontend.metadata.name };
  const ip = (pod: typeof frontend) => String(pod?.status.podIP);
  const [service, cache, cachePods] = ["wordpress-mysql", cacheNames.cache, cacheNames.pods].map(
    (name) => `${name}.${namespace}.svc.cluster.local`,
  ) as [string, string, string];
  return {
    closed: [
      { name: "stranger → MySQL's Service", from: stranger, to: service, port: 3306 },
      { name: "stranger → MySQL's pod", from: stranger, to: ip(database), port: 3306 },
      { name: "stranger → WordPress' pod", from: stranger, to: ip(frontend), port: 80 },
      { name: "stranger → page cache", from: stranger, to: cache, port: 80 },
      { name: "WordPress → outside the pod network", from: wordpress, to: addresses.controlPlane, port: 443 },
      {
        name: "MySQL → WordPress",
        from: { namespace, pod: database.metadata.name },
        to: ip(frontend),
        port: 80,
      },
    ],
    open: [
      { name: "WordPress → MySQL", from: wordpress, to: service, port: 3306 },
      {
        name: "WordPress → itself",
        from: wordpress,
        to: `wordpress.${namespace}.svc.cluster.local`,
        port: 80,
      },
      { name: "WordPress → page cache", from: wordpress, to: cachePods, port: cachePort },
      { name: "WordPress → DNS", from: wordpress, to: addresses.dnsService, port: 53 },
    ],
  };
}

async function openOnes(ways: Way[]): Promise<string[]> {
  const answers = await Promise.all(ways.map(async (way) => ((await isOpen(way)) ? [way.name] : [])));
  return answers.flat();
}

/** Whether a pod gets a connection to an address. */
export async function isOpen({ from, to, port }: Omit<Way, "name">): Promise<boolean> {
  const script = `timeout 3 bash -c 'exec 3<>/dev/tcp/${to}/${port}' 2> /dev/null && echo open || echo closed`;
  const args = ["-n", from.namespace, "exec", from.pod, "--", "sh", "-c", script];
  return (await kubectl(args)).includes("open");
}

function names(ways: Way[]): string {
  return ways.map(({ name }) => name).join(", ");
}

function list(names: string[]): string {
  return names.length > 0 ? ` (${names.join(", ")})` : "";
}
