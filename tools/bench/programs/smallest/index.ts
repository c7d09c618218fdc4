import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";

const map = new ConfigMap("smallest", {
  metadata: {
    name: "bench-smallest",
    namespace: "default",
    labels: { "bench.wordpress-kubernetes/program": "smallest" },
  },
  data: { key: "value" },
});

export const name = map.metadata.name;
