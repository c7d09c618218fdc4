import { expect } from "chai";
import type { Metadata } from "../../../../stacks/preflight/cluster.ts";
import { ownObjects } from "../../../../stacks/preflight/ownership.ts";
import type { SiteConfig } from "../../../../stacks/schema.ts";
import { Site } from "../../../../stacks/site.ts";
import { type Manifest, record } from "../../components/harness.ts";
import { blind, type Facts, findings, parse as parseConfig } from "./fixture.ts";

/*
 * Whose an object is, in a made-up cluster. That a real provider and a real API server name managers so is shown in
 * tests/engine.
 */

const parse = (values: Record<string, unknown> = {}) =>
  parseConfig({ namespace: "blog", storage: { type: "existing" }, ...values });

const by = (...managers: string[]): Metadata["managedFields"] => managers.map((manager) => ({ manager }));
const status = { manager: "kube-controller-manager", subresource: "status" };

/** What is found in a cluster of which nothing else is known. */
const faults = async (values: Record<string, unknown>, facts: Partial<Facts>) =>
  (await findings(parse(values), { ...blind, namespace: null, metadata: {}, ...facts })).faults;

/** What a config makes under names of its own, as `path of its list/name`. */
async function made(config: SiteConfig): Promise<string[]> {
  const { resources } = await record(() => new Site("wordpress", config));
  return resources
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ inputs }) => inputs as Manifest)
    .filter(({ kind }) => !["ConfigMap", "Job", "Namespace", "StorageClass"].includes(kind))
    .map(({ apiVersion, kind, metadata: { namespace, name } }) => {
      const api = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
      return `${api}${namespace === undefined ? "" : `/namespaces/${namespace}`} ${kind}/${name}`;
    })
    .sort();
}

/** What the preflight looks for, in the same words. */
const lookedFor = (config: SiteConfig) =>
  ownObjects(config)
    .flatMap(({ kind, path, names }) =>
      names.map((name) => `${path.slice(0, path.lastIndexOf("/"))} ${kind}/${name}`),
    )
    .sort();

const everything = {
  storage: { type: "rook", snapshots: true },
  mysql: { tls: true },
  pageCache: { enabled: true, metrics: { namespace: "monitoring" } },
  site: { url: "https://blog.example.com", aliases: ["www.example.com"] },
  wordpress: { plugins: [{ slug: "greeting", version: "1.0", sha256: "0".repeat(64) }] },
  route: {
    tls: { source: "cert-manager", secretName: "tls", issuer: { name: "le" } },
    restRequestsPerMinute: 600,
    searchRequestsPerMinute: 60,
  },
  network: { extraEgress: [{ ports: [{ port: 6379 }] }], extraIngress: [{ ports: [{ port: 9117 }] }] },
};
const elsewhere = {
  mysql: { mode: "external", external: { host: "db.example.com" } },
  existingSecrets: { database: "db", admin: "me", salts: "salts" },
  network: { policies: false },
  wordpress: { autoscaling: { enabled: false } },
};

