import { nodeExec } from "../../local/cluster/index.ts";
import { lastLines } from "./findings.ts";
import { inNamespace, type Pod, read } from "./kube.ts";

/*
 * The embedded cluster's volumes are folders that take what the machine's disk takes. What a full volume does is shown
 * on a sibling: a pod made out of a workload's own template, image, settings, files and secrets, whose volume is a
 * file system in memory that ends where its size says. It is not behind the site's Services.
 */

/** How a sibling differs from the pods of its workload. */
export interface Sibling {
  name: string;
  /** Whose template it is made of. */
  workload: ["deployment" | "statefulset", string];
  /** Its small volume: one of the template's, by name, or one of its own, which then has a place in the container. */
  volume: { name: string; size: string; mountPath?: string };
  /** Memory limit, when the template's has no room for the volume, which counts towards it. */
  memory?: string;
}

interface Container {
  volumeMounts: { name: string; mountPath: string }[];
  resources: { limits: Record<string, string> };
  [key: string]: unknown;
}

/** What a sibling is made of. */
export interface PodSpec {
  containers: [Container];
  volumes: { name: string; [source: string]: unknown }[];
  [key: string]: unknown;
}

/** A sibling's small volume, seen from its node. */
export interface SmallVolume {
  /** Leaves this many bytes free. */
  fillUpTo(bytes: number): Promise<void>;
  /** Gives the space back. */
  relieve(): Promise<void>;
}

const label = "proof.wordpress-kubernetes/sibling";

/** Runs `work` with the sibling ready and its volume at hand, and takes the sibling away however that ends. */
export async function withSibling<T>(
  sibling: Sibling,
  work: (name: string, volume: SmallVolume) => Promise<T>,
): Promise<T> {
  const { name, workload, volume } = sibling;
  // A run that was killed may have left its own.
  await remove(name);
  try {
    const { spec } = await read<{ spec: { template: { spec: PodSpec } } }>(...workload);
    await inNamespace(["apply", "-f", "-"], {
      input: JSON.stringify(siblingOf(spec.template.spec, sibling)),
    });
    await ready(name);
    const pod = await read<Pod>("pod", name);
    return await work(name, smallVolume(pod, volume.name));
  } finally {
    await remove(name);
  }
}

/** The pod. */
export function siblingOf(spec: PodSpec, { name, volume, memory }: Sibling): object {
  const [container] = spec.containers;
  const small = { name: volume.name, emptyDir: { medium: "Memory", sizeLimit: volume.size } };
  const mount = volume.mountPath ? [{ name: volume.name, mountPath: volume.mountPath }] : [];
  const resources = memory
    ? { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory } }
    : container.resources;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      // The Jobs' tier may ask the database and is not behind the site's Service.
      labels: { app: "wordpress", tier: "provision", [label]: name },
    },
    spec: {
      ...spec,
      affinity: undefined,
      topologySpreadConstraints: undefined,
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          ...container,
          lifecycle: undefined,
          resources,
          volumeMounts: [...container.volumeMounts, ...mount],
        },
      ],
      volumes: [...spec.volumes.filter((other) => other.name !== volume.name), small],
    },
  };
}

async function ready(name: string): Promise<void> {
  const wait = ["wait", "--for=condition=Ready", `pod/${name}`, "--timeout=180s"];
  await inNamespace(wait, { seconds: 190 }).catch(async (error: Error) => {
    const log = await inNamespace(["logs", name, "--tail=60"]).catch(() => "");
    throw new Error(`${lastLines(error.message)}\n${log}`);
  });
}

async function remove(name: string): Promise<void> {
  const gone = ["--ignore-not-found", "--grace-period=1", "--wait=true"];
  await inNamespace(["delete", "pod", name, ...gone], { seconds: 90 });
}

function smallVolume({ metadata, spec }: Pod, name: string): SmallVolume {
  const node = String(spec.nodeName);
  const folder = `/var/lib/kubelet/pods/${metadata.uid}/volumes/kubernetes.io~empty-dir/${name}`;
  // Beside what the pod sees where it mounts a part of the volume, as MySQL does.
  const ballast = `${folder}/proof-ballast`;
  return {
    async fillUpTo(bytes) {
      const [blocks = 0, size = 0] = (await nodeExec(node, ["stat", "-f", "-c", "%a %S", folder]))
        .split(" ")
        .map(Number);
      const filling = blocks * size - bytes;
      if (!(filling > 0))
        throw new Error(`the volume has ${blocks * size} bytes free, and ${bytes} are to stay`);
      await nodeExec(node, ["fallocate", "-l", String(filling), ballast]);
    },
    async relieve() {
      await nodeExec(node, ["rm", "-f", ballast]);
    },
  };
}
