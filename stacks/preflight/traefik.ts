/** Traefik's own pods: whether the policies let them in, and whether they were started with what the route asks for. */
import { type Fault, notAllowed } from "../fault.ts";
import type { SiteConfig } from "../schema.ts";
import type { Cluster } from "./cluster.ts";
import { nodesOf } from "./nodes.ts";
import type { Finding, Rule, Warning } from "./rule.ts";
import { type Options, startUpOptions, type TraefikPod } from "./start-up.ts";

/** The label by which the policies know Traefik: that of its own chart, and of the one in k3s. */
const label = "app.kubernetes.io/name=traefik";

async function podsOf(cluster: Cluster): Promise<TraefikPod[] | undefined> {
  const path = `/api/v1/pods?labelSelector=${encodeURIComponent(label)}`;
  const pods = await cluster.list<TraefikPod>("Traefik's pods", path);
  return pods?.filter(({ status }) => !["Succeeded", "Failed"].includes(status?.phase ?? ""));
}

const namesOf = (pods: TraefikPod[]) =>
  few(pods.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));

/** A DaemonSet has a pod for each node. */
function few(words: string[]): string {
  const more = words.length - 3;
  return more > 0 ? `${words.slice(0, 3).join(", ")} and ${more} more` : words.join(", ");
}

/** Those that the site's Traefik may be: of the namespace that is named, or of all where it is not needed. */
function ours(pods: TraefikPod[], { network }: SiteConfig): TraefikPod[] {
  const there = pods.filter(({ metadata }) => metadata.namespace === network.traefik.namespace);
  return there.length > 0 || network.policies ? there : pods;
}

/** Whether any of Traefik's requests could pass the policies. */
export const letIn: Rule = async (config, cluster) => {
  const { policies, traefik } = config.network;
  // A Traefik that is known by its addresses may be anywhere.
  if (!policies || traefik.cidrs.length > 0) return [];
  const [pods, nodes] = await Promise.all([podsOf(cluster), nodesOf(cluster)]);
  if (!pods) return [];
  const there = ours(pods, config);
  if (there.length === 0) return [awayFault(config, pods)];
  // From its own node a pod may always be asked.
  const onHost = there.every(({ spec }) => spec.hostNetwork) && (nodes?.length ?? 0) > 1;
  const addresses = [...new Set(there.flatMap(({ status }) => status?.hostIP ?? []))];
  const now = addresses.length > 0 ? ` (now ${few(addresses)})` : "";
  return [
    onHost &&
      notAllowed(
        "network.traefik.cidrs",
        undefined,
        `the addresses Traefik's requests come from, because its pods (${namesOf(there)}) are on their nodes' own network, where no policy knows them by their labels: the nodes' addresses${now}, or those of the network plugin's interface on them`,
      ),
  ];
};

function awayFault({ network }: SiteConfig, pods: TraefikPod[]): Fault {
  const { namespace } = network.traefik;
  const elsewhere = [...new Set(pods.map(({ metadata }) => metadata.namespace))];
  if (elsewhere.length > 0) {
    const where = `${elsewhere.join(" or ")}, where Traefik's pods are (${namesOf(pods)})`;
    return notAllowed("network.traefik.namespace", namespace, `${where}: the policies let no others in`);
  }
  return {
    key: "network.traefik.namespace",
    problem: `no pod in the cluster has the label ${label}, by which the policies know Traefik`,
    remedy:
      "install Traefik, give its pods that label, or set network.traefik.cidrs to the addresses its requests come from",
  };
}

/** Whether Traefik knows the names the route is given, and reads it at all. */
export const startedWith: Rule = async (config, cluster) => {
  const pods = ours((await podsOf(cluster)) ?? [], config);
  const started = await Promise.all(pods.map((pod) => startUpOptions(pod, cluster)));
  const known = started.filter((options) => options !== undefined);
  // Of several Traefiks the route is another one's where one of them does.
  if (known.length === 0 || known.length < started.length) return [];
  const findings = known.map((options) => routeFaults(config, options, namesOf(pods)));
  return findings.sort((one, other) => one.length - other.length)[0] ?? [];
};

const provider = "providers.kubernetescrd";

