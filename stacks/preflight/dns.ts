/**
 * The DNS servers pods ask, and whether the policies let them. All of it may go wrong only: what a pod is told to ask is
 * the kubelet's, and whether a policy holds for a pod's own node is the network plugin's.
 */
import { BlockList, isIPv6 } from "node:net";
import { nodesOf } from "./nodes.ts";
import type { Rule } from "./rule.ts";

interface DnsPod {
  metadata: { name: string; namespace: string; labels?: Record<string, string> };
  spec: { hostNetwork?: boolean; containers: { args?: string[] }[] };
}

/** NodeLocal DNSCache's own address. Source: Kubernetes' nodelocaldns addon. */
const nodeLocal = "169.254.20.10";

/** Where pods ask with Cloud DNS: GKE's metadata server. */
const cloudDns = "169.254.169.254";

export const dns: Rule = async ({ network }, cluster) => {
  if (!network.policies || network.extraEgress.length > 0) return [];
  const selector = encodeURIComponent("k8s-app in (kube-dns,node-local-dns)");
  const path = `/api/v1/pods?labelSelector=${selector}`;
  const [pods, nodes] = await Promise.all([
    cluster.list<DnsPod>("DNS servers' pods", path),
    nodesOf(cluster),
  ]);
  const isOpen = inRanges(network.dnsCidrs);
  const caches = (pods ?? []).filter(({ metadata }) => metadata.labels?.["k8s-app"] === "node-local-dns");
  const closed = [...new Set(caches.flatMap(addressesOf))].filter((address) => !isOpen(address));
  const google = nodes?.some(({ spec }) => spec.providerID?.startsWith("gce://")) && !isOpen(cloudDns);
  return [
    pods &&
      network.dnsCidrs.length === 0 &&
      !pods.some(isOpenServer) && {
        warning:
          "network.dnsCidrs is empty, and no pod in kube-system's own network has the label k8s-app=kube-dns, by which the policies know DNS servers: without their addresses there WordPress finds no database.",
      },
    closed.length > 0 && {
      warning: `NodeLocal DNSCache answers the pods at ${closed.join(" and ")}, on their nodes' own network, which not every network plugin lets through: add ${closed.map(range).join(", ")} to network.dnsCidrs.`,
    },
    google && {
      warning: `On GKE with Cloud DNS, pods ask ${cloudDns} for names, which no policy opens: add ${range(cloudDns)} to network.dnsCidrs, which does no harm with another DNS.`,
    },
  ];
};

function isOpenServer({ metadata, spec }: DnsPod): boolean {
  return (
    metadata.namespace === "kube-system" && metadata.labels?.["k8s-app"] === "kube-dns" && !spec.hostNetwork
  );
}

/** What the cache listens on; beside its own address that of the Service it stands in for. */
function addressesOf({ spec }: DnsPod): string[] {
  const words = spec.containers.flatMap(({ args = [] }) => args);
  const at = words.findIndex((word) => /^-{1,2}localip(=|$)/.test(word));
  const given = words[at]?.split("=")[1] ?? words[at + 1];
  return at < 0 || given === undefined ? [nodeLocal] : given.split(",");
}

const range = (address: string) => `${address}/${isIPv6(address) ? 128 : 32}`;

/** Whether an address is in any of these ranges. */
function inRanges(cidrs: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [network = "", bits] = cidr.split("/");
    list.addSubnet(network, Number(bits), isIPv6(network) ? "ipv6" : "ipv4");
  }
  return (address) => list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
