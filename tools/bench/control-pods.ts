import { inNamespace, type Pod, read, until } from "../../tests/proof/kube.ts";

/** A pod like the site's own, but for some of its files. */
export interface Variant {
  name: string;
  /** Instead of the site's, by file name; a function is given the site's. */
  files?: Record<string, string | ((text: string) => string)>;
  /** Variables added to the environment. */
  env?: { name: string; value: string }[];
  /** Drop-in placed in wp-content, PHP. */
  database?: string;
  /** Added to the pod's spec. */
  spec?: Record<string, unknown>;
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
  try {
    const { spec } = await read<{ spec: { template: Template } }>("deployment", "wordpress");
    const filesName = spec.template.spec.volumes.find(({ name }) => name === "files")?.configMap?.name ?? "";
    const { data } = await read<{ data: Record<string, string> }>("configmap", filesName);
    const objects = variants.flatMap((variant) => [
      configMap(variant, data),
      pod(variant, structuredClone(spec.template)),
    ]);
    await inNamespace(["apply", "-f", "-"], {
      input: JSON.stringify({ apiVersion: "v1", kind: "List", items: [fromTraefiksNode, ...objects] }),
    });
    return await work(await addresses(variants));
  } finally {
    const kinds = "pods,configmaps,networkpolicies";
    await inNamespace(["delete", kinds, "-l", label, "--grace-period=1", "--wait=true"], { seconds: 120 });
  }
}

/** The load comes from where Traefik runs. */
const fromTraefiksNode = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "bench", labels: { [label]: "all" } },
  spec: {
    podSelector: { matchExpressions: [{ key: label, operator: "Exists" }] },
    policyTypes: ["Ingress"],
    ingress: [{ from: [{ ipBlock: { cidr: "10.89.0.10/32" } }] }],
  },
};

function configMap({ name, files = {}, database }: Variant, site: Record<string, string>): unknown {
  const changed = Object.entries(files).map(([file, text]) => [
    file,
    typeof text === "string" ? text : text(site[file] ?? ""),
  ]);
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: `bench-${name}`, labels: { [label]: name } },
    data: { ...site, ...Object.fromEntries(changed), ...(database ? { "db.php": database } : {}) },
  };
}

function pod(variant: Variant, { spec }: Template): unknown {
  const { name, env = [], database, spec: added, codeOnNode = false } = variant;
  const container = spec.containers[0];
  container.env.push(...env);
  const volumes = spec.volumes.map((volume) =>
    volume.name === "files" ? { name: "files", configMap: { name: `bench-${name}` } } : volume,
  );
  if (codeOnNode) {
    volumes.push({ name: "bench-code", emptyDir: {} });
    container.volumeMounts = container.volumeMounts.map((mount) =>
      mount.mountPath === "/var/www/html" ? { name: "bench-code", mountPath: mount.mountPath } : mount,
    );
  }
  const steps = ["bash /etc/wordpress/unpack.sh"];
  if (database) steps.push("cp /etc/wordpress/db.php /var/www/html/wp-content/db.php");
  const unpack = { ...container, name: "unpack", command: ["bash", "-c", steps.join(" && ")], ...bare };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `bench-${name}`,
      // The Jobs' tier may ask the database and is not behind the site's Service.
      labels: { app: "wordpress", tier: "provision", [label]: name },
    },
    spec: {
      ...spec,
      // All on one node, so that none is further from the database than another.
      nodeSelector: undefined,
      affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [besideEachOther] } },
      topologySpreadConstraints: undefined,
      terminationGracePeriodSeconds: 1,
      volumes,
      initContainers: codeOnNode ? [unpack] : undefined,
      // No limit: what a page costs shows, not how a limit is enforced.
      ...added,
      containers: [{ ...container, resources: { requests: { cpu: "50m", memory: "256Mi" } }, lifecycle: {} }],
    },
  };
}

const bare = {
  ports: undefined,
  lifecycle: undefined,
  startupProbe: undefined,
  readinessProbe: undefined,
  livenessProbe: undefined,
};

const besideEachOther = {
  weight: 100,
  podAffinityTerm: {
    labelSelector: { matchExpressions: [{ key: label, operator: "Exists" }] },
    topologyKey: "kubernetes.io/hostname",
  },
};

async function addresses(variants: Variant[]): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  await until("ready pods of all variants", 120, async () => {
    const { items } = await read<{ items: Pod[] }>("pods", "-l", label);
    for (const { metadata, status } of items) {
      const ready = status.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
      if (ready && status.podIP) found[metadata.name.replace(/^bench-/, "")] = status.podIP;
    }
    return variants.every(({ name }) => name in found);
  });
  return found;
}
