import { addresses as clusterAddresses } from "../../local/cluster/layout.ts";
import { inNamespace, isReady, type Pod, read, until } from "../../tests/proof/kube.ts";
import { withRoomForConnections } from "./mysql.ts";

/** A pod like the site's own, but for some of its files. */
export interface Variant {
  name: string;
  /** Instead of the site's, by file name; a function is given the site's. */
  files?: Record<string, string | ((text: string) => string)>;
  /** Variables added to the environment. */
  env?: { name: string; value: string }[];
  /** Code in a folder of the node instead of on the shared volume. */
  codeOnNode?: boolean;
}

interface Template {
  spec: {
    containers: [Container];
    initContainers?: Container[];
    volumes: { name: string; configMap?: { name: string }; [source: string]: unknown }[];
    [key: string]: unknown;
  };
}

interface Container {
  name: string;
  env: { name: string }[];
  volumeMounts: { name: string; mountPath: string; subPath?: string }[];
  [key: string]: unknown;
}

const label = "bench.wordpress-kubernetes/variant";

/** Runs one pod for each variant, hands their addresses by name to `work`, and removes them. */
export async function withPods<T>(
  variants: Variant[],
  work: (addresses: Record<string, string>) => Promise<T>,
): Promise<T> {
  // A run that was killed may have left its own.
  await removeAll();
  try {
    const { spec } = await read<{ spec: { template: Template } }>("deployment", "wordpress");
    const filesName = spec.template.spec.volumes.find(({ name }) => name === "files")?.configMap?.name ?? "";
    const { data } = await read<{ data: Record<string, string> }>("configmap", filesName);
    const items = objectsOf(variants, spec.template, data);
    await inNamespace(["apply", "-f", "-"], {
      input: JSON.stringify({ apiVersion: "v1", kind: "List", items }),
    });
    const found = await addresses(variants);
    return await withRoomForConnections(() => work(found));
  } finally {
    await removeAll();
  }
}

/** The pods and what they need, made from the site's pod template and its files. */
function objectsOf(variants: Variant[], template: Template, files: Record<string, string>): object[] {
  const objects = variants.flatMap((variant) => [configMap(variant, files), pod(variant, template)]);
  return [fromTraefiksNode, ...objects];
}

async function removeAll(): Promise<void> {
  const kinds = "pods,configmaps,networkpolicies";
  await inNamespace(["delete", kinds, "-l", label, "--grace-period=1", "--wait=true"], { seconds: 120 });
}

/** The namespace is closed: one way in, for the load, which comes from where Traefik runs. */
const fromTraefiksNode = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "bench", labels: { [label]: "all" } },
  spec: {
    podSelector: { matchExpressions: [{ key: label, operator: "Exists" }] },
    policyTypes: ["Ingress"],
    ingress: [{ from: [{ ipBlock: { cidr: `${clusterAddresses.controlPlane}/32` } }] }],
  },
};

function configMap({ name, files = {} }: Variant, site: Record<string, string>): object {
  const changed = Object.entries(files).map(([file, text]) => [
    file,
    typeof text === "string" ? text : text(site[file] ?? ""),
  ]);
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: `bench-${name}`, labels: { [label]: name } },
    data: { ...site, ...Object.fromEntries(changed) },
  };
}

function pod(variant: Variant, { spec }: Template): object {
  const { name, env = [], codeOnNode = false } = variant;
  const container = servingContainer(spec.containers[0], env);
  const volumes = spec.volumes.map((volume) =>
    volume.name === "files" ? { name: "files", configMap: { name: `bench-${name}` } } : volume,
  );
  if (codeOnNode) {
    volumes.push({ name: "bench-code", emptyDir: {} });
    container.volumeMounts = container.volumeMounts.map((mount) =>
      mount.mountPath === "/var/www/html" ? { name: "bench-code", mountPath: mount.mountPath } : mount,
    );
  }
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `bench-${name}`,
      // The Jobs' tier may ask DNS and the database and is not behind the site's Service.
      labels: { app: "wordpress", tier: "provision", [label]: name },
    },
    spec: {
      ...spec,
      affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [besideEachOther] } },
      topologySpreadConstraints: undefined,
      terminationGracePeriodSeconds: 1,
      // Should nobody remove it.
      activeDeadlineSeconds: 3600,
      volumes,
      initContainers: codeOnNode ? [unpackContainer(container)] : undefined,
      containers: [container],
    },
  };
}

/** Ready once it has started, and not asked again: the CPU time of the kubelet's questions would count as the pages'. */
function servingContainer(container: Container, env: { name: string; value: string }[]): Container {
  return {
    ...container,
    env: [...container.env, ...env],
    // No limit: what a page costs shows, not how a limit is enforced. Little is asked for, so that all fit on a node.
    resources: { requests: { cpu: "20m", memory: "128Mi" } },
    lifecycle: undefined,
    readinessProbe: undefined,
    livenessProbe: undefined,
  };
}

/** Fills the folder of the node from the image, and places the plugins. */
function unpackContainer(container: Container): Container {
  const command = ["bash", "/etc/wordpress/unpack.sh"];
  return { ...container, name: "unpack", command, ports: undefined, startupProbe: undefined };
}

/** All on one node, so that none is further from the database than another. */
const besideEachOther = {
  labelSelector: { matchExpressions: [{ key: label, operator: "Exists" }] },
  topologyKey: "kubernetes.io/hostname",
};

/** Waits until all pods are ready. */
async function addresses(variants: Variant[]): Promise<Record<string, string>> {
  let found: Record<string, string> = {};
  await until("a ready pod of each variant", 300, async () => {
    const { items } = await read<{ items: Pod[] }>("pods", "-l", label);
    const ready = items.filter((pod) => isReady(pod) && pod.status.podIP);
    found = Object.fromEntries(
      ready.map(({ metadata, status }) => [metadata.name.replace(/^bench-/, ""), status.podIP as string]),
    );
    const missing = variants.map(({ name }) => name).filter((name) => !(name in found));
    if (missing.length > 0) throw new Error(`not ready: ${missing.join(", ")}`);
    return true;
  });
  return found;
}