describe("the preflight's rules of ownership", () => {
  it("looks for everything a stack makes under names of its own", async () => {
    const configs = [{}, everything, elsewhere].map(parse);
    const all = new Set<string>();
    for (const config of configs) {
      const objects = await made(config);
      expect(lookedFor(config)).to.include.members(objects);
      for (const object of objects) all.add(object);
    }
    // And for nothing that none of them makes.
    for (const config of configs) expect([...all]).to.include.members(lookedFor(config));
  });

  it("lets what the config leaves to others be theirs", async () => {
    const objects = lookedFor(parse(elsewhere));
    expect(
      objects.filter((text) => /mysql|Secret|NetworkPolicy|Autoscaler|cache|Ceph/.test(text)),
    ).to.deep.equal([]);
  });

  it("asks for plural names as the API has them", async () => {
    expect(ownObjects(parse(everything)).map(({ path }) => path.split("/").at(-1))).to.deep.equal([
      "secrets",
      "persistentvolumeclaims",
      "services",
      "deployments",
      "statefulsets",
      "cronjobs",
      "horizontalpodautoscalers",
      "poddisruptionbudgets",
      "networkpolicies",
      "ingressroutes",
      "middlewares",
      "tlsoptions",
      "serverstransports",
      "certificates",
      "cephfilesystems",
      "cephblockpools",
      "volumesnapshotclasses",
    ]);
  });

  it("refuses to take over what somebody else made, and says who", async () => {
    const metadata = {
      Deployment: [{ name: "wordpress", managedFields: [...(by("helm", "helm") ?? []), status] }],
      Secret: [
        { name: "wordpress-mysql", managedFields: by("kubectl-create", "kubectl-edit") },
        { name: "of-somebody", managedFields: by("kubectl-create") },
      ],
    };
    expect(await faults({}, { metadata })).to.deep.equal([
      "namespace: somebody else's objects have names this stack uses: Secret/wordpress-mysql (managed by kubectl-create, kubectl-edit); Deployment/wordpress (managed by helm); change namespace, or rename or delete them; to let the stack take one over: kubectl label --overwrite KIND/NAME app.kubernetes.io/managed-by=pulumi",
    ]);
    // A Secret the config names is not the stack's to make.
    const given = { existingSecrets: { database: "wordpress-mysql" } };
    expect(await faults(given, { metadata: { Secret: metadata.Secret } })).to.deep.equal([]);
  });

  it("takes back what Pulumi made before, whoever changed it since, and what it is given", async () => {
    const objects: Metadata[] = [
      { name: "wordpress", managedFields: by("pulumi-kubernetes-1a2b3c4d", "kubectl-edit") },
      { name: "wordpress", managedFields: by("helm", "pulumi-kubernetes") },
      {
        name: "wordpress",
        labels: { "app.kubernetes.io/managed-by": "pulumi" },
        managedFields: by("kubectl-create", "kubectl-label"),
      },
      // Whose it is was taken out of it.
      { name: "wordpress" },
    ];
    for (const object of objects)
      expect(await faults({}, { metadata: { Deployment: [object] } })).to.deep.equal([]);
    const ours = { name: "wordpress", labels: { app: "wordpress" }, managedFields: by("kubectl-create") };
    expect(await faults({}, { metadata: { Deployment: [ours] } })).to.have.length(1);
  });

  it("refuses somebody else's namespace, which destroy would delete with everything in it", async () => {
    const namespace = (metadata: Omit<Metadata, "name">) => ({ metadata: { name: "blog", ...metadata } });
    expect(await faults({}, { namespace: namespace({ managedFields: by("kubectl-create") }) })).to.deep.equal(
      [
        "namespace: blog is there and is managed by kubectl-create; name another, or set createNamespace to false and leave it theirs, or give it to this stack, which then also deletes it and everything in it: kubectl label --overwrite namespace blog app.kubernetes.io/managed-by=pulumi",
      ],
    );
    const managedFields = by("pulumi-kubernetes-1a2b3c4d");
    expect(await faults({}, { namespace: namespace({ managedFields }) })).to.deep.equal([]);
    const labels = { "app.kubernetes.io/managed-by": "pulumi" };
    expect(
      await faults({}, { namespace: namespace({ labels, managedFields: by("kubectl-create") }) }),
    ).to.deep.equal([]);
    expect(await faults({}, { namespace: undefined })).to.deep.equal([]);
  });

  it("refuses the filesystem and the pool of Rook's own examples, by the keys that name others", async () => {
    const rook = { storage: { type: "rook" } };
    const metadata = {
      CephFilesystem: [{ name: "myfs", managedFields: by("kubectl-client-side-apply", "rook") }],
      CephBlockPool: [{ name: "replicapool", managedFields: by("kubectl-client-side-apply") }],
    };
    expect((await faults(rook, { metadata })).map((fault) => fault.split("; change ")[0])).to.deep.equal([
      "storage.rook.filesystem: somebody else's objects have names this stack uses: CephFilesystem/myfs (managed by kubectl-client-side-apply, rook)",
      "storage.rook.blockPool: somebody else's objects have names this stack uses: CephBlockPool/replicapool (managed by kubectl-client-side-apply)",
    ]);
    expect(await faults({ storage: { type: "existing" } }, { metadata })).to.deep.equal([]);
  });

  describe("with createNamespace off", () => {
    const there = { createNamespace: false };
    const namespace = (metadata: Omit<Metadata, "name">) => ({ metadata: { name: "blog", ...metadata } });

    it("wants a namespace, whoever made it", async () => {
      expect(await faults(there, { namespace: null })).to.deep.equal([
        "createNamespace: there is no namespace blog; make it, or set createNamespace to true",
      ]);
      const managedFields = by("kubectl-create");
      expect(await faults(there, { namespace: namespace({ managedFields }) })).to.deep.equal([]);
    });

    it("refuses one that may be the stack's own, which it would delete", async () => {
      const managedFields = by("pulumi-kubernetes-1a2b3c4d");
      const [fault, ...others] = await faults(there, { namespace: namespace({ managedFields }) });
      expect(others).to.deep.equal([]);
      expect(fault).to.match(
        /^createNamespace: false is not allowed; expected true, because Pulumi has made/,
      );
      const labels = { "app.kubernetes.io/managed-by": "platform-team" };
      expect(await faults(there, { namespace: namespace({ managedFields, labels }) })).to.deep.equal([]);
    });
  });
});
