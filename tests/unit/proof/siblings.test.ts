import { expect } from "chai";
import { type PodSpec, siblingOf } from "../../proof/siblings.ts";

const template = (): PodSpec => ({
  securityContext: { runAsNonRoot: true },
  affinity: { podAntiAffinity: {} },
  topologySpreadConstraints: [{ maxSkew: 1 }],
  containers: [
    {
      image: "a",
      lifecycle: { preStop: { sleep: { seconds: 20 } } },
      resources: { limits: { memory: "1Gi" } },
      volumeMounts: [{ name: "data", mountPath: "/data" }],
    },
  ],
  volumes: [
    { name: "data", persistentVolumeClaim: { claimName: "pvc" } },
    { name: "tmp", emptyDir: {} },
  ],
});

interface Made {
  metadata: { labels: Record<string, string> };
  spec: PodSpec;
}

/** As the API server gets it. */
const made = (...args: Parameters<typeof siblingOf>): Made => JSON.parse(JSON.stringify(siblingOf(...args)));

describe("a sibling of a workload's pods", () => {
  it("has a small volume in memory instead of the claim, and room for it", () => {
    const { spec } = made(template(), {
      name: "full",
      workload: ["statefulset", "a"],
      volume: { name: "data", size: "512Mi" },
      memory: "2Gi",
    });
    expect(spec.volumes).to.deep.equal([
      { name: "tmp", emptyDir: {} },
      { name: "data", emptyDir: { medium: "Memory", sizeLimit: "512Mi" } },
    ]);
    expect(spec.containers[0].volumeMounts).to.deep.equal([{ name: "data", mountPath: "/data" }]);
    expect(spec.containers[0].resources.limits).to.deep.equal({ memory: "2Gi" });
  });

  it("can have one of its own beside the claim", () => {
    const { spec } = made(template(), {
      name: "full",
      workload: ["deployment", "a"],
      volume: { name: "small", size: "32Mi", mountPath: "/data/uploads" },
    });
    expect(spec.volumes.map(({ name }) => name)).to.deep.equal(["data", "tmp", "small"]);
    expect(spec.containers[0].volumeMounts.at(-1)).to.deep.equal({
      name: "small",
      mountPath: "/data/uploads",
    });
    expect(spec.containers[0].resources.limits).to.deep.equal({ memory: "1Gi" });
  });

  it("is no pod of the site's Services, keeps to the same rules, and goes at once", () => {
    const { metadata, spec } = made(template(), {
      name: "full",
      workload: ["deployment", "a"],
      volume: { name: "small", size: "32Mi" },
    });
    expect(metadata.labels).to.include({ app: "wordpress", tier: "provision" });
    expect(spec).to.include({ terminationGracePeriodSeconds: 1 }).and.not.have.property("affinity");
    expect(spec).to.have.property("securityContext");
    expect(spec.containers[0]).not.to.have.property("lifecycle");
  });
});
