import path from "node:path";
import { expect } from "chai";
import { waitUntil } from "../../local/toolchain/wait-until.ts";
import { parseConfig } from "../../stacks/config.ts";
import { Client } from "../../stacks/kubernetes/client.ts";
import { findConnection } from "../../stacks/kubernetes/kubeconfig.ts";
import { Cluster } from "../../stacks/preflight/cluster.ts";
import { check } from "../../stacks/preflight/index.ts";
import { makeKinds } from "./api-server.ts";
import { cluster, live, newStack, post, stopAll } from "./context.ts";
import "./hooks.ts";

/*
 * The preflight against a real API server without nodes: what it reads there, that what it calls refused is refused,
 * and how the engine shows it. Rook's and Traefik's own controllers are not there, only their kinds.
 */

const namespace = "preflight";
const site = { url: "https://blog.example.com" };
const storage = { type: "existing", sharedClassName: "preflight-shared", blockClassName: "preflight-block" };
const claims = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
const classes = "/apis/storage.k8s.io/v1/storageclasses";

/** Changes an object as somebody with kubectl would. */
async function patch(kind: string, name: string, change: object): Promise<void> {
  const { kubectl } = await cluster();
  await kubectl([
    "patch",
    kind,
    name,
    "--namespace",
    namespace,
    "--type=merge",
    "-p",
    JSON.stringify(change),
  ]);
}

async function read(values: Record<string, unknown> = {}, kubeconfig?: string): ReturnType<typeof check> {
  const config = parseConfig({ site, namespace, storage, ...values });
  const client = await Client.open(
    findConnection({ kubeconfig: kubeconfig ?? (await cluster()).kubeconfig }),
  );
  try {
    return await check(config, new Cluster(client));
  } finally {
    client.close();
  }
}

/** What the API server says of a change it refuses. */
async function refusal(change: Promise<void>): Promise<string> {
  const said = await change.then(
    () => "it was accepted",
    (error: Error) => error.message,
  );
  expect(said).not.to.equal("it was accepted");
  return said;
}

