import { output } from "@pulumi/pulumi";
import { expect } from "chai";
import {
  containerDefaults,
  containerResources,
  isolatedPod,
  objectLabels,
  onDifferentNodes,
  podTemplate,
  restrictedPod,
  serviceMetadata,
  tierLabels,
} from "../../../components/pods.ts";
import { labelsOf, type Manifest, resolved } from "./harness.ts";

describe("pods", () => {
  it("labels a tier of the site", () => {
    expect(tierLabels("mysql")).to.deep.equal({ app: "wordpress", tier: "mysql" });
  });

  it("gives a pod all that Pod Security level restricted asks for", () => {
    expect(restrictedPod(33)).to.deep.equal({
      runAsNonRoot: true,
      runAsUser: 33,
      runAsGroup: 33,
      fsGroup: 33,
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    });
  });

  it("gives a container no privilege and a read-only root file system", () => {
    expect(containerDefaults).to.deep.equal({
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      },
      terminationMessagePolicy: "FallbackToLogsOnError",
    });
  });

  it("keeps the API server's token and other Services' variables out of a pod", () => {
    expect(isolatedPod).to.deep.equal({ automountServiceAccountToken: false, enableServiceLinks: false });
  });

  it("labels objects by Kubernetes' recommendations as well, and selects by none of them", () => {
    expect(objectLabels("provision", "blog")).to.deep.equal(labelsOf("provision", "wordpress"));
    expect(objectLabels("cache", "blog")).to.deep.equal(labelsOf("cache", "varnish"));
  });

  const own = { uid: 33, containers: [{ name: "main" }], podAntiAffinity: onDifferentNodes({ app: "a" }) };
  const template = (args: object): Promise<Manifest> =>
    resolved(output(podTemplate("frontend", { namespace: "blog", ...args }, own, { own: "1" })));

  it("says nothing about what it was not given", async () => {
    const { metadata, spec } = await template({});
    expect(metadata).to.deep.equal({ labels: labelsOf("frontend", "wordpress"), annotations: { own: "1" } });
    const said = Object.entries(spec).filter(([, value]) => value !== undefined);
    expect(said.map(([key]) => key).sort()).to.deep.equal([
      ...["affinity", "automountServiceAccountToken", "containers", "enableServiceLinks", "securityContext"],
    ]);
  });

  it("gives a pod what the arguments say, after its own and never in its place", async () => {
    const tolerations = [{ key: "web", operator: "Exists" }];
    const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } };
    const term = { weight: 1, podAffinityTerm: { topologyKey: "zone" } };
    const { metadata, spec } = await template({
      podLabels: { team: "blog", app: "other", "app.kubernetes.io/part-of": "other" },
      podAnnotations: { scrape: "true", own: "2" },
      nodeSelector: { disk: "ssd" },
      tolerations,
      affinity: {
        nodeAffinity,
        podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [term] },
      },
      priorityClassName: "important",
      imagePullSecrets: ["registry"],
      serviceAccountName: "blog",
      initContainers: [{ name: "first" }],
    });
    expect(metadata).to.deep.equal({
      labels: { ...labelsOf("frontend", "wordpress"), team: "blog" },
      annotations: { scrape: "true", own: "1" },
    });
    expect(spec).to.deep.include({
      nodeSelector: { disk: "ssd" },
      tolerations,
      priorityClassName: "important",
      imagePullSecrets: [{ name: "registry" }],
      serviceAccountName: "blog",
      initContainers: [{ name: "first" }],
      automountServiceAccountToken: false,
    });
    expect(spec.affinity.nodeAffinity).to.deep.equal(nodeAffinity);
    const { preferredDuringSchedulingIgnoredDuringExecution: preferred } = spec.affinity.podAntiAffinity;
    expect(preferred.map(({ weight }: Manifest) => weight)).to.deep.equal([100, 1]);
  });

  it("gives a Service annotations and labels", () => {
    const args = {
      namespace: "blog",
      serviceAnnotations: { a: "1" },
      serviceLabels: { team: "blog", tier: "x" },
    };
    expect(serviceMetadata("mysql", "db", args, { b: "2" })).to.deep.equal({
      name: "db",
      namespace: "blog",
      labels: { ...labelsOf("mysql", "mysql"), team: "blog" },
      annotations: { a: "1", b: "2" },
    });
  });

  it("limits a container's disk to its /tmp and 2Gi, unless it is told", async () => {
    const requests = { cpu: "1", memory: "1Gi", ephemeralStorage: "64Mi" };
    const limits = { cpu: "1", memory: "1Gi" };
    const of = (resources: object) => resolved(output(containerResources(resources, "1Gi")));
    expect(await of({ requests, limits })).to.deep.equal({
      requests: { cpu: "1", memory: "1Gi", "ephemeral-storage": "64Mi" },
      limits: { cpu: "1", memory: "1Gi", "ephemeral-storage": "3072Mi" },
    });
    const told = (await of({ limits: { ephemeralStorage: "5Gi" } })) as Manifest;
    expect(told).to.deep.equal({ requests: {}, limits: { "ephemeral-storage": "5Gi" } });
  });
});
