import { expect } from "chai";
import { awaiterFor } from "../../../local/plugins/kubernetes/await/awaiters.ts";
import { definitionVerdict } from "../../../local/plugins/kubernetes/await/definitions.ts";
import { selectorText } from "../../../local/plugins/kubernetes/await/look.ts";
import { hasEndpoints, serviceVerdict } from "../../../local/plugins/kubernetes/await/network.ts";
import { eventLines, podProblems } from "../../../local/plugins/kubernetes/await/pods.ts";
import { claimVerdict } from "../../../local/plugins/kubernetes/await/storage.ts";
import { timeoutSeconds } from "../../../local/plugins/kubernetes/await/wait.ts";
import { parseWaitFor } from "../../../local/plugins/kubernetes/await/wait-for.ts";
import {
  daemonSetVerdict,
  deploymentVerdict,
  jobVerdict,
  podVerdict,
  statefulSetVerdict,
} from "../../../local/plugins/kubernetes/await/workloads.ts";

const since = new Date("2026-01-01T12:00:00Z");
const workload = (spec: object, status: object, generation = 2) => ({
  metadata: { name: "a", generation },
  spec,
  status: { observedGeneration: 2, ...status },
});
const state = ({ state: found }: { state: string }) => found;

describe("a Deployment", () => {
  const verdict = (status: object, spec: object = { replicas: 3 }, generation = 2) =>
    deploymentVerdict(workload(spec, status, generation), since);
  const done = { replicas: 3, updatedReplicas: 3, availableReplicas: 3 };

  it("is ready when all its pods are new and available, and the old ones are gone", () => {
    expect(state(verdict(done))).to.equal("ready");
    expect(verdict({ ...done, updatedReplicas: 1 })).to.deep.equal({
      state: "waiting",
      message: "1 of 3 new pods are created",
    });
    expect(verdict({ ...done, availableReplicas: 2 })).to.have.property(
      "message",
      "2 of 3 pods are available",
    );
    expect(verdict({ ...done, replicas: 4 })).to.have.property("message", "1 old pods have still to go");
  });

  it("is not judged by a status from before the change", () => {
    expect(state(verdict(done, { replicas: 3 }, 3))).to.equal("waiting");
  });

  it("has failed when its progress deadline is over, unless that is history", () => {
    const stuck = (lastUpdateTime: string) => {
      const condition = {
        type: "Progressing",
        status: "False",
        reason: "ProgressDeadlineExceeded",
        message: "late",
        lastUpdateTime,
      };
      return verdict({ updatedReplicas: 1, conditions: [condition] });
    };
    expect(state(stuck("2026-01-01T12:10:00Z"))).to.equal("failed");
    expect(state(stuck("2026-01-01T11:00:00Z"))).to.equal("waiting");
  });

  it("that is paused or has no pods has nothing to wait for", () => {
    expect(state(verdict({}, { paused: true }))).to.equal("ready");
    expect(state(verdict({}, { replicas: 0 }))).to.equal("ready");
  });
});

describe("other workloads", () => {
  it("a StatefulSet is ready at its update revision, above its partition", () => {
    const rolling = { replicas: 3, readyReplicas: 3, updateRevision: "b", currentRevision: "a" };
    const verdict = (status: object, spec: object = { replicas: 3 }) =>
      state(statefulSetVerdict(workload(spec, status)));
    expect(verdict({ ...rolling, updatedReplicas: 2 })).to.equal("waiting");
    expect(verdict({ ...rolling, updatedReplicas: 3 })).to.equal("ready");
    expect(verdict({ ...rolling, updatedReplicas: 3, readyReplicas: 2 })).to.equal("waiting");
    const partition = { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } };
    expect(verdict({ ...rolling, updatedReplicas: 1 }, partition)).to.equal("ready");
    expect(verdict(rolling, { replicas: 3, updateStrategy: { type: "OnDelete" } })).to.equal("ready");
  });

  it("a DaemonSet is ready on every node", () => {
    const status = { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 2 };
    expect(state(daemonSetVerdict(workload({}, status)))).to.equal("waiting");
    expect(state(daemonSetVerdict(workload({}, { ...status, numberAvailable: 3 })))).to.equal("ready");
  });

  it("a Job is complete, or has failed for good", () => {
    const job = (type: string) => ({
      spec: {},
      status: { conditions: [{ type, status: "True", reason: "R", message: "m" }] },
    });
    expect(state(jobVerdict(job("Complete")))).to.equal("ready");
    expect(jobVerdict(job("Failed"))).to.deep.equal({ state: "failed", message: "the Job failed: R: m" });
    expect(state(jobVerdict(job("FailureTarget")))).to.equal("failed");
    expect(jobVerdict({ spec: {}, status: { failed: 2 } })).to.have.property(
      "message",
      "0 of 1 runs are complete, 2 tries failed",
    );
    expect(state(jobVerdict({ spec: { suspend: true } }))).to.equal("ready");
  });

  it("a Pod is ready, or has run to its end", () => {
    expect(
      state(podVerdict({ status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } })),
    ).to.equal("ready");
    expect(state(podVerdict({ status: { phase: "Succeeded" } }))).to.equal("ready");
    expect(state(podVerdict({ status: { phase: "Failed", reason: "Evicted" } }))).to.equal("failed");
    expect(state(podVerdict({ status: { phase: "Pending" } }))).to.equal("waiting");
  });
});

