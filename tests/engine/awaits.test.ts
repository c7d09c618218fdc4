/** Waiting: until ready, no longer than told, not at all where it is hopeless; and failing without losing state. */
import { expect } from "chai";
import "./hooks.ts";
import { dig } from "../../local/plugins/rpc/values.ts";
import { cluster, live, newStack } from "./context.ts";
import { failedStatus, playKubelet, runningStatus, stuckStatus } from "./kubelet.ts";
import type { Stack } from "./stack.ts";

const pod = (image: string) => `{ containers: [{ name: "main", image: "${image}" }] }`;
const workloads = (image: string, timeouts: string) => `
const metadata = { namespace: "awaits" };
const app = { app: "web" };
new k8s.apps.v1.Deployment("web", {
  metadata: { ...metadata, name: "web" },
  spec: { replicas: 2, selector: { matchLabels: app }, template: { metadata: { labels: app }, spec: ${pod(image)} } },
}, ${timeouts});
`;

const others = `
const metadata = { namespace: "awaits" };
const db = { app: "db" };
const set = new k8s.apps.v1.StatefulSet("db", {
  metadata: { ...metadata, name: "db" },
  spec: { serviceName: "db", selector: { matchLabels: db }, template: { metadata: { labels: db }, spec: ${pod("good:1")} } },
});
new k8s.core.v1.Service("headless", { metadata: { ...metadata, name: "db" }, spec: { clusterIP: "None", selector: db, ports: [{ port: 1 }] } });
new k8s.core.v1.Service("db", { metadata: { ...metadata, name: "db-public" }, spec: { selector: db, ports: [{ port: 1 }] } });
const late = new k8s.storage.v1.StorageClass("late", {
  metadata: { name: "late" }, provisioner: "example.com/none", volumeBindingMode: "WaitForFirstConsumer",
});
new k8s.core.v1.PersistentVolumeClaim("claim", {
  metadata: { ...metadata, name: "claim" },
  spec: { storageClassName: late.metadata.name, accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
});
`;

const job = `
new k8s.batch.v1.Job("install", {
  metadata: { namespace: "awaits", name: "install" },
  spec: { backoffLimit: 0, template: { spec: { restartPolicy: "Never", ...${pod("failing:1")} } } },
});
`;

describe("waiting", function () {
  this.timeout(60_000);
  let stack: Stack;
  let stopKubelet: () => Promise<void>;

  before("a namespace with a kubelet", async () => {
    const { client } = await cluster();
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "awaits" } };
    await client.json({ method: "POST", path: "/api/v1/namespaces", body: namespace });
    stopKubelet = playKubelet("awaits", (object) => {
      const image = String(dig((dig(object, "spec", "containers") as unknown[])[0], "image"));
      if (image.startsWith("bad")) return stuckStatus(object, "ImagePullBackOff", `no such image ${image}`);
      return image.startsWith("failing") ? failedStatus(object, 3) : runningStatus(object);
    });
    stack = await newStack(workloads("good:1", "{}"));
  });
  after(async () => {
    await stopKubelet();
    stack.remove();
  });

  it("goes on until the pods are ready", async () => {
    await stack.up();
    expect(dig((await stack.resource("web"))?.outputs, "status", "availableReplicas")).to.equal(2);
  });

  it("ends at the custom timeout, names what is wrong, and keeps the state", async () => {
    stack.program(workloads("bad:1", '{ customTimeouts: { update: "4s" } }'));
    const { text, seconds } = await stack.up("failure");
    expect(seconds).to.be.within(4, 15);
    expect(text).to.contain("not ready within 4 seconds");
    expect(text).to.contain("ImagePullBackOff: no such image bad:1");
    const web = await stack.resource("web");
    expect(web?.initErrors?.join()).to.contain("not ready within 4 seconds");
    expect(JSON.stringify(web?.outputs?.__inputs)).to.contain("bad:1");
    expect(web?.id).to.equal("awaits/web");
  });

  it("tries again on the next up, though the program is the same", async () => {
    const { text } = await stack.up("failure");
    expect(text).to.contain("ImagePullBackOff");
  });

  it("recovers when the program goes back to what it was", async () => {
    stack.program(workloads("good:1", "{}"));
    await stack.up();
    const deployment = await live("/apis/apps/v1/namespaces/awaits/deployments/web");
    expect(JSON.stringify(dig(deployment, "spec", "template"))).to.contain("good:1");
    expect((await stack.resource("web"))?.initErrors).to.equal(undefined);
    await stack.preview("--expect-no-changes");
  });

  it("keeps a resource that was created but never became ready", async () => {
    stack.program(
      `${workloads("bad:2", '{ customTimeouts: { create: "3s" } }').replaceAll('"web"', '"fresh"')}`,
    );
    await stack.up("failure");
    const fresh = await stack.resource("fresh");
    expect(fresh?.id).to.equal("awaits/fresh");
    expect(fresh?.initErrors).to.have.length.greaterThan(0);
    stack.program(workloads("good:3", "{}").replaceAll('"web"', '"fresh"'));
    await stack.up();
    expect(JSON.stringify((await stack.resource("fresh"))?.inputs)).to.contain("good:3");
  });

  it("fails at once where nothing can come of it: a failed Job", async () => {
    stack.program(job);
    const { text, seconds } = await stack.up("failure");
    expect(text).to.contain("the Job failed: BackoffLimitExceeded");
    expect(text).to.contain("exited with code 3 (Error): the disk is on fire");
    expect(seconds).to.be.lessThan(20);
  });

  it("knows when there is nothing to wait for, and when there is", async () => {
    stack.program(others);
    const slice = {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: "by-hand", labels: { "kubernetes.io/service-name": "db-public" } },
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.244.0.7"], conditions: { ready: true } }],
      ports: [{ port: 1 }],
    };
    const { client } = await cluster();
    const path = "/apis/discovery.k8s.io/v1/namespaces/awaits/endpointslices";
    const [{ text }] = await Promise.all([
      stack.up("success"),
      new Promise((done) => setTimeout(done, 4000)).then(() =>
        client.json({ method: "POST", path, body: slice }),
      ),
    ]);
    expect(text).to.contain("5 created");
    expect(
      dig(await live("/api/v1/namespaces/awaits/persistentvolumeclaims/claim"), "status", "phase"),
    ).to.equal("Pending");
    expect(dig((await stack.resource("db"))?.outputs, "kind")).to.be.a("string");
  });
});