const definition = (group: string, version: string, kind: string) => {
  const singular = kind.toLowerCase();
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${singular}s.${group}`,
      annotations: { "api-approved.kubernetes.io": "unapproved, for a test" },
    },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, singular, plural: `${singular}s` },
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  };
};

const storageClass = (name: string, changes: object = {}) => ({
  metadata: { name },
  provisioner: "example.com/none",
  allowVolumeExpansion: false,
  ...changes,
});

/** What lets the stack take over an object that somebody else has made. */
const given = { labels: { "app.kubernetes.io/managed-by": "pulumi" } };

async function makeVolume(name: string, storageClassName: string): Promise<void> {
  const capacity = { storage: "2Gi" };
  const accessModes = ["ReadWriteOnce"];
  await post("/api/v1/persistentvolumes", {
    metadata: { name: `preflight-${name}` },
    spec: {
      capacity,
      accessModes,
      storageClassName,
      hostPath: { path: "/nowhere" },
      claimRef: { namespace, name },
    },
  });
  await post(claims, {
    metadata: { name, ...given },
    spec: { accessModes, storageClassName, resources: { requests: capacity } },
  });
  await waitUntil("the claim's volume", 60, async () => {
    const claim = (await live(`${claims}/${name}`)) as { status?: { phase?: string } } | undefined;
    if (claim?.status?.phase !== "Bound") throw new Error(`phase ${claim?.status?.phase}`);
  });
}

/** A pod that no node runs, as somebody's chart makes it. */
async function makePod(place: string, name: string, labels: object, spec: object = {}): Promise<void> {
  const pod = { metadata: { name, labels }, spec: { containers: [{ name, image: name, ...spec }] } };
  // The namespace's service account is made a moment after it.
  await waitUntil(`pod ${name}`, 60, () => post(`/api/v1/namespaces/${place}/pods`, pod));
}

const traefikLabels = { "app.kubernetes.io/name": "traefik" };

describe("preflight against a real API server", () => {
  // A bare one: other tests make kinds and nodes on theirs.
  before("a control plane of its own", async () => {
    await stopAll();
    await waitUntil("an API server of which everything can be read", 60, async () => {
      const { warnings } = await read();
      expect(warnings.join("\n")).not.to.contain("could not check");
    });
  });

  it("names everything a bare cluster lacks, and the engine shows it without a stack trace", async () => {
    const checkout = path.join(import.meta.dirname, "..", "..");
    const stack = await newStack(`
      import { parseConfig } from "${checkout}/stacks/config.ts";
      import { preflight } from "${checkout}/stacks/preflight/index.ts";
      await preflight(parseConfig(${JSON.stringify({ site, namespace, storage })}));
      new k8s.core.v1.Namespace("n", { metadata: { name: "${namespace}" } });`);
    const { server } = findConnection({ kubeconfig: (await cluster()).kubeconfig }).cluster;
    for (const command of [["preview"], ["up", "--yes", "--skip-preview"]]) {
      const { code, text } = await stack.run(...command);
      expect(code, text).not.to.equal(0);
      expect(text).to.contain(`The preflight of ${server} (context "engine-tests" of `);
      expect(text).to.contain("found 5 faults; nothing was deployed.");
      for (const part of [
        "traefik.io/v1alpha1",
        "metrics.k8s.io/v1beta1",
        "storage.sharedClassName",
        "storage.blockClassName",
      ]) {
        expect(text).to.contain(`  - ${part}: the cluster `);
      }
      expect(text).to.contain("  - network.traefik.namespace: no pod in the cluster has the label ");
      expect(text).to.contain("To go on without these checks: pulumi config set preflight false");
      expect(text).not.to.match(/\.ts:\d+|^\s+at /m);
      expect(text).not.to.contain("kubernetes:core/v1:Namespace");
    }
    stack.remove();
  });

  it("finds nothing wrong once it is all there", async () => {
    await makeKinds((await cluster()).kubectl, "traefik-crds.yaml");
    await post(
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      definition("metrics.k8s.io", "v1beta1", "Pod"),
    );
    await post(classes, storageClass("preflight-shared", { allowVolumeExpansion: true }));
    await post(classes, storageClass("preflight-block"));
    await post("/api/v1/namespaces", { metadata: { name: namespace, ...given } });
    await post("/api/v1/namespaces", { metadata: { name: "traefik" } });
    await makePod("traefik", "traefik", traefikLabels, {
      args: [
        ...["--entryPoints.web.address=:8000", "--entryPoints.websecure.address=:8443"],
        ...["--providers.kubernetescrd", "--providers.kubernetescrd.allowemptyservices"],
        "--certificatesresolvers.ali.acme.email=me@example.com",
      ],
    });
    await makePod("kube-system", "coredns", { "k8s-app": "kube-dns" });
    await waitUntil("the new kinds", 60, async () => {
      const { faults, warnings } = await read();
      expect({ faults, warnings }).to.deep.equal({ faults: [], warnings: [] });
    });
  });

  it("knows Traefik by its pods and what they were started with, and the DNS servers", async () => {
    const route = { entryPoints: { websecure: "https" }, tls: { certResolver: "letsEncrypt" } };
    const wrong = (await read({ route, network: { traefik: { namespace: "edge" } } })).faults;
    expect(wrong.map((fault) => fault.split(",")[0])).to.deep.equal([
      'network.traefik.namespace: "edge" is not allowed; expected traefik',
    ]);
    const { faults } = await read({ route });
    expect(faults).to.deep.equal([
      'route.entryPoints.websecure: "https" is not allowed; expected one of web, websecure, the entry points Traefik was started with (traefik/traefik)',
      'route.tls.certResolver: "letsEncrypt" is not allowed; expected one of ali, the certResolvers Traefik was started with (traefik/traefik)',
    ]);
    await post("/api/v1/namespaces/traefik/configmaps", {
      metadata: { name: "static" },
      data: {
        "traefik.yaml":
          "entryPoints: { web: {}, https: {} }\nproviders: { kubernetesCRD: { allowEmptyServices: true } }\ncertificatesResolvers: { letsEncrypt: { acme: {} } }",
      },
    });
    const { kubectl } = await cluster();
    const pod = JSON.parse(await kubectl(["get", "pod", "traefik", "-n", "traefik", "-o", "json"]));
    await kubectl(["delete", "pod", "traefik", "-n", "traefik", "--grace-period=0", "--force"]);
    const [container] = pod.spec.containers;
    await post("/api/v1/namespaces/traefik/pods", {
      metadata: { name: "traefik", labels: traefikLabels },
      spec: {
        hostNetwork: true,
        containers: [{ ...container, volumeMounts: [{ name: "static", mountPath: "/etc/traefik" }] }],
        volumes: [{ name: "static", configMap: { name: "static" } }],
      },
    });
    expect((await read({ route })).faults).to.deep.equal([]);
    // No policy knows a pod on its node's own network, but for the pods on that node.
    for (const name of ["one", "two"]) await post("/api/v1/nodes", { metadata: { name } });
    expect((await read({ route })).faults[0]).to.match(
      /^network\.traefik\.cidrs: is missing; .*traefik\/traefik/,
    );
    await kubectl(["delete", "node", "one", "two"]);
    await makePod(
      "kube-system",
      "node-local-dns",
      { "k8s-app": "node-local-dns" },
      { args: ["-localip", "169.254.20.10"] },
    );
    expect((await read({ route })).warnings[0]).to.contain("add 169.254.20.10/32 to network.dnsCidrs");
    expect((await read({ route, network: { dnsCidrs: ["169.254.20.10/32"] } })).warnings).to.deep.equal([]);
    await kubectl(["delete", "pod", "node-local-dns", "-n", "kube-system", "--grace-period=0", "--force"]);
    await kubectl(["delete", "pod", "traefik", "-n", "traefik", "--grace-period=0", "--force"]);
    await makePod("traefik", "traefik", traefikLabels, { args: container.args });
  });

  it("refuses what the API server refuses of a claim", async () => {
    await makeVolume("mysql-pvc", "preflight-block");
    const size = async (text: string) => (await read({ mysql: { storage: { size: text } } })).faults;
    const resize = (text: string) =>
      patch("pvc", "mysql-pvc", { spec: { resources: { requests: { storage: text } } } });
    expect(await size("2Gi")).to.deep.equal([]);
    expect(await size("1Gi")).to.deep.equal([
      'mysql.storage.size: "1Gi" is not allowed; expected at least 2Gi, the size of the claim mysql-pvc: a volume cannot shrink. To go smaller, restore a backup into a new claim',
    ]);
    expect(await refusal(resize("1Gi"))).to.match(/less than/);
    expect((await size("3Gi"))[0]).to.match(
      /^mysql\.storage\.size: .* preflight-block does not allow expansion;/,
    );
    expect(await refusal(resize("3Gi"))).to.match(/resize/);
    await patch("storageclass", "preflight-block", { allowVolumeExpansion: true });
    expect(await size("3Gi")).to.deep.equal([]);
    await resize("3Gi");
    // The volume still has 2Gi, so that the way back is open to anything above.
    expect(await size("2560Mi")).to.deep.equal([]);
    await resize("2560Mi");
    expect(await size("2Gi")).to.have.length(1);
    expect(await refusal(resize("2Gi"))).to.match(/less than/);
  });

  it("refuses what would replace a claim, and a claim without a volume stays as it is", async () => {
    const requests = { storage: "1Gi" };
    await post(claims, {
      metadata: { name: "wordpress-pvc", ...given },
      spec: { accessModes: ["ReadWriteOnce"], storageClassName: "preflight-block", resources: { requests } },
    });
    const keys = (await read({ mysql: { storage: { size: "3Gi" } } })).faults.map(
      (fault) => fault.split(":")[0],
    );
    expect(keys).to.deep.equal([
      "wordpress.storage.accessMode",
      "storage.sharedClassName",
      "wordpress.storage.size",
    ]);
    const change = (spec: object) => refusal(patch("pvc", "wordpress-pvc", { spec }));
    expect(await change({ accessModes: ["ReadWriteMany"] })).to.match(/immutable/);
    expect(await change({ storageClassName: "preflight-shared" })).to.match(/immutable/);
    expect(await change({ resources: { requests: { storage: "2Gi" } } })).to.match(/immutable/);
  });

  it("refuses to take over what somebody else has made, until it is given away", async () => {
    const { kubectl } = await cluster();
    const own = ["--namespace", namespace];
    await kubectl(["create", "configmap", "wordpress", ...own]);
    await kubectl(["create", "service", "clusterip", "wordpress", "--tcp=80", ...own]);
    const ofOthers = async () => (await read()).faults.filter((fault) => fault.includes("somebody else's"));
    expect(await ofOthers()).to.deep.equal([
      "namespace: somebody else's objects have names this stack uses: Service/wordpress (managed by kubectl-create); change namespace, or rename or delete them; to let the stack take one over: kubectl label --overwrite KIND/NAME app.kubernetes.io/managed-by=pulumi",
    ]);
    await kubectl([
      "label",
      "--overwrite",
      "Service/wordpress",
      "app.kubernetes.io/managed-by=pulumi",
      ...own,
    ]);
    expect(await ofOthers()).to.deep.equal([]);
  });

  it("refuses another namespace while the stack's state has volumes in this one", async () => {
    const checkout = path.join(import.meta.dirname, "..", "..");
    const program = (there: string) => `
      import { parseConfig } from "${checkout}/stacks/config.ts";
      import { preflight } from "${checkout}/stacks/preflight/index.ts";
      await preflight(parseConfig(${JSON.stringify({ site, storage, namespace: there })}));
      const { metadata } = new k8s.core.v1.Namespace("n", { metadata: { name: "moving" } });
      new k8s.core.v1.PersistentVolumeClaim("claim", {
        metadata: { name: "own", namespace: metadata.name, annotations: { "pulumi.com/skipAwait": "true" } },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      });
      new k8s.core.v1.Secret("secret", { metadata: { namespace: metadata.name }, stringData: { a: "b" } });`;
    const stack = await newStack(program("moving"));
    await stack.up();
    const faultsIn = async (there: string) => {
      stack.program(program(there));
      const { text } = await stack.run("preview");
      return text.split("\n").filter((line) => line.includes("where this stack's volumes are"));
    };
    expect(await faultsIn("moving")).to.deep.equal([]);
    const [fault = ""] = await faultsIn("moved");
    expect(fault).to.contain(`namespace: "moved" is not allowed; expected moving, where`);
    await stack.destroy();
    stack.remove();
  });

  it("refuses what the API server refuses of a class", async () => {
    await post(classes, storageClass("csi-cephfs"));
    const { faults } = await read({ storage: { type: "rook" } });
    const fault = faults.find((text) => text.startsWith("storage.sharedClassName: StorageClass csi-cephfs"));
    for (const [field, change] of Object.entries({
      provisioner: { provisioner: "rook-ceph.cephfs.csi.ceph.com" },
      reclaimPolicy: { reclaimPolicy: "Retain" },
      "parameter fsName": { parameters: { fsName: "myfs" } },
    })) {
      expect(fault).to.contain(`${field} `);
      expect(await refusal(patch("storageclass", "csi-cephfs", change))).to.match(/immutable|[Ff]orbidden/);
    }
  });

  it("reads the keys of Secrets, and what is missing of Rook", async () => {
    await post(`/api/v1/namespaces/${namespace}/secrets`, {
      metadata: { name: "db" },
      stringData: { password: "s3cret" },
    });
    const { faults, warnings } = await read({
      storage: { type: "rook" },
      existingSecrets: { database: "db", admin: "me" },
    });
    expect(faults.filter((fault) => /^(existingSecrets|ceph|storage\.rook)/.test(fault))).to.deep.equal([
      "ceph.rook.io/v1: the cluster does not serve cephfilesystems, cephblockpools; install Rook and make a CephCluster, or set storage.type to existing",
      "storage.rook.namespace: the cluster has no namespace rook-ceph; install Rook there, or name the namespace it is in",
      "storage.rook.operatorNamespace: the cluster has no CSI driver rook-ceph.cephfs.csi.ceph.com and rook-ceph.rbd.csi.ceph.com; let Rook's operator make its drivers (ROOK_CSI_ENABLE_CEPHFS, ROOK_CSI_ENABLE_RBD), or name its namespace",
      "existingSecrets.database: Secret db lacks root-password; give it the keys password, root-password",
      `existingSecrets.admin: namespace ${namespace} has no Secret me; give it the keys password`,
    ]);
    expect(JSON.stringify({ faults, warnings })).not.to.contain("s3cret").and.not.contain(btoa("s3cret"));
  });

  it("knows Ceph-CSI's drivers by the namespace of Rook's operator", async () => {
    for (const driver of ["cephfs", "rbd"])
      await post("/apis/storage.k8s.io/v1/csidrivers", {
        metadata: { name: `operators.${driver}.csi.ceph.com` },
        spec: {},
      });
    const of = async (rook: object) =>
      (await read({ storage: { type: "rook", rook } })).faults.filter((fault) =>
        fault.includes("CSI driver"),
      );
    expect(await of({ operatorNamespace: "operators" })).to.deep.equal([]);
    expect((await of({}))[0]).to.match(
      /^storage\.rook\.operatorNamespace: "rook-ceph" is not allowed; expected operators, /,
    );
  });

  it("says what is in the way of Rook, its Ceph and their volumes", async () => {
    const { kubectl } = await cluster();
    await makeKinds(kubectl, "rook-crds.yaml");
    for (const name of ["rook-ceph", "operators"]) await post("/api/v1/namespaces", { metadata: { name } });
    for (const name of ["one", "two", "three"]) await post("/api/v1/nodes", { metadata: { name } });
    const rook = { type: "rook", rook: { operatorNamespace: "operators" } };
    /** What is found about a subject. */
    const look = async (subject: RegExp) => {
      const { faults, warnings } = await read({ storage: rook });
      return [...faults, ...warnings].filter((text) => subject.test(text));
    };
    const apply = (kind: string, name: string, spec: object) =>
      kubectl(["apply", "--server-side", "-f", "-"], {
        ...{ apiVersion: "ceph.rook.io/v1", kind, spec },
        metadata: { name, namespace: "rook-ceph" },
      });
    const inRook = (...args: string[]) => kubectl([...args, "--namespace=rook-ceph"]);
    const say = (kind: string, name: string, status: object) =>
      inRook(
        ...["patch", kind, name, "--subresource=status", "--type=merge"],
        ...["-p", JSON.stringify({ status })],
      );

    const health = /CephCluster/;
    // A kind that is new is not served at once.
    await waitUntil("Rook's kinds", 60, async () =>
      expect((await look(health))[0]).to.contain("namespace rook-ceph has no CephCluster;"),
    );
    await apply("CephCluster", "rook-ceph", {});
    expect((await look(health))[0]).to.contain("CephCluster rook-ceph has no health yet, and meanwhile");
    const details = { OSD_FULL: { severity: "HEALTH_ERR", message: "1 full osd(s)" } };
    await say("cephcluster", "rook-ceph", { phase: "Ready", ceph: { health: "HEALTH_ERR", details } });
    expect((await look(health))[0]).to.match(
      /^storage\.rook\.namespace: CephCluster rook-ceph is in HEALTH_ERR \(OSD_FULL: 1 full osd\(s\)\), and/,
    );
    await say("cephcluster", "rook-ceph", { ceph: { health: "HEALTH_WARN" } });
    expect((await look(health))[0]).to.contain("namespace rook-ceph has no OSD");
    for (const host of ["one", "two"])
      await makePod("rook-ceph", `osd-${host}`, { app: "rook-ceph-osd", "topology-location-host": host });
    const copies = /storage\.rook\.replicas/;
    expect((await look(copies))[0]).to.contain("expected at most 2, the number of hosts with OSDs, because");
    await makePod("rook-ceph", "osd-three", { app: "rook-ceph-osd", "topology-location-host": "three" });
    expect(await look(copies)).to.deep.equal([]);
    expect(await look(health)).to.deep.equal([]);

    const filesystem = /CephFilesystem myfs/;
    const pool = { failureDomain: "host", replicated: { size: 3 } };
    const metadataServer = { activeCount: 1 };
    await apply("CephFilesystem", "myfs", { metadataPool: pool, dataPools: [pool], metadataServer });
    expect((await look(filesystem))[0]).to.contain("is there, and Rook has said nothing of it: until");
    const conditions = [{ type: "Failure", status: "True", message: "no pool" }];
    await say("cephfilesystem", "myfs", { phase: "Failure", conditions });
    expect((await look(filesystem))[0]).to.contain("CephFilesystem myfs is Failure (no pool): until");
    await say("cephfilesystem", "myfs", { phase: "Ready" });
    expect(await look(filesystem)).to.deep.equal([]);
    const finalizers = (names: string[]) =>
      inRook(
        "patch",
        "cephfilesystem",
        "myfs",
        "--type=merge",
        "-p",
        JSON.stringify({ metadata: { finalizers: names } }),
      );
    await finalizers(["example.com/kept"]);
    await inRook("delete", "cephfilesystem", "myfs", "--wait=false");
    expect((await look(filesystem))[0]).to.match(
      /^storage\.rook\.filesystem: CephFilesystem myfs is being deleted, which cannot be taken back; wait/,
    );
    await finalizers([]);

    const name = "operators-cephfs-csi-ceph-com";
    const renewTime = "2026-01-01T00:00:00.000000Z";
    await post("/apis/coordination.k8s.io/v1/namespaces/operators/leases", {
      metadata: { name },
      spec: { holderIdentity: "gone", leaseDurationSeconds: 137, renewTime },
    });
    // Of the two claims that are there, only this one waits for a volume.
    const [lease, ...others] = await look(/^Lease/);
    expect(others).to.deep.equal([]);
    expect(lease).to.contain(`was last renewed at ${renewTime}, by gone: no provisioner of`);
    const command = lease?.split("delete it: kubectl ")[1] ?? "";
    await kubectl(command.split(" "));
    expect(await look(/^Lease/)).to.deep.equal([]);
    await kubectl(["delete", "node", "one", "two", "three"]);
  });

  it("says what to look at while an up waits for a filesystem that never becomes ready", async () => {
    const checkout = path.join(import.meta.dirname, "..", "..");
    // The engine's ten minutes and the component's three are seconds here.
    const stack = await newStack(`
      import { RookCephfs } from "${checkout}/components/rook-cephfs/index.ts";
      const { setTimeout: wait } = globalThis;
      globalThis.setTimeout = (call, time, ...rest) => wait(call, time === 180_000 ? 3_000 : time, ...rest);
      const customTimeouts = { create: "10s", update: "10s" };
      new RookCephfs("ceph", { filesystem: "slow", operatorNamespace: "operators", sharedClassName: "slow-files" }, {
        transformations: [({ type, props, opts }) => type.startsWith("kubernetes:ceph") ? { props, opts: { ...opts, customTimeouts } } : undefined],
      });`);
    const { text } = await stack.up("failure");
    expect(text).to.contain(
      "warning: CephFilesystem slow has not become Ready within three minutes of the beginning, and without that the update fails.",
    );
    expect(text).to.contain(
      "kubectl -n rook-ceph describe cephfilesystem slow and kubectl -n operators logs",
    );
    expect(text).to.contain("warning: CephBlockPool replicapool has not become Ready within three minutes");
    // All the provider says by itself.
    expect(text).to.contain("timed out waiting for the condition");
    await stack.destroy();
    stack.remove();
  });

  it("calls a metrics API that does not answer unreadable, not missing", async () => {
    await post("/apis/apiregistration.k8s.io/v1/apiservices", {
      metadata: { name: "v1beta1.custom.metrics.k8s.io" },
      spec: {
        group: "custom.metrics.k8s.io",
        version: "v1beta1",
        groupPriorityMinimum: 100,
        versionPriority: 100,
        insecureSkipTLSVerify: true,
        service: { namespace: "default", name: "nobody" },
      },
    });
    const { kubectl, kubeconfig } = await cluster();
    const client = await Client.open(findConnection({ kubeconfig }));
    const answer = await client
      .get("/apis/custom.metrics.k8s.io/v1beta1")
      .catch((error: Error) => error.message);
    client.close();
    // While there is one that does not answer, no namespace comes to its end.
    await kubectl(["delete", "apiservice", "v1beta1.custom.metrics.k8s.io"]);
    expect(answer).to.equal("503 Service Unavailable");
  });

  it("warns of what this user may not read, and knows a user who is none", async () => {
    const { kubectl, kubeconfig } = await cluster();
    const token = await kubectl(["create", "token", "default"]);
    const { cluster: found } = findConnection({ kubeconfig });
    const as = (token: string) =>
      JSON.stringify({
        "current-context": "x",
        clusters: [{ name: "x", cluster: found }],
        users: [{ name: "x", user: { token } }],
        contexts: [{ name: "x", context: { cluster: "x", user: "x" } }],
      });
    const { faults, warnings } = await read({ existingSecrets: { admin: "me" } }, as(token));
    expect(faults).to.deep.equal([]);
    expect(warnings).to.have.length(1);
    for (const what of [
      "nodes",
      "Traefik's pods",
      "DNS servers' pods",
      "StorageClasses",
      "claim mysql-pvc",
      "Secret me",
      `namespace ${namespace}`,
    ]) {
      expect(warnings[0]).to.contain(`${what} (403 Forbidden)`);
    }
    expect(warnings[0]).not.to.contain("traefik");
    const none = await read({}, as("nobody")).catch((error: Error) => error.message);
    expect(none).to.equal("401 Unauthorized");
  });
});
