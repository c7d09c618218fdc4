import { expect } from "chai";
import {
  NetworkIsolation,
  type NetworkIsolationArgs,
} from "../../../../components/network-isolation/index.ts";
import { record, siteLabels } from "../harness.ts";

/* What mocks cannot prove: that the cluster enforces the policies. tests/e2e tries the closed ways. */

const args: NetworkIsolationArgs = {
  namespace: "blog",
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
      expect(metadata).to.deep.equal({ name: metadata.name, namespace: "blog", labels: siteLabels });
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
      "code-to-wordpress": {
        podSelector: codePods,
        policyTypes: ["Ingress", "Egress"],
        ingress: [{ from: [{ podSelector: codePods }], ports: [{ protocol: "TCP", port: "http" }] }],
        egress: [
          {
            to: [{ podSelector: { matchLabels: { app: "wordpress", tier: "frontend" } } }],
            ports: [{ protocol: "TCP", port: 80 }],
          },
        ],
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

  it("lets the provisioning Job alone to what it downloads: an address in digits, or a port of the internet", async () => {
    const made = await policies({
      downloads: [
        "https://downloads.wordpress.org/plugin/a.1.zip",
        "https://example.com/b.zip",
        "http://10.1.2.3:8080/c.zip",
        "https://[2001:db8::1]/d.zip",
      ],
    });
    const internet = {
      ipBlock: {
        cidr: "0.0.0.0/0",
        except: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"],
      },
    };
    expect(made["provision-to-downloads"]).to.deep.equal({
      podSelector: { matchLabels: { app: "wordpress", tier: "provision" } },
      policyTypes: ["Egress"],
      egress: [
        { to: [internet], ports: [{ protocol: "TCP", port: 443 }] },
        { to: [{ ipBlock: { cidr: "10.1.2.3/32" } }], ports: [{ protocol: "TCP", port: 8080 }] },
        { to: [{ ipBlock: { cidr: "2001:db8::1/128" } }], ports: [{ protocol: "TCP", port: 443 }] },
      ],
    });
  });

  it("opens the mail server's port, to where the server is as far as that is known", async () => {
    const publicAddresses = {
      ipBlock: {
        cidr: "0.0.0.0/0",
        except: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"],
      },
    };
    const mail = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "mail" } } };
    for (const [host, peer] of [
      ["smtp.example.com", publicAddresses],
      ["10.1.2.3", { ipBlock: { cidr: "10.1.2.3/32" } }],
      ["smtp.mail.svc", mail],
      ["smtp.mail.svc.cluster.local", mail],
      ["smtp", { podSelector: {} }],
    ] as const) {
      expect(await egress({ smtp: { host, port: 587 } }), host).to.deep.equal([
        toDns,
        toMysql,
        { to: [peer], ports: [{ protocol: "TCP", port: 587 }] },
      ]);
    }
    const cidrs = ["203.0.113.0/28", "203.0.113.99/32"];
    expect((await egress({ smtp: { host: "smtp.mail.svc", port: 25, cidrs } }))[2]).to.deep.equal({
      to: cidrs.map((cidr) => ({ ipBlock: { cidr } })),
      ports: [{ protocol: "TCP", port: 25 }],
    });
  });

  it("leads through the page cache, and still past it while Traefik follows", async () => {
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
      "code-to-wordpress",
      "default-deny",
      "traefik-and-code-to-cache",
      "traefik-to-wordpress",
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
      "code-to-wordpress",
      "default-deny",
      "traefik-to-wordpress",
    ]);
    expect(made["code-to-dns-and-database"])
      .to.have.property("egress")
      .that.deep.equals([toDns, { ports: [{ protocol: "TCP", port: 25060 }] }]);
  });

  it("opens further ways for WordPress, and for nothing else", async () => {
    const extraEgress = [{ ports: [{ protocol: "TCP", port: 6379 }] }];
    const extraIngress = [{ ports: [{ protocol: "TCP", port: 9117 }] }];
    const before = await policies();
    const {
      "extra-egress": egress,
      "extra-ingress": ingress,
      ...others
    } = await policies({
      extraEgress,
      extraIngress,
    });
    expect(egress).to.deep.equal({ podSelector: codePods, policyTypes: ["Egress"], egress: extraEgress });
    expect(ingress).to.deep.equal({
      podSelector: { matchLabels: { app: "wordpress", tier: "frontend" } },
      policyTypes: ["Ingress"],
      ingress: extraIngress,
    });
    expect(others).to.deep.equal(before);
  });
});
