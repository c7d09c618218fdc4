import { expect } from "chai";
import { withName } from "../../../local/plugins/kubernetes/check.ts";
import { ApiError, warnings } from "../../../local/plugins/kubernetes/client.ts";
import { holdUp, propagation } from "../../../local/plugins/kubernetes/delete.ts";
import { asApplied, leaveIgnored } from "../../../local/plugins/kubernetes/managed-fields.ts";
import {
  identityOfType,
  idOf,
  parseId,
  toApiNames,
  toSdkNames,
} from "../../../local/plugins/kubernetes/objects.ts";
import { previewOfCreate } from "../../../local/plugins/kubernetes/preview.ts";
import { parseQuantity } from "../../../local/plugins/kubernetes/quantity.ts";
import { declared, project } from "../../../local/plugins/kubernetes/read.ts";
import { redactor } from "../../../local/plugins/kubernetes/redact.ts";
import { parseState, toState } from "../../../local/plugins/kubernetes/state.ts";
import { conflictingManagers, withoutStringData } from "../../../local/plugins/kubernetes/write.ts";
import { Secret, unknown } from "../../../local/plugins/rpc/values.ts";

describe("Kubernetes objects", () => {
  it("have the official IDs and types", () => {
    expect(idOf({ metadata: { name: "a", namespace: "n" } })).to.equal("n/a");
    expect(idOf({ metadata: { name: "a" } })).to.equal("a");
    expect(parseId("n/a")).to.deep.equal({ namespace: "n", name: "a" });
    expect(identityOfType("kubernetes:core/v1:Secret")).to.deep.equal({ apiVersion: "v1", kind: "Secret" });
    expect(identityOfType("kubernetes:apps/v1:Deployment")).to.deep.equal({
      apiVersion: "apps/v1",
      kind: "Deployment",
    });
  });

  it("translate the SDK's spelling of CRD schemas and back", () => {
    const sdk = { schema: [{ x_kubernetes_int_or_string: true, x_other: 1 }] };
    const api = { schema: [{ "x-kubernetes-int-or-string": true, x_other: 1 }] };
    expect(toApiNames(sdk)).to.deep.equal(api);
    expect(toSdkNames(api)).to.deep.equal(sdk);
  });

  it("get a name of their own when they have none, and keep it", () => {
    const seed = new Uint8Array([1, 2, 3]);
    const fresh = withName({}, {}, "web", seed);
    expect(fresh)
      .to.have.nested.property("metadata.name")
      .that.matches(/^web-[0-9a-f]{8}$/);
    expect(withName({}, {}, "web", seed)).to.deep.equal(fresh);
    expect(withName({}, fresh, "web", new Uint8Array([9]))).to.deep.equal(fresh);
    expect(withName({ metadata: { name: "own" } }, fresh, "web", seed)).to.deep.equal({
      metadata: { name: "own" },
    });
    expect(withName({ metadata: { generateName: "g-" } }, {}, "web", seed)).to.deep.equal({
      metadata: { generateName: "g-" },
    });
    expect(withName({ metadata: { name: unknown } }, {}, "web", seed)).to.deep.equal({
      metadata: { name: unknown },
    });
  });

  it("have quantities of the same amount in any spelling", () => {
    const same: [unknown, unknown][] = [
      ["1", "1000m"],
      ["1Gi", "1024Mi"],
      ["0.5", "500m"],
      ["1k", "1000"],
      [2, "2"],
      ["1e3", "1k"],
      ["100M", "0.1G"],
      ["1.5Gi", "1536Mi"],
    ];
    for (const [a, b] of same)
      expect(parseQuantity(a), `${a} is ${b}`).to.equal(parseQuantity(b)).and.not.equal(undefined);
    expect(parseQuantity("1G")).not.to.equal(parseQuantity("1Gi"));
    for (const none of ["", "2GB", "one", ".", true])
      expect(parseQuantity(none), String(none)).to.equal(undefined);
  });
});

