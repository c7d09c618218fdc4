import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { RandomPassword } from "@pulumi/random/randomPassword.js";

for (let index = 0; index < Number(process.env.BENCH_OBJECTS); index++) {
  new ConfigMap(`plain-${index}`, {
    metadata: {
      name: `bench-plain-${index}`,
      namespace: "default",
      labels: { "bench.wordpress-kubernetes/program": "plain" },
    },
    data: { key: "value" },
  });
}
for (let index = 0; index < Number(process.env.BENCH_PASSWORDS); index++) {
  new RandomPassword(`password-${index}`, { length: 32 });
}
