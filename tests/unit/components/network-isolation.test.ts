import { expect } from "chai";
import { NetworkIsolation, type NetworkIsolationArgs } from "../../../components/network-isolation.ts";
import { record } from "./harness.ts";

/* What mocks cannot prove: that the cluster enforces the policies. tests/e2e tries the closed ways. */

const args: NetworkIsolationArgs = {
  namespace: "blog",
  traefik: { namespace: "traefik", cidrs: [] },
  dnsCidrs: [],
  internetEgress: false,
  certManager: false,
};
const codePods = {
  matchLabels: { app: "wordpress" },
  matchExpressions: [{ key: "tier", operator: "In", values: ["frontend", "provision", "cron"] }],
};
const mysqlPods = { matchLabels: { app: "wordpress", tier: "mysql" } };
const dnsPods = {
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
  podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
};
const dnsPorts = [
  { protocol: "UDP", port: 53 },
  { protocol: "TCP", port: 53 },
];
const toDns = { to: [dnsPods], ports: dnsPorts };
const toMysql = { to: [{ podSelector: mysqlPods }], ports: [{ protocol: "TCP", port: 3306 }] };

/** The specs by policy name, once each was seen to be a policy of the namespace. */
async function policies(changes: Partial<NetworkIsolationArgs> = {}) {
  const { resources } = await record(() => new NetworkIsolation("net", { ...args, ...changes }));
  const specs = resources
    .filter(({ type }) => type !== "wordpress:index:NetworkIsolation")
    .map(({ type, name, inputs, options }) => {
      expect(type).to.equal("kubernetes:networking.k8s.io/v1:NetworkPolicy");
      expect(options.parent).to.equal("net");
      const { metadata, spec } = inputs as { metadata: { name: string }; spec: unknown };
      expect(name).to.equal(`net-${metadata.name}`);
      expect(metadata).to.deep.equal({ name: metadata.name, namespace: "blog" });
      return [metadata.name, spec];
    });
  return Object.fromEntries(specs) as Record<string, unknown>;
}

const egress = async (changes: Partial<NetworkIsolationArgs>) =>
  ((await policies(changes))["code-to-dns-and-database"] as { egress: unknown[] }).egress;

