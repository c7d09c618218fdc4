/** What the stacks would deploy, as a real API server takes it: field by field, and nothing is kept. */
import { expect } from "chai";
import { parseConfig } from "../../stacks/config.ts";
import { renderStack } from "../../tools/render.ts";
import { readStackConfig } from "../../tools/stack-config.ts";
import { makeKinds } from "./api-server.ts";
import { cluster } from "./context.ts";
import "./hooks.ts";

/** What any pod and Service may be given. */
const pods = {
  nodeSelector: { disk: "ssd" },
  tolerations: [{ key: "web", operator: "Exists", effect: "NoSchedule" }],
  affinity: {
    nodeAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 1, preference: { matchExpressions: [{ key: "disk", operator: "Exists" }] } },
      ],
    },
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 1,
          podAffinityTerm: {
            topologyKey: "topology.kubernetes.io/zone",
            labelSelector: { matchLabels: { app: "wordpress" } },
          },
        },
      ],
    },
  },
  podAnnotations: { "example.com/team": "blog" },
  podLabels: { team: "blog" },
  serviceAnnotations: { "example.com/team": "blog" },
  serviceLabels: { team: "blog" },
  imagePullSecrets: ["registry"],
  serviceAccountName: "blog",
  initContainers: [{ name: "first", image: "busybox:1.37.0" }],
  tmpSize: "2Gi",
  resources: { limits: { ephemeralStorage: "4Gi" } },
};

describe("the API server", () => {
  before(async () => {
    const { kubectl } = await cluster();
    await makeKinds(kubectl, "traefik-crds.yaml", "rook-crds.yaml");
    // One of another test, with another driver.
    await kubectl(["delete", "storageclass", "csi-cephfs", "--ignore-not-found"]);
    // A dry run makes no namespace for the objects in it.
    for (const name of ["accepted", "rook-ceph"]) {
      const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
      await kubectl(["apply", "--server-side", "-f", "-"], namespace);
    }
  });

  const login = { user: "blog", secretName: "smtp" };
  const everything = {
    site: { smtp: { host: "smtp.mail.svc", fromAddress: "blog@example.com", ...login } },
    mysql: pods,
    wordpress: { ...pods, content: "image", antiAffinity: "hard" },
    pageCache: { ...pods, enabled: true, metrics: { namespace: "monitoring" } },
    network: {
      extraEgress: [{ to: [{ ipBlock: { cidr: "10.1.2.3/32" } }], ports: [{ protocol: "TCP", port: 6379 }] }],
      extraIngress: [{ ports: [{ protocol: "TCP", port: 9117 }] }],
    },
    existingSecrets: { database: "db" },
  };
  const prod = readStackConfig("prod");
  const more = Object.fromEntries(
    Object.entries(everything).map(([key, value]) => [key, { ...(prod[key] as object), ...value }]),
  );

  for (const [what, config] of [
    ["prod", prod],
    ["dev", readStackConfig("dev")],
    ["prod with everything pods can be given, the page cache and further ways", { ...prod, ...more }],
  ] as const) {
    it(`accepts ${what}`, async () => {
      const { kubectl } = await cluster();
      const items = await renderStack({ ...config, namespace: "accepted" });
      const list = { apiVersion: "v1", kind: "List", items };
      // A field it does not know is a fault.
      const said = await kubectl(
        ["apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-"],
        list,
      );
      expect(said.trim().split("\n")).to.have.length(items.length);
    });
  }

  /** An object with a value of the config in its place, and values the config takes or refuses by Kubernetes' rules. */
  const containers = [{ name: "a", image: "a" }];
  const pod = (spec: object, metadata: object = {}) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "odd", ...metadata },
    spec: { containers, ...spec },
  });
  const cronJob = (schedule: string) => ({
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "odd" },
    spec: { schedule, jobTemplate: { spec: { template: { spec: { containers, restartPolicy: "Never" } } } } },
  });
  const policy = (cidr: string) => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "odd" },
    spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr } }] }] },
  });
  const secret = (name: string) => ({ apiVersion: "v1", kind: "Secret", metadata: { name } });
  const labelled = (text: string) => {
    const [key = "", value = ""] = text.split("=");
    return pod({ nodeSelector: { [key]: value } }, { labels: { [key]: value } });
  };
  const long = (length: number) => "a".repeat(length);
  const odd: [key: string, object: (value: string) => object, takes: string[], refuses: string[]][] = [
    [
      "wordpress.cron.schedule",
      cronJob,
      ["5/15 0-23/2 ? jan-mar MON-Fri", "@hourly", "00 03 * * *"],
      [
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 7",
        "5-1 * * * *",
        "*/0 * * * *",
        "a * * * *",
      ],
    ],
    [
      "network.dnsCidrs",
      (range) => policy(range),
      ["10.0.0.0/8", "::/0", "2001:db8::/32"],
      ["10.0.0.0/33", "10.0.0.0", "fe80::1%eth0/64", "999.0.0.0/8"],
    ],
    ["existingSecrets.admin", secret, ["a.b-c", long(253)], ["a..b", "A", "a_b", "a.", long(254)]],
    [
      "wordpress.nodeSelector",
      labelled,
      ["a/b=c.d", `${long(253)}/x=`, `x=${long(63)}`],
      ["a..b/x=y", "/x=y", "-a=y", `${long(254)}/x=y`, `${long(64)}=y`, `x=${long(64)}`, "x=-y"],
    ],
    [
      "wordpress.extraEnv",
      (name) => pod({ containers: [{ name: "a", image: "a", env: [{ name, value: "1" }] }] }),
      ["my.own-variable", "_A"],
      ["A=B"],
    ],
  ];
  const asConfig = (key: string, value: string): unknown => {
    if (key === "network.dnsCidrs") return [value];
    if (key === "wordpress.extraEnv") return [{ name: value }];
    const [name = "", label = ""] = value.split("=");
    return key === "wordpress.nodeSelector" ? { [name]: label } : value;
  };

  for (const [key, object, takes, refuses] of odd) {
    it(`takes and refuses the same as ${key}`, async () => {
      const { kubectl } = await cluster();
      const taken = async (value: string) => {
        const apply = ["apply", "--server-side", "--dry-run=server", "--namespace=accepted", "-f", "-"];
        return kubectl(apply, object(value)).then(
          () => true,
          () => false,
        );
      };
      const configTakes = (value: string) => {
        const [first = "", last = ""] = key.split(/\.(.*)/s);
        const [middle = "", end] = last.split(".");
        const inner = end === undefined ? asConfig(key, value) : { [end]: asConfig(key, value) };
        try {
          parseConfig({ site: { url: "https://blog.example.com" }, [first]: { [middle]: inner } });
          return true;
        } catch {
          return false;
        }
      };
      for (const [values, expected] of [
        [takes, true],
        [refuses, false],
      ] as const) {
        for (const value of values) {
          expect([await taken(value), configTakes(value)], value).to.deep.equal([expected, expected]);
        }
      }
    });
  }
});
