import { expect } from "chai";
import { parseConfig } from "../../../stacks/config.ts";
import type { ClusterFacts, Metadata } from "../../../stacks/preflight/facts.ts";
import { describe as inWords } from "../../../stacks/preflight/fault.ts";
import { judge } from "../../../stacks/preflight/judge.ts";
import { ownObjects } from "../../../stacks/preflight/owners.ts";
import type { SiteConfig } from "../../../stacks/schema.ts";
import { Site } from "../../../stacks/site.ts";
import { type Manifest, record } from "../components/harness.ts";

/*
 * Whose an object is, in made-up facts. That a real provider and a real API server name managers so is shown in
 * tests/engine.
 */

const parse = (values: Record<string, unknown> = {}) =>
  parseConfig({
    site: { url: "https://blog.example.com" },
    namespace: "blog",
    storage: { type: "existing" },
    ...values,
  });

const by = (...managers: string[]): Metadata["managedFields"] => managers.map((manager) => ({ manager }));
const status = { manager: "kube-controller-manager", subresource: "status" };

/** A cluster of which nothing else is known. */
const unknown: ClusterFacts = {
  minorVersion: undefined,
  nodes: undefined,
  apis: {},
  objects: {},
  namespace: null,
  storageClasses: undefined,
  claims: {},
  secrets: {},
  cephClusters: undefined,
  mysql: undefined,
  metadata: {},
  unread: [],
};

const faults = (values: Record<string, unknown>, facts: Partial<ClusterFacts>) =>
  judge(parse(values), { ...unknown, ...facts }).map(inWords);

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
  route: { tls: { source: "cert-manager", secretName: "tls", issuer: { name: "le" } } },
};
const elsewhere = {
  mysql: { mode: "external", external: { host: "db.example.com" } },
  existingSecrets: { database: "db", admin: "me", salts: "salts" },
  network: { policies: false },
  wordpress: { autoscaling: { enabled: false } },
};

describe("preflight owners", () => {
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

  it("lets what the config leaves to others be theirs", () => {
    const objects = lookedFor(parse(elsewhere));
    expect(
      objects.filter((text) => /mysql|Secret|NetworkPolicy|Autoscaler|cache|Ceph/.test(text)),
    ).to.deep.equal([]);
  });

  it("asks for plural names as the API has them", () => {
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

  it("refuses to take over what somebody else made, and says who", () => {
    const metadata = {
      Deployment: [{ name: "wordpress", managedFields: [...(by("helm", "helm") ?? []), status] }],
      Secret: [
        { name: "wordpress-mysql", managedFields: by("kubectl-create", "kubectl-edit") },
        { name: "of-somebody", managedFields: by("kubectl-create") },
      ],
      CronJob: null,
    };
    expect(faults({}, { metadata })).to.deep.equal([
      "namespace: somebody else's objects have names this stack uses: Secret/wordpress-mysql (managed by kubectl-create, kubectl-edit); Deployment/wordpress (managed by helm); change namespace, or rename or delete them; to let the stack take one over: kubectl label --overwrite KIND/NAME app.kubernetes.io/managed-by=pulumi",
    ]);
    // A Secret the config names is not the stack's to make.
    const given = { existingSecrets: { database: "wordpress-mysql" } };
    expect(faults(given, { metadata: { Secret: metadata.Secret } })).to.deep.equal([]);
  });

  it("takes back what Pulumi made before, whoever changed it since, and what it is given", () => {
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
      expect(faults({}, { metadata: { Deployment: [object] } })).to.deep.equal([]);
    const ours = { name: "wordpress", labels: { app: "wordpress" }, managedFields: by("kubectl-create") };
    expect(faults({}, { metadata: { Deployment: [ours] } })).to.have.length(1);
  });

  it("refuses somebody else's namespace, which destroy would delete with everything in it", () => {
    const namespace = (metadata: Omit<Metadata, "name">) => ({ metadata: { name: "blog", ...metadata } });
    expect(faults({}, { namespace: namespace({ managedFields: by("kubectl-create") }) })).to.deep.equal([
      "namespace: blog is there and is managed by kubectl-create; name another, or give it to this stack, which then also deletes it and everything in it: kubectl label --overwrite namespace blog app.kubernetes.io/managed-by=pulumi",
    ]);
    const managedFields = by("pulumi-kubernetes-1a2b3c4d");
    expect(faults({}, { namespace: namespace({ managedFields }) })).to.deep.equal([]);
    const labels = { "app.kubernetes.io/managed-by": "pulumi" };
    expect(
      faults({}, { namespace: namespace({ labels, managedFields: by("kubectl-create") }) }),
    ).to.deep.equal([]);
    expect(faults({}, { namespace: undefined })).to.deep.equal([]);
  });

  it("refuses the filesystem and the pool of Rook's own examples, by the keys that name others", () => {
    const rook = { storage: { type: "rook" } };
    const metadata = {
      CephFilesystem: [{ name: "myfs", managedFields: by("kubectl-client-side-apply", "rook") }],
      CephBlockPool: [{ name: "replicapool", managedFields: by("kubectl-client-side-apply") }],
    };
    expect(faults(rook, { metadata }).map((fault) => fault.split("; change ")[0])).to.deep.equal([
      "storage.rook.filesystem: somebody else's objects have names this stack uses: CephFilesystem/myfs (managed by kubectl-client-side-apply, rook)",
      "storage.rook.blockPool: somebody else's objects have names this stack uses: CephBlockPool/replicapool (managed by kubectl-client-side-apply)",
    ]);
    expect(faults({ storage: { type: "existing" } }, { metadata })).to.deep.equal([]);
  });
});