describe("NetworkIsolation", () => {
  it("closes the namespace and opens exactly the site's own ways", async () => {
    expect(await policies()).to.deep.equal({
      "default-deny": { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
      "traefik-to-wordpress": {
        podSelector: { matchLabels: { app: "wordpress", tier: "frontend" } },
        policyTypes: ["Ingress"],
        ingress: [
          {
            from: [
              {
                namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "traefik" } },
                podSelector: { matchLabels: { "app.kubernetes.io/name": "traefik" } },
              },
            ],
            ports: [{ protocol: "TCP", port: "http" }],
          },
        ],
      },
      "code-to-dns-and-database": {
        podSelector: codePods,
        policyTypes: ["Egress"],
        egress: [toDns, toMysql],
      },
      "code-to-mysql": {
        podSelector: mysqlPods,
        policyTypes: ["Ingress"],
        ingress: [{ from: [{ podSelector: codePods }], ports: [{ protocol: "TCP", port: "mysql" }] }],
      },
    });
  });

  it("lets a Traefik outside the pod network in by its addresses", async () => {
    const made = await policies({ traefik: { namespace: "edge", cidrs: ["10.1.0.0/24", "10.2.0.7/32"] } });
    expect(made["traefik-to-wordpress"])
      .to.have.nested.property("ingress[0].from")
      .that.deep.equals([
        {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "edge" } },
          podSelector: { matchLabels: { "app.kubernetes.io/name": "traefik" } },
        },
        { ipBlock: { cidr: "10.1.0.0/24" } },
        { ipBlock: { cidr: "10.2.0.7/32" } },
      ]);
  });

  it("lets DNS servers outside the pod network be asked", async () => {
    const [dns] = await egress({ dnsCidrs: ["169.254.20.10/32"] });
    expect(dns).to.deep.equal({
      to: [dnsPods, { ipBlock: { cidr: "169.254.20.10/32" } }],
      ports: dnsPorts,
    });
  });

  it("opens web and mail, not the cluster's own networks, with internetEgress", async () => {
    expect(await egress({ internetEgress: true })).to.deep.equal([
      toDns,
      toMysql,
      {
        to: [
          {
            ipBlock: {
              cidr: "0.0.0.0/0",
              except: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"],
            },
          },
        ],
        ports: [80, 443, 465, 587].map((port) => ({ protocol: "TCP", port })),
      },
    ]);
  });

  it("leads through the page cache, and past it only for what changes", async () => {
    const made = await policies({ pageCache: { port: 8080 } });
    const cachePods = { matchLabels: { app: "wordpress", tier: "cache" } };
    const frontend = { matchLabels: { app: "wordpress", tier: "frontend" } };
    const http = [{ protocol: "TCP", port: "http" }];
    const traefik = {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "traefik" } },
      podSelector: { matchLabels: { "app.kubernetes.io/name": "traefik" } },
    };
    expect(Object.keys(made).sort()).to.deep.equal([
      "cache-to-dns-and-wordpress",
      "cache-to-wordpress",
      "code-to-cache",
      "code-to-dns-and-database",
      "code-to-mysql",
      "default-deny",
      "traefik-and-code-to-cache",
    ]);
    expect(made["traefik-and-code-to-cache"]).to.deep.equal({
      podSelector: cachePods,
      policyTypes: ["Ingress"],
      ingress: [{ from: [traefik, { podSelector: codePods }], ports: http }],
    });
    expect(made["code-to-cache"]).to.deep.equal({
      podSelector: codePods,
      policyTypes: ["Egress"],
      egress: [{ to: [{ podSelector: cachePods }], ports: [{ protocol: "TCP", port: 8080 }] }],
    });
    expect(made["cache-to-wordpress"]).to.deep.equal({
      podSelector: frontend,
      policyTypes: ["Ingress"],
      ingress: [{ from: [{ podSelector: cachePods }], ports: http }],
    });
    expect(made["cache-to-dns-and-wordpress"]).to.deep.equal({
      podSelector: cachePods,
      policyTypes: ["Egress"],
      egress: [toDns, { to: [{ podSelector: frontend }], ports: [{ protocol: "TCP", port: 80 }] }],
    });
  });

  it("lets one namespace read the cache's metrics", async () => {
    const made = await policies({ pageCache: { port: 8080, metricsNamespace: "monitoring" } });
    expect(made["monitoring-to-cache"]).to.deep.equal({
      podSelector: { matchLabels: { app: "wordpress", tier: "cache" } },
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } }],
          ports: [{ protocol: "TCP", port: "metrics" }],
        },
      ],
    });
  });

  it("lets Traefik ask cert-manager's pods for a challenge's answer, with cert-manager", async () => {
    const made = await policies({ certManager: true });
    expect(made["traefik-to-acme-solver"]).to.deep.equal({
      podSelector: { matchLabels: { "acme.cert-manager.io/http01-solver": "true" } },
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "traefik" } },
              podSelector: { matchLabels: { "app.kubernetes.io/name": "traefik" } },
            },
          ],
          ports: [{ protocol: "TCP", port: 8089 }],
        },
      ],
    });
  });

  it("opens the port of an external database, and no way to MySQL pods there are none of", async () => {
    const made = await policies({ externalDatabase: { port: 25060 } });
    expect(Object.keys(made).sort()).to.deep.equal([
      "code-to-dns-and-database",
      "default-deny",
      "traefik-to-wordpress",
    ]);
    expect(made["code-to-dns-and-database"])
      .to.have.property("egress")
      .that.deep.equals([toDns, { ports: [{ protocol: "TCP", port: 25060 }] }]);
  });
});
