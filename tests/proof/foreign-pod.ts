import { kubectl } from "../../local/cluster/kubectl.ts";

/** Namespace of a pod that has nothing to do with the site. */
export const foreignNamespace = "proof-foreign";

const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "stranger", namespace: foreignNamespace },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: "stranger", image: "localhost/wordpress:7.1", command: ["sleep", "3600"] }],
  },
};

/** Runs `work` with a stranger in the cluster, and takes it away afterwards. */
export async function withStranger<T>(work: () => Promise<T>): Promise<T> {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: foreignNamespace } };
  await kubectl(["apply", "-f", "-"], {
    input: JSON.stringify({ apiVersion: "v1", kind: "List", items: [namespace, pod] }),
  });
  try {
    await kubectl(
      ["-n", foreignNamespace, "wait", "--for=condition=Ready", "pod/stranger", "--timeout=180s"],
      {
        seconds: 190,
      },
    );
    return await work();
  } finally {
    await kubectl(["delete", "namespace", foreignNamespace, "--timeout=180s"], { seconds: 190 });
  }
}