describe("services, claims and definitions", () => {
  const service = (spec: object, ingress: object[] = []) => ({ spec, status: { loadBalancer: { ingress } } });
  const slice = (ready: boolean) => [{ endpoints: [{ conditions: { ready } }] }];

  it("a Service has a ready endpoint, where it selects any", () => {
    const plain = service({ selector: { a: "b" } });
    expect(state(serviceVerdict(plain, []))).to.equal("waiting");
    expect(serviceVerdict(plain, slice(false))).to.have.property("message", "none of its pods is ready");
    expect(state(serviceVerdict(plain, slice(true)))).to.equal("ready");
    for (const spec of [{ type: "ExternalName" }, { clusterIP: "None", selector: { a: "b" } }, {}]) {
      expect(hasEndpoints(service(spec)), JSON.stringify(spec)).to.equal(false);
      expect(state(serviceVerdict(service(spec), []))).to.equal("ready");
    }
  });

  it("a LoadBalancer has an address", () => {
    expect(state(serviceVerdict(service({ type: "LoadBalancer" }), []))).to.equal("waiting");
    expect(state(serviceVerdict(service({ type: "LoadBalancer" }, [{ ip: "1.2.3.4" }]), []))).to.equal(
      "ready",
    );
  });

  it("a claim is bound, unless its class waits for a pod", () => {
    const claim = { spec: { storageClassName: "s" }, status: { phase: "Pending" } };
    expect(state(claimVerdict(claim, { volumeBindingMode: "Immediate" }))).to.equal("waiting");
    expect(state(claimVerdict(claim, { volumeBindingMode: "WaitForFirstConsumer" }))).to.equal("ready");
    expect(claimVerdict(claim, undefined)).to.have.property("message", "there is no StorageClass s");
    expect(state(claimVerdict({ status: { phase: "Bound" } }, undefined))).to.equal("ready");
    expect(state(claimVerdict({ status: { phase: "Lost" } }, undefined))).to.equal("failed");
  });

  it("a definition is established, or its names are taken", () => {
    const conditions = (type: string, status: string) => ({ status: { conditions: [{ type, status }] } });
    expect(state(definitionVerdict(conditions("Established", "True")))).to.equal("ready");
    expect(state(definitionVerdict(conditions("NamesAccepted", "False")))).to.equal("failed");
    expect(state(definitionVerdict({}))).to.equal("waiting");
  });
});

describe("which awaiter", () => {
  const of = (apiVersion: string, kind: string, annotations = {}) =>
    awaiterFor({ apiVersion, kind, metadata: { annotations } });

  it("kinds without a notion of ready have none", () => {
    for (const kind of ["ConfigMap", "Secret", "Namespace"]) expect(of("v1", kind), kind).to.equal(undefined);
    expect(of("example.com/v1", "Widget")).to.equal(undefined);
    expect(of("apps/v1", "Deployment")).to.be.a("function");
  });

  it("the program's own word replaces ours", () => {
    expect(of("apps/v1", "Deployment", { "pulumi.com/skipAwait": "true" })).to.equal(undefined);
    expect(of("example.com/v1", "Widget", { "pulumi.com/waitFor": "condition=Ready" })).to.be.a("function");
    expect(() => of("v1", "Pod", { "pulumi.com/waitFor": "soon" })).to.throw("pulumi.com/waitFor takes");
  });

  it("the timeout is the option's, else the annotation's, else ten minutes", () => {
    const inputs = { metadata: { annotations: { "pulumi.com/timeoutSeconds": "30" } } };
    expect(timeoutSeconds(5, inputs)).to.equal(5);
    expect(timeoutSeconds(0, inputs)).to.equal(30);
    expect(timeoutSeconds(0, {})).to.equal(600);
  });
});

