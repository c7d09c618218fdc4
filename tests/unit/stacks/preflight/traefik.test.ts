import { expect } from "chai";
import {
  blind,
  dnsPod,
  type Facts,
  findings,
  node,
  parse,
  ready,
  traefikFlags,
  traefikPod,
} from "./fixture.ts";

/*
 * The way in, in a made-up cluster: Traefik's pods, what they were started with, and DNS. That a real API server answers
 * so, and that a real Traefik takes its start-up configuration so, is shown in tests/engine.
 */

const found = (values: Record<string, unknown>, facts: Partial<Facts>) =>
  findings(parse(values), { ...ready, ...facts });
const faults = async (values: Record<string, unknown>, facts: Partial<Facts>) =>
  (await found(values, facts)).faults;
const warnings = async (values: Record<string, unknown>, facts: Partial<Facts>) =>
  (await found(values, facts)).warnings;

describe("the preflight's rules of the way in", () => {
  describe("where Traefik is", () => {
    it("is where its pods are: the policies let no others in", async () => {
      const traefikPods = [traefikPod(traefikFlags, { namespace: "kube-system" })];
      expect(await faults({}, { traefikPods })).to.deep.equal([
        'network.traefik.namespace: "traefik" is not allowed; expected kube-system, where Traefik\'s pods are (kube-system/traefik-1): the policies let no others in',
      ]);
      expect(
        await faults({ network: { traefik: { namespace: "kube-system" } } }, { traefikPods }),
      ).to.deep.equal([]);
      expect(await faults({ network: { policies: false } }, { traefikPods })).to.deep.equal([]);
    });

    it("is nowhere without the label by which policies know it, unless it is known by addresses", async () => {
      const done = traefikPod();
      for (const traefikPods of [[], [{ ...done, status: { phase: "Succeeded" } }]]) {
        expect(await faults({}, { traefikPods })).to.deep.equal([
          "network.traefik.namespace: no pod in the cluster has the label app.kubernetes.io/name=traefik, by which the policies know Traefik; install Traefik, give its pods that label, or set network.traefik.cidrs to the addresses its requests come from",
        ]);
        const cidrs = { network: { traefik: { cidrs: ["10.0.0.0/16"] } } };
        expect(await found(cidrs, { traefikPods })).to.deep.equal({ faults: [], warnings: [] });
      }
    });

    it("takes addresses where its pods are on their nodes' own network, but for a single node", async () => {
      const traefikPods = [traefikPod(traefikFlags, { hostNetwork: true })];
      expect(await faults({}, { traefikPods })).to.deep.equal([
        "network.traefik.cidrs: is missing; expected the addresses Traefik's requests come from, because its pods (traefik/traefik-1) are on their nodes' own network, where no policy knows them by their labels: the nodes' addresses (now 10.1.0.1), or those of the network plugin's interface on them",
      ]);
      expect(await faults({}, { traefikPods, nodes: [node("only")] })).to.deep.equal([]);
      const cidrs = { network: { traefik: { cidrs: ["10.1.0.0/24"] } } };
      expect(await faults(cidrs, { traefikPods })).to.deep.equal([]);
      expect(await faults({}, { traefikPods: [...traefikPods, traefikPod()] })).to.deep.equal([]);
    });

    it("says which pods it means, and not hundreds of them", async () => {
      const pods = ["a", "b", "c", "d", "e"].map((name) => {
        const pod = traefikPod(traefikFlags, { namespace: "edge" });
        return { ...pod, metadata: { ...pod.metadata, name } };
      });
      expect((await faults({}, { traefikPods: pods }))[0]).to.contain("(edge/a, edge/b, edge/c and 2 more)");
    });
  });

  describe("what Traefik was started with", () => {
    const with_ = (...flags: string[]) => ({ traefikPods: [traefikPod([...traefikFlags, ...flags])] });

    it("has the route's entry points and certResolver, as they are written", async () => {
      const route = { entryPoints: { websecure: "https" }, tls: { certResolver: "Ali" } };
      expect(await faults({ route }, {})).to.deep.equal([
        'route.entryPoints.websecure: "https" is not allowed; expected one of web, websecure, the entry points Traefik was started with (traefik/traefik-1)',
        'route.tls.certResolver: "Ali" is not allowed; expected one of ali, the certResolvers Traefik was started with (traefik/traefik-1)',
      ]);
      expect(
        await faults(
          { route: { tls: { certResolver: "letsEncrypt" } } },
          with_("--certificatesResolvers.letsEncrypt.acme.email=a@b.c"),
        ),
      ).to.deep.equal([]);
    });

    it("is told in one word or in two, and some of it twice", async () => {
      const provider = "--providers.kubernetescrd";
      const flags = ["--entryPoints.web.address", ":80", ...traefikFlags.slice(1)];
      const two = [...flags, `${provider}.namespaces=a`, `${provider}.namespaces`, "kube-example"];
      expect(await faults({}, { traefikPods: [traefikPod(two)] })).to.deep.equal([]);
    });

    it("has none unless it is told, as in k3s; another source of the certificate needs none", async () => {
      const traefikPods = [traefikPod(traefikFlags.filter((flag) => !flag.includes("resolver")))];
      expect(await faults({}, { traefikPods })).to.deep.equal([
        'route.tls.certResolver: "ali" is not allowed; expected no resolver, since Traefik was started without one (traefik/traefik-1): start it with certificatesResolvers.ali, or choose another route.tls.source',
      ]);
      expect(await faults({ route: { tls: { source: "default" } } }, { traefikPods })).to.deep.equal([]);
    });

    it("has the entry point http where it is told of none", async () => {
      const traefikPods = [traefikPod(traefikFlags.filter((flag) => !flag.includes("entryPoints")))];
      expect((await faults({}, { traefikPods })).map((fault) => fault.split(",")[0])).to.deep.equal([
        'route.entryPoints.web: "web" is not allowed; expected one of http',
        'route.entryPoints.websecure: "websecure" is not allowed; expected one of http',
      ]);
    });

    it("has a DNS challenge for a wildcard", async () => {
      const values = {
        site: { url: "https://example.com" },
        route: { tls: { wildcardDomain: "example.com" } },
      };
      expect(await faults(values, {})).to.deep.equal([
        'route.tls.wildcardDomain: "example.com" is not allowed; expected no wildcard, or a DNS challenge in Traefik\'s certResolver ali (traefik/traefik-1)',
      ]);
      expect(
        await faults(values, with_("--certificatesresolvers.ali.acme.dnschallenge.provider=x")),
      ).to.deep.equal([]);
    });

    it("reads the route: IngressRoutes at all, of its class, in its namespace", async () => {
      const provider = "--providers.kubernetescrd";
      const blind_ = [traefikPod(traefikFlags.filter((flag) => !flag.startsWith(provider)))];
      expect(await faults({}, { traefikPods: blind_ })).to.deep.equal([
        "Traefik: traefik/traefik-1 reads no IngressRoutes; start it with --providers.kubernetesCRD",
      ]);
      expect(await faults({}, with_(`${provider}.ingressClass=public`))).to.deep.equal([
        "route.ingressClass: is missing; expected public, the only class whose routes Traefik (traefik/traefik-1) takes",
      ]);
      expect((await faults({ route: { ingressClass: "public" } }, {}))[0]).to.contain(
        "expected none, because Traefik (traefik/traefik-1) was started without providers.kubernetesCRD.ingressClass",
      );
      expect(
        await faults({ route: { ingressClass: "public" } }, with_(`${provider}.ingressClass=public`)),
      ).to.deep.equal([]);
      expect(await faults({}, with_(`${provider}.namespaces=a,b`))).to.deep.equal([
        'namespace: "kube-example" is not allowed; expected one of a, b, whose routes alone Traefik (traefik/traefik-1) reads; or add it to its providers.kubernetesCRD.namespaces',
      ]);
      expect(await faults({}, with_(`${provider}.namespaces=a,kube-example`))).to.deep.equal([]);
    });

    it("says that a site without a ready pod is not found, unless Traefik is told to keep it", async () => {
      const option = "--providers.kubernetescrd.allowEmptyServices";
      const without = traefikFlags.filter((flag) => flag !== option);
      for (const flags of [without, [...without, `${option}=false`]]) {
        const { faults, warnings } = await found({}, { traefikPods: [traefikPod(flags)] });
        expect({ faults, said: warnings.length }).to.deep.equal({ faults: [], said: 1 });
        expect(warnings[0]).to.match(/get 404 .* and not 503 .*allowEmptyServices$/);
      }
    });

    it("is enough of one of several Traefiks", async () => {
      const other = traefikPod(["--entryPoints.other.address=:80", "--providers.kubernetescrd"]);
      expect(await faults({}, { traefikPods: [other, traefikPod()] })).to.deep.equal([]);
    });

    it("is read of variables, which Traefik takes in lower case", async () => {
      const env = [
        { name: "TRAEFIK_ENTRYPOINTS_WEB_ADDRESS", value: ":80" },
        { name: "TRAEFIK_ENTRYPOINTS_websecure_ADDRESS", value: ":443" },
        { name: "TRAEFIK_PROVIDERS_KUBERNETESCRD_ALLOWEMPTYSERVICES", value: "true" },
        { name: "TRAEFIK_CERTIFICATESRESOLVERS_MY_ALI_ACME_EMAIL", value: "a@b.c" },
      ];
      const traefikPods = [traefikPod([], { containers: [{ image: "traefik", env }] })];
      expect(await faults({ route: { tls: { certResolver: "my_ali" } } }, { traefikPods })).to.deep.equal([]);
      expect(await faults({ route: { tls: { certResolver: "My_Ali" } } }, { traefikPods })).to.have.length(1);
    });

    const file = `
entryPoints:
  web: {}
  websecure:
    address: ":443"
providers:
  kubernetesCRD:
    allowEmptyServices: true
certificatesResolvers:
  ali:
    acme:
      email: a@b.c
`;
    const mounted = (mount: object, configMap: object, args: string[] = []) => {
      const volumeMounts = [{ name: "config", mountPath: "/etc/traefik", ...mount }];
      const volumes = [{ name: "config", configMap: { name: "static", ...configMap } }];
      return [traefikPod([], { containers: [{ image: "traefik", args, volumeMounts }], volumes })];
    };

    it("is read of the file in a ConfigMap that is mounted, before flags", async () => {
      const ways = [
        [mounted({}, {}), { "traefik.yml": file }],
        [mounted({}, {}, ["--entryPoints.other.address=:80"]), { "traefik.yaml": file }],
        [mounted({ mountPath: "/etc/traefik/traefik.yml", subPath: "start.yml" }, {}), { "start.yml": file }],
        [mounted({ mountPath: "/config/" }, {}, ["--configFile=/config/a.yaml"]), { "a.yaml": file }],
        [mounted({}, { items: [{ key: "k", path: "traefik.yml" }] }), { k: file }],
      ] as const;
      const wrong = { route: { entryPoints: { web: "http" } } };
      for (const [traefikPods, data] of ways) {
        const facts = { traefikPods, configMaps: { static: data } };
        expect(await found({}, facts)).to.deep.equal({ faults: [], warnings: [] });
        expect(await faults(wrong, facts)).to.have.length(1);
      }
    });

    it("is read of flags beside a folder that has other files only", async () => {
      const traefikPods = mounted({}, {}, traefikFlags);
      expect(await found({}, { traefikPods, configMaps: { static: { "dynamic.yml": "" } } })).to.deep.equal({
        faults: [],
        warnings: [],
      });
    });

    it("could not be checked where it cannot be read, which is no fault", async () => {
      const unread = async (facts: Partial<Facts>) => {
        const { faults, warnings } = await found({ route: { tls: { certResolver: "nobody" } } }, facts);
        expect(faults).to.deep.equal([]);
        return warnings;
      };
      const what = "The preflight could not check: what Traefik in traefik was started with";
      const toml = { "traefik.toml": "[entryPoints]" };
      const asked = mounted({}, {}, ["--configFile=/etc/traefik/traefik.toml"]);
      expect(await unread({ traefikPods: asked, configMaps: { static: toml } })).to.deep.equal([
        `${what} (/etc/traefik/traefik.toml is no YAML).`,
      ]);
      expect(await unread({ traefikPods: mounted({}, {}), configMaps: undefined })).to.deep.equal([
        "The preflight could not check: ConfigMap static (403 Forbidden).",
      ]);
      const secret = mounted({}, {});
      for (const { spec } of secret) spec.volumes = [{ name: "config" }];
      expect(await unread({ traefikPods: secret })).to.deep.equal([
        `${what} (/etc/traefik/traefik.toml is of no ConfigMap).`,
      ]);
      for (const [command, args] of [
        [["/bin/sh", "-c"], ["traefik --providers.kubernetescrd --entryPoints.web.address=:80"]],
        [undefined, ["sh", "-ec", "exec traefik"]],
      ] as const) {
        const container = { image: "traefik", ...(command && { command: [...command] }), args: [...args] };
        expect(await unread({ traefikPods: [traefikPod([], { containers: [container] })] })).to.deep.equal([
          `${what} (by a shell).`,
        ]);
      }
      // Said once for all replicas.
      expect(await unread({ traefikPods: [traefikPod([]), traefikPod([])] })).to.deep.equal([
        `${what} (neither flags nor variables nor a file of a ConfigMap).`,
      ]);
      expect((await findings(parse(), { ...blind, minorVersion: 36 })).warnings[0]).to.contain(
        "Traefik's pods (403 Forbidden)",
      );
    });
  });

  describe("DNS", () => {
    it("has servers the policies know by their label, or addresses", async () => {
      const missing = /^network\.dnsCidrs is empty, and no pod .* has the label k8s-app=kube-dns/;
      const strange = [
        [],
        [dnsPod("kube-dns", {}, "openshift-dns")],
        [dnsPod("kube-dns", { hostNetwork: true })],
      ];
      for (const dnsPods of strange) {
        expect((await warnings({}, { dnsPods }))[0]).to.match(missing);
        for (const network of [{ dnsCidrs: ["10.0.0.10/32"] }, { policies: false }, { extraEgress: [{}] }])
          expect(await warnings({ network }, { dnsPods })).to.deep.equal([]);
      }
    });

    it("has NodeLocal DNSCache's addresses opened, as its pods have them", async () => {
      const cache = (...args: string[]) =>
        dnsPod("node-local-dns", { hostNetwork: true, containers: [{ args }] });
      const said = (dnsPods: object[], ...dnsCidrs: string[]) =>
        warnings({ network: { dnsCidrs } }, { dnsPods });
      const addresses = async (...args: string[]) =>
        /add (.*) to network\.dnsCidrs/.exec((await said([dnsPod(), cache(...args)]))[0] ?? "")?.[1];
      expect(await addresses()).to.equal("169.254.20.10/32");
      expect(await addresses("-localip", "169.254.20.10,10.96.0.10", "-conf", "x")).to.equal(
        "169.254.20.10/32, 10.96.0.10/32",
      );
      expect(await addresses("--localip=fd00::a")).to.equal("fd00::a/128");
      expect(await said([dnsPod(), cache()], "169.254.0.0/16")).to.deep.equal([]);
    });

    it("has the address of Cloud DNS opened on GKE", async () => {
      const google = { ...node("gke-1"), spec: { providerID: "gce://project/zone/gke-1" } };
      const said = await warnings({}, { nodes: [google] });
      expect(said).to.have.length(1);
      expect(said[0]).to.contain("add 169.254.169.254/32 to network.dnsCidrs");
      const network = { dnsCidrs: ["169.254.169.254/32"] };
      expect(await warnings({ network }, { nodes: [google] })).to.deep.equal([]);
    });
  });
});
