import { expect } from "chai";
import { compare, type DiffOptions } from "../../../local/plugins/kubernetes/diff.ts";
import type { KubeObject } from "../../../local/plugins/kubernetes/objects.ts";
import { unknown } from "../../../local/plugins/rpc/values.ts";

const options: DiffOptions = {
  namespaced: true,
  ignoreChanges: [],
  isPatch: false,
  secrets: false,
  configMaps: false,
};
const manager = "pulumi-kubernetes-00000000";

/** Changes between what was applied (and is live, unless told otherwise) and the new inputs. */
function changes(
  before: KubeObject,
  after: KubeObject,
  more: Partial<DiffOptions> = {},
  live: KubeObject = before,
) {
  const metadata = { ...(live.metadata as object), managedFields: [{ manager }] };
  const stored = {
    inputs: before,
    live: { ...live, metadata },
    initialApiVersion: "v1",
    fieldManager: manager,
  };
  const { changes: found, deleteBeforeReplace } = compare(stored, after, { ...options, ...more });
  const list = [...found].map(
    ([path, { kind, replace }]) => `${kind}${replace ? " and replace" : ""} ${path}`,
  );
  return { list, deleteBeforeReplace };
}

const object = (
  kind: string,
  fields: object,
  metadata: object = { name: "a", namespace: "n" },
  apiVersion = "v1",
): KubeObject => ({
  apiVersion,
  kind,
  metadata,
  ...fields,
});

const deployment = (spec: object) => object("Deployment", { spec }, { name: "a" }, "apps/v1");

describe("the diff of a Kubernetes object", () => {
  it("is empty for the same inputs, whatever the server added", () => {
    const inputs = deployment({ replicas: 1 });
    const live = {
      ...inputs,
      spec: { replicas: 1, strategy: { type: "RollingUpdate" } },
      status: { replicas: 1 },
    };
    expect(changes(inputs, inputs, {}, live).list).to.deep.equal([]);
  });

  it("names added, changed and removed fields by their paths", () => {
    const before = deployment({
      replicas: 1,
      paused: true,
      template: { spec: { containers: [{ name: "c", image: "i:1" }] } },
    });
    const after = deployment({
      replicas: 2,
      minReadySeconds: 5,
      template: {
        spec: {
          containers: [
            { name: "c", image: "i:2" },
            { name: "d", image: "d" },
          ],
        },
      },
    });
    expect(changes(before, after).list).to.have.members([
      "update spec.replicas",
      "delete spec.paused",
      "add spec.minReadySeconds",
      "update spec.template.spec.containers[0].image",
      "add spec.template.spec.containers[1]",
    ]);
  });

  it("sees through other spellings of a quantity, and only there", () => {
    const claim = (storage: unknown, label: string) =>
      object(
        "PersistentVolumeClaim",
        { spec: { resources: { requests: { storage } } } },
        { name: "a", labels: { size: label } },
      );
    expect(changes(claim("1024Mi", "1000m"), claim("1Gi", "1000m")).list).to.deep.equal([]);
    expect(changes(claim("1Gi", "1000m"), claim("2Gi", "1")).list).to.deep.equal([
      "update metadata.labels.size",
      "update spec.resources.requests.storage",
    ]);
  });

  it("does not repeat what the cluster already says", () => {
    const before = deployment({ replicas: 1 });
    const live = deployment({ replicas: 1, strategy: { type: "Recreate" }, minReadySeconds: 0 });
    const after = deployment({ replicas: 1, strategy: { type: "Recreate" }, minReadySeconds: 3 });
    expect(changes(before, after, {}, live).list).to.deep.equal(["add spec.minReadySeconds"]);
  });

  it("counts an unknown value as a change", () => {
    expect(changes(deployment({ replicas: 1 }), deployment({ replicas: unknown })).list).to.deep.equal([
      "update spec.replicas",
    ]);
  });

  it("takes a missing namespace for default, and none for cluster-scoped kinds", () => {
    const named = (namespace?: string) =>
      object("ConfigMap", {}, { name: "a", ...(namespace ? { namespace } : {}) });
    expect(changes(named(), named("default")).list).to.deep.equal([]);
    expect(changes(named("x"), named(), { namespaced: false }).list).to.deep.equal([]);
    expect(changes(named(), named("other")).list).to.deep.equal(["update and replace metadata.namespace"]);
  });

  it("leaves out what is ignored, and everything inside it", () => {
    const before = deployment({ replicas: 1, template: { metadata: { labels: { a: "1" } } } });
    const after = deployment({ replicas: 2, template: { metadata: { labels: { a: "2" } } } });
    expect(changes(before, after, { ignoreChanges: ["spec.replicas", "spec.template"] }).list).to.deep.equal(
      [],
    );
  });

  it("does not remove what somebody else set in an object we never applied", () => {
    const stored = {
      inputs: deployment({ replicas: 1, revisionHistoryLimit: 10 }),
      live: {
        ...deployment({ replicas: 1, revisionHistoryLimit: 10 }),
        metadata: { name: "a", managedFields: [{ manager: "kubectl" }] },
      },
      initialApiVersion: "apps/v1",
      fieldManager: manager,
    };
    const { changes: found } = compare(stored, deployment({ replicas: 2 }), options);
    expect([...found.keys()]).to.deep.equal(["spec.replicas"]);
  });
});