describe("pulumi.com/waitFor", () => {
  const object = {
    metadata: { annotations: { "a.b/c": "yes" } },
    status: {
      phase: "Ready",
      replicas: 2,
      conditions: [
        { type: "Ready", status: "True" },
        { type: "Stalled", status: "False", message: "fine" },
      ],
    },
  };
  const cases: [string, string][] = [
    ["jsonpath={.status.phase}=Ready", "ready"],
    ["jsonpath='{.status.phase}'=Ready", "ready"],
    ["jsonpath={.status.phase}=Progressing", "waiting"],
    ["jsonpath={.status.replicas}=2", "ready"],
    ["jsonpath={.status.absent}", "waiting"],
    ["jsonpath={.status.phase}", "ready"],
    ['jsonpath={.status.conditions[?(@.type=="Ready")].status}=True', "ready"],
    ["jsonpath={.status.conditions[1].status}=False", "ready"],
    ["jsonpath={.status.conditions[*].status}=True", "waiting"],
    ["jsonpath={.metadata.annotations.a\\.b/c}=yes", "ready"],
    ["jsonpath={.metadata.annotations['a.b/c']}=yes", "ready"],
    ["condition=Ready", "ready"],
    ["condition=Stalled", "waiting"],
    ["condition=Stalled=false", "ready"],
    ["condition=Missing", "waiting"],
    ['["condition=Ready", "jsonpath={.status.phase}=Ready"]', "ready"],
    ['["condition=Ready", "condition=Stalled"]', "waiting"],
  ];
  for (const [text, expected] of cases)
    it(text, () => expect(state(parseWaitFor(text)(object))).to.equal(expected));

  it("says what it found instead", () => {
    expect(parseWaitFor("jsonpath={.status.phase}=Gone")(object)).to.have.property(
      "message",
      "{.status.phase} should be Gone and is Ready",
    );
    expect(parseWaitFor("condition=Stalled")(object)).to.have.property(
      "message",
      "condition Stalled should be True and is False: fine",
    );
  });
});

describe("what is wrong with a pod", () => {
  const pod = (status: object) => ({ metadata: { name: "p" }, status });
  const texts = (status: object) => podProblems(pod(status)).map(({ text }) => text);

  it("nothing, while it starts in the ordinary way", () => {
    expect(
      texts({
        phase: "Pending",
        containerStatuses: [{ name: "c", state: { waiting: { reason: "ContainerCreating" } } }],
      }),
    ).to.deep.equal([]);
    expect(
      texts({ phase: "Running", containerStatuses: [{ name: "c", state: { running: {} } }] }),
    ).to.deep.equal([]);
  });

  it("scheduling, images and crashes, with the reason given", () => {
    expect(
      texts({
        conditions: [
          { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/3 nodes" },
        ],
      }),
    ).to.deep.equal(["pod p cannot be scheduled: 0/3 nodes"]);
    expect(
      texts({
        containerStatuses: [
          { name: "c", state: { waiting: { reason: "ImagePullBackOff", message: "no image" } } },
        ],
      }),
    ).to.deep.equal(["pod p, container c: ImagePullBackOff: no image"]);
    const crash = {
      name: "c",
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: { exitCode: 1, reason: "Error" } },
    };
    expect(podProblems(pod({ initContainerStatuses: [crash] }))).to.deep.equal([
      {
        text: "pod p, container c: CrashLoopBackOff: exited with code 1 (Error)",
        container: "c",
        isFinal: false,
      },
    ]);
    expect(texts({ phase: "Failed", reason: "Evicted" })).to.deep.equal(["pod p failed: Evicted"]);
  });

  it("an image name that can never be right is final", () => {
    const status = { containerStatuses: [{ name: "c", state: { waiting: { reason: "InvalidImageName" } } }] };
    expect(podProblems(pod(status))[0]?.isFinal).to.equal(true);
  });

  it("events count when they are warnings, once each, the newest last", () => {
    const event = (reason: string, lastTimestamp: string, type = "Warning") => ({
      type,
      reason,
      message: "m",
      lastTimestamp,
      involvedObject: { kind: "Pod", name: "p" },
    });
    const events = [event("B", "2"), event("A", "1"), event("A", "1"), event("Fine", "3", "Normal")];
    expect(eventLines(events)).to.deep.equal(["Pod p: A: m", "Pod p: B: m"]);
  });

  it("pods are found by their owner's selector", () => {
    const selector = {
      matchLabels: { a: "b" },
      matchExpressions: [
        { key: "t", operator: "In", values: ["x", "y"] },
        { key: "n", operator: "DoesNotExist" },
      ],
    };
    expect(selectorText(selector)).to.equal("a=b,t in (x,y),!n");
  });
});