describe("the stored state", () => {
  const source = { kind: "Secret", apiVersion: "v1", stringData: { key: new Secret("x") } };
  const stored = {
    inputs: { kind: "Secret", apiVersion: "v1", stringData: { key: "x" } },
    live: { kind: "Secret", apiVersion: "v1", data: { key: "eA==" } },
    initialApiVersion: "v1",
    fieldManager: "pulumi-kubernetes-1",
  };

  it("hides all data of a Secret, in both halves", () => {
    const state = toState(stored, source);
    expect(state.data).to.deep.equal(new Secret({ key: "eA==" }));
    expect(state)
      .to.have.nested.property("__inputs.stringData")
      .that.deep.equals(new Secret({ key: "x" }));
    expect(state).to.include({ __initialApiVersion: "v1", __fieldManager: "pulumi-kubernetes-1" });
  });

  it("hides kubectl's copy of a Secret", () => {
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": "{...}", other: "open" };
    const state = toState({ ...stored, live: { ...stored.live, metadata: { annotations } } }, {});
    expect(state.metadata).to.deep.equal({
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": new Secret("{...}"), other: "open" },
    });
  });

  it("hides kubectl's copy of any object that has a secret in it", () => {
    const last = "kubectl.kubernetes.io/last-applied-configuration";
    const live = { kind: "ConfigMap", metadata: { annotations: { [last]: "{...}" } }, data: { a: "x" } };
    const other = { ...stored, inputs: {}, live };
    const open = toState(other, { data: { a: "x" } });
    expect(open.metadata).to.deep.equal({ annotations: { [last]: "{...}" } });
    const hidden = toState(other, { data: { a: new Secret("x") } });
    expect(hidden.metadata).to.deep.equal({ annotations: { [last]: new Secret("{...}") } });
  });

  it("comes apart again", () => {
    expect(parseState(toState(stored, source))).to.deep.equal(stored);
  });

  it("without inputs of its own uses those of the request", () => {
    expect(parseState({ kind: "A" }, { kind: "A", spec: 1 }).inputs).to.deep.equal({ kind: "A", spec: 1 });
  });
});

describe("messages", () => {
  it("lose every secret, plain and in base64", () => {
    const redact = redactor({
      a: new Secret("hunter2"),
      b: { c: [new Secret('quo"te')] },
      d: new Secret("no"),
    });
    const base64 = Buffer.from("hunter2").toString("base64");
    expect(redact(`bad hunter2, ${base64}, "quo\\"te", no`)).to.equal(
      'bad [secret], [secret], "[secret]", no',
    );
  });

  it("lose a Secret's data whether marked or not", () => {
    const redact = redactor({
      kind: "Secret",
      data: { a: Buffer.from("plain text").toString("base64") },
      stringData: { b: "other" },
    });
    expect(redact(`plain text ${Buffer.from("plain text").toString("base64")} other`)).to.equal(
      "[secret] [secret] [secret]",
    );
  });

  it("lose the long secrets of other resources, and the lines of a key", () => {
    const known = new Set<string>();
    redactor({ a: new Secret("a-long-password-of-another"), b: new Secret("wordpress") }, known);
    const key = "-----BEGIN KEY-----\nMHcCAQEEIDUOjYvBt\n-----END KEY-----\n";
    const redact = redactor({ key: new Secret(key) }, known);
    expect(redact("a-long-password-of-another of wordpress:\n    MHcCAQEEIDUOjYvBt")).to.equal(
      "[secret] of wordpress:\n    [secret]",
    );
  });

  it("warnings of the API server are read from their header", () => {
    expect(warnings('299 - "unknown field \\"a\\"", 299 - "old"')).to.deep.equal([
      'unknown field "a"',
      "old",
    ]);
    expect(warnings(undefined)).to.deep.equal([]);
  });
});

describe("reading an object back", () => {
  it("keeps the shape of the inputs, with the values of now", () => {
    const inputs = { spec: { replicas: 1, list: [{ a: 1 }], gone: true, empty: {} } };
    const live = { spec: { replicas: 2, list: [{ a: 3, b: 4 }], more: 5 }, status: {} };
    expect(project(live, inputs)).to.deep.equal({ spec: { replicas: 2, list: [{ a: 3 }], empty: {} } });
  });

  it("shows a list as it is when elements came or went", () => {
    expect(project({ list: [{ a: 1, b: 2 }, { a: 3 }] }, { list: [{ a: 1 }] })).to.deep.equal({
      list: [{ a: 1, b: 2 }, { a: 3 }],
    });
  });

  it("rebuilds stringData from data", () => {
    const live = {
      apiVersion: "v1",
      kind: "Secret",
      data: { a: Buffer.from("now").toString("base64"), b: "eA==" },
    };
    const inputs = { apiVersion: "v1", kind: "Secret", stringData: { a: "then" } };
    expect(project(live, inputs)).to.deep.equal({
      apiVersion: "v1",
      kind: "Secret",
      stringData: { a: "now" },
    });
  });

  it("imports what it says, without what the server keeps there", () => {
    const live = {
      kind: "A",
      metadata: {
        name: "a",
        uid: "u",
        managedFields: [],
        resourceVersion: "1",
        annotations: { "deployment.kubernetes.io/revision": "1" },
      },
      spec: { a: 1 },
      status: { b: 2 },
    };
    expect(declared(live)).to.deep.equal({ kind: "A", metadata: { name: "a" }, spec: { a: 1 } });
  });
});