describe("replacement", () => {
  const secret = (data: object, more: object = {}) => object("Secret", { stringData: data, ...more });

  it("follows the official list of immutable fields", () => {
    const cases: [string, KubeObject, KubeObject, string][] = [
      [
        "Deployment selector",
        deployment({ selector: { matchLabels: { a: "1" } } }),
        deployment({ selector: { matchLabels: { a: "2" } } }),
        "spec.selector.matchLabels.a",
      ],
      [
        "StatefulSet serviceName",
        object("StatefulSet", { spec: { serviceName: "a" } }, { name: "a" }, "apps/v1"),
        object("StatefulSet", { spec: { serviceName: "b" } }, { name: "a" }, "apps/v1"),
        "spec.serviceName",
      ],
      [
        "Job template",
        object("Job", { spec: { template: { a: 1 } } }, { name: "a" }, "batch/v1"),
        object("Job", { spec: { template: { a: 2 } } }, { name: "a" }, "batch/v1"),
        "spec.template.a",
      ],
      [
        "StorageClass parameters",
        object("StorageClass", { parameters: { a: "1" } }, { name: "a" }, "storage.k8s.io/v1"),
        object("StorageClass", { parameters: { a: "2" } }, { name: "a" }, "storage.k8s.io/v1"),
        "parameters.a",
      ],
      [
        "PVC access modes",
        object("PersistentVolumeClaim", { spec: { accessModes: ["A"] } }),
        object("PersistentVolumeClaim", { spec: { accessModes: ["B"] } }),
        "spec.accessModes[0]",
      ],
      [
        "Pod image",
        object("Pod", { spec: { containers: [{ image: "a" }] } }),
        object("Pod", { spec: { containers: [{ image: "b" }] } }),
        "spec.containers[0].image",
      ],
      [
        "Service clusterIP",
        object("Service", { spec: { clusterIP: "None" } }),
        object("Service", { spec: { clusterIP: "10.0.0.1" } }),
        "spec.clusterIP",
      ],
      [
        "RoleBinding roleRef",
        object("RoleBinding", { roleRef: { name: "a" } }, { name: "a" }, "rbac.authorization.k8s.io/v1"),
        object("RoleBinding", { roleRef: { name: "b" } }, { name: "a" }, "rbac.authorization.k8s.io/v1"),
        "roleRef.name",
      ],
      ["Secret data", secret({ k: "1" }), secret({ k: "2" }), "stringData.k"],
      [
        "ConfigMap data",
        object("ConfigMap", { data: { k: "1" } }),
        object("ConfigMap", { data: { k: "2" } }),
        "data.k",
      ],
    ];
    for (const [what, before, after, path] of cases) {
      expect(changes(before, after).list, what).to.deep.equal([`update and replace ${path}`]);
    }
  });

  it("is not asked for by fields that can change", () => {
    const claim = (storage: string) =>
      object("PersistentVolumeClaim", { spec: { resources: { requests: { storage } } } });
    expect(changes(claim("1Gi"), claim("2Gi")).list).to.deep.equal([
      "update spec.resources.requests.storage",
    ]);
  });

  it("sees an immutable field that comes or goes with its parent", () => {
    const bare = object("StatefulSet", {}, { name: "a" }, "apps/v1");
    const full = object("StatefulSet", { spec: { serviceName: "a" } }, { name: "a" }, "apps/v1");
    expect(changes(bare, full).list).to.deep.equal(["add and replace spec"]);
    expect(changes(full, bare).list).to.deep.equal(["delete and replace spec"]);
  });

  it("spares data that the provider was told may change, except in immutable objects", () => {
    expect(changes(secret({ k: "1" }), secret({ k: "2" }), { secrets: true }).list).to.deep.equal([
      "update stringData.k",
    ]);
    const immutable = changes(
      secret({ k: "1" }, { immutable: true }),
      secret({ k: "2" }, { immutable: true }),
      { secrets: true },
    );
    expect(immutable.list).to.deep.equal(["update and replace stringData.k"]);
  });

  it("deletes first where the name stays, not where it is generated or moves", () => {
    const autonamed = { name: "a-1", annotations: { "pulumi.com/autonamed": "true" } };
    expect(changes(secret({ k: "1" }), secret({ k: "2" })).deleteBeforeReplace).to.equal(true);
    const generated = changes(
      object("Secret", { data: { k: "1" } }, autonamed),
      object("Secret", { data: { k: "2" } }, autonamed),
    );
    expect(generated.deleteBeforeReplace).to.equal(false);
    const moved = changes(object("ConfigMap", {}, { name: "a" }), object("ConfigMap", {}, { name: "b" }));
    expect(moved).to.deep.equal({ list: ["update and replace metadata.name"], deleteBeforeReplace: false });
    expect(changes(deployment({ replicas: 1 }), deployment({ replicas: 2 })).deleteBeforeReplace).to.equal(
      false,
    );
  });
});