function routeFaults(config: SiteConfig, options: Options, traefik: string): Finding[] {
  const { route, namespace } = config;
  const { certResolver, source, wildcardDomain } = route.tls;
  const readsRoutes = [...options].some(([option, value]) => {
    return (option === provider || option.startsWith(`${provider}.`)) && value !== "false";
  });
  if (!readsRoutes) {
    const remedy = "start it with --providers.kubernetesCRD";
    return [{ key: "Traefik", problem: `${traefik} reads no IngressRoutes`, remedy }];
  }
  const resolves = source === "certResolver";
  return [
    ...(["web", "websecure"] as const).map((key) =>
      unknownName(`route.entryPoints.${key}`, route.entryPoints[key], "entrypoints", options, traefik),
    ),
    resolves &&
      unknownName("route.tls.certResolver", certResolver, "certificatesresolvers", options, traefik),
    resolves &&
      wildcardDomain !== undefined &&
      isSet(options, "certificatesresolvers", certResolver) &&
      !isSet(options, "certificatesresolvers", `${certResolver}.acme.dnschallenge`) &&
      notAllowed(
        "route.tls.wildcardDomain",
        wildcardDomain,
        `no wildcard, or a DNS challenge in Traefik's certResolver ${certResolver} (${traefik})`,
      ),
    classFault(route.ingressClass, options.get(`${provider}.ingressclass`) ?? "", traefik),
    namespaceFault(namespace, options.get(`${provider}.namespaces`) ?? "", traefik),
    emptyServices(options, traefik),
  ].filter((finding) => finding !== false);
}

/** Whether there is anything of that name. In the name of a variable `_` stands for the dot as well. */
function isSet(options: Options, section: string, name: string): boolean {
  const paths = [name, name.replaceAll("_", ".")].map((each) => `${section}.${each}`);
  return [...options.keys()].some((option) =>
    paths.some((path) => option === path || option.startsWith(`${path}.`)),
  );
}

/** Names somebody gave in a section. */
export function namesIn(section: string, options: Options): string[] {
  const words = [...options.keys()].map((option) => option.split("."));
  return [
    ...new Set(words.flatMap(([first, name]) => (first === section && name !== undefined ? [name] : []))),
  ];
}

/** A Traefik without entry points has one, `http`. Source: Traefik's SetEffectiveConfiguration. */
const withoutEntryPoints = ["http"];

function unknownName(
  key: string,
  name: string,
  section: "entrypoints" | "certificatesresolvers",
  options: Options,
  traefik: string,
): Fault | false {
  const given = namesIn(section, options);
  const names = given.length === 0 && section === "entrypoints" ? withoutEntryPoints : given;
  if (names.includes(name) || isSet(options, section, name)) return false;
  const what = section === "entrypoints" ? "entry points" : "certResolvers";
  const expected =
    names.length > 0
      ? `one of ${names.join(", ")}, the ${what} Traefik was started with (${traefik})`
      : `no resolver, since Traefik was started without one (${traefik}): start it with certificatesResolvers.${name}, or choose another route.tls.source`;
  return notAllowed(key, name, expected);
}

/** A Traefik that is told of a class takes only routes of that class, and one that is told of none those without. */
function classFault(wanted: string | undefined, told: string, traefik: string): Fault | false {
  if ((wanted ?? "") === told || (told === "" && wanted === "traefik")) return false;
  return notAllowed(
    "route.ingressClass",
    wanted,
    told === ""
      ? `none, because Traefik (${traefik}) was started without providers.kubernetesCRD.ingressClass and takes only routes without one`
      : `${told}, the only class whose routes Traefik (${traefik}) takes`,
  );
}

function namespaceFault(namespace: string, told: string, traefik: string): Fault | false {
  const namespaces = told.split(",").filter((name) => name !== "");
  if (namespaces.length === 0 || namespaces.includes(namespace)) return false;
  return notAllowed(
    "namespace",
    namespace,
    `one of ${namespaces.join(", ")}, whose routes alone Traefik (${traefik}) reads; or add it to its providers.kubernetesCRD.namespaces`,
  );
}

/** Traefik's chart has the option since its version 31; Traefik itself is without it. */
function emptyServices(options: Options, traefik: string): Warning | false {
  if ((options.get(`${provider}.allowemptyservices`) ?? "false") !== "false") return false;
  return {
    warning: `while no pod of the site is ready, visitors and search engines get 404 (not found) and not 503 (try again), because Traefik (${traefik}) was started without providers.kubernetesCRD.allowEmptyServices`,
  };
}