describe("writing", () => {
  it("sends stringData as data", () => {
    const secret = { apiVersion: "v1", kind: "Secret", data: { a: "eA==" }, stringData: { b: "x" } };
    expect(withoutStringData(secret)).to.deep.equal({
      apiVersion: "v1",
      kind: "Secret",
      data: { a: "eA==", b: "eA==" },
    });
  });

  it("knows who holds a field", () => {
    const causes = [{ reason: "FieldManagerConflict", message: 'conflict with "hpa" using autoscaling/v2' }];
    expect(conflictingManagers(new ApiError(409, "Conflict", "", { causes }))).to.deep.equal(["hpa"]);
    expect(conflictingManagers(new ApiError(409, "Conflict", "version"))).to.deep.equal([]);
    expect(conflictingManagers(new Error("x"))).to.deep.equal([]);
  });

  const owned = (manager: string, operation: string, fields: object) => ({
    manager,
    operation,
    fieldsV1: fields,
  });

  it("turns what a creation owns into what an apply owns", () => {
    const live = {
      metadata: {
        managedFields: [
          owned("us", "Update", { "f:spec": { "f:a": {} } }),
          owned("us", "Apply", { "f:spec": { "f:b": {} } }),
          owned("kcm", "Update", { "f:status": {} }),
        ],
      },
    };
    expect(asApplied(live, "us")).to.deep.equal([
      owned("kcm", "Update", { "f:status": {} }),
      owned("us", "Apply", { "f:spec": { "f:a": {}, "f:b": {} } }),
    ]);
    expect(asApplied(live, "nobody")).to.equal(undefined);
  });

  it("leaves ignored fields to whoever manages them", () => {
    const live = {
      metadata: {
        managedFields: [
          owned("us", "Apply", { "f:spec": { "f:image": {} } }),
          owned("hpa", "Update", { "f:spec": { "f:replicas": {} } }),
        ],
      },
      spec: { replicas: 5, image: "old" },
    };
    const inputs = { spec: { replicas: 3, image: "new", other: 1 } };
    expect(leaveIgnored(inputs, live, "us", ["spec.replicas"])).to.deep.equal({
      spec: { image: "new", other: 1 },
    });
    expect(leaveIgnored(inputs, live, "us", ["spec.image"])).to.deep.equal({
      spec: { replicas: 3, image: "old", other: 1 },
    });
    expect(leaveIgnored(inputs, live, "us", ["spec.absent.deep"])).to.deep.equal(inputs);
  });
});

describe("a preview", () => {
  it("promises nothing that only the creation decides", () => {
    const answer = {
      kind: "Service",
      metadata: { name: "a", uid: "made-up", creationTimestamp: "now" },
      spec: {
        clusterIP: "10.0.0.1",
        clusterIPs: ["10.0.0.1"],
        ports: [
          { port: 1, nodePort: 30000 },
          { port: 2, nodePort: 30001 },
        ],
      },
      status: {},
    };
    const preview = previewOfCreate(answer, {
      metadata: { name: "a" },
      spec: { ports: [{ port: 1 }, { port: 2, nodePort: 30001 }] },
    });
    expect(preview).to.have.nested.property("metadata.uid", unknown);
    expect(preview).to.have.nested.property("metadata.name", "a");
    expect(preview.spec).to.deep.equal({
      clusterIP: unknown,
      clusterIPs: unknown,
      ports: [
        { port: 1, nodePort: unknown },
        { port: 2, nodePort: 30001 },
      ],
    });
    expect(preview.status).to.equal(unknown);
  });
});

describe("deletion", () => {
  it("is in the foreground unless told otherwise", () => {
    expect(propagation(undefined)).to.equal("Foreground");
    expect(propagation("Orphan")).to.equal("Orphan");
    expect(propagation("background")).to.equal("Background");
  });

  it("says what it waits for", () => {
    expect(holdUp({ metadata: { finalizers: ["foregroundDeletion"] } })).to.equal(
      "its dependents are being deleted",
    );
    expect(holdUp({ metadata: { finalizers: ["kubernetes.io/pvc-protection"] } })).to.equal(
      "finalizers kubernetes.io/pvc-protection",
    );
    const conditions = [{ type: "NamespaceFinalizersRemaining", status: "True", message: "some are left" }];
    expect(holdUp({ metadata: {}, status: { conditions } })).to.equal("some are left");
    expect(holdUp({ metadata: {} })).to.equal("its grace period");
  });
});
