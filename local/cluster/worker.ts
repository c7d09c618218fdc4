import { stringify } from "yaml";
import { type Daemon, nodeFile, untilReadable } from "./daemons.ts";
import { addresses, nodeAddress, podSubnet, statePath } from "./layout.ts";
import { pkiPath } from "./pki.ts";

const containerdSocket = "/run/containerd/containerd.sock";
/** Where containerd tells the address of a new pod before the API server knows it. */
const nriSocket = "/run/nri/nri.sock";

/** Shell lines that wait for a socket, half a minute at most. */
const untilThere = (socket: string) => [`for _ in $(seq 300); do [ -S ${socket} ] && break; sleep 0.1; done`];

/** What runs on a worker, in the order of its start. */
export function workerDaemons(node: string): Daemon[] {
  const kubeconfig = (user: string) => pkiPath(`${user}.kubeconfig`);
  return [
    { name: "containerd", options: { config: nodeFile(node, "containerd.toml") } },
    {
      name: "kubelet",
      before: [...untilThere(containerdSocket), ...untilReadable(node, "/readyz")],
      options: {
        config: nodeFile(node, "kubelet.yaml"),
        kubeconfig: kubeconfig(node),
        "hostname-override": node,
        "node-ip": nodeAddress(node),
      },
    },
    {
      name: "kube-proxy",
      options: {
        kubeconfig: kubeconfig("kube-proxy"),
        "hostname-override": node,
        "proxy-mode": "iptables",
        "cluster-cidr": addresses.pods,
        // The table of connections is sized for the whole machine, which is not ours to change.
        "conntrack-max-per-core": 0,
      },
    },
    {
      name: "network-policies",
      before: [...untilThere(nriSocket), ...untilReadable("network-policies", "/api/v1/namespaces")],
      args: [kubeconfig("network-policies")],
    },
  ];
}

/** Configuration files of a worker's daemons, by name. */
export function workerFiles(node: string): Record<string, string> {
  return {
    "containerd.toml": containerdConfig(node),
    "kubelet.yaml": stringify(kubeletConfig(node)),
    "resolv.conf": `nameserver ${addresses.controlPlane}\n`,
    "cni/10-pods.conflist": JSON.stringify(podNetwork(node)),
  };
}

function containerdConfig(node: string): string {
  return `version = 3
root = "/var/lib/containerd"
state = "/run/containerd"
# It would make a folder under /opt, which belongs to the machine.
disabled_plugins = ["io.containerd.internal.v1.opt"]
[grpc]
address = "${containerdSocket}"
[plugins.'io.containerd.cri.v1.images']
snapshotter = "overlayfs"
[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = "localhost/pause:1"
[plugins.'io.containerd.cri.v1.runtime']
restrict_oom_score_adj = true
[plugins.'io.containerd.cri.v1.runtime'.cni]
bin_dirs = ["${statePath("bin")}"]
conf_dir = "${nodeFile(node, "cni")}"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
`;
}

function kubeletConfig(node: string): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    failCgroupV1: false,
    failSwapOn: false,
    cgroupDriver: "cgroupfs",
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    clusterDNS: [addresses.dnsService],
    clusterDomain: "cluster.local",
    resolvConf: nodeFile(node, "resolv.conf"),
    tlsCertFile: pkiPath(`${node}.crt`),
    tlsPrivateKeyFile: pkiPath(`${node}.key`),
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: pkiPath("ca.crt") },
    },
    authorization: { mode: "Webhook" },
    volumePluginDir: "/var/lib/kubelet/volume-plugins",
    // The daemons share the node's root cgroup: there is nothing to enforce them in.
    enforceNodeAllocatable: [],
    systemReserved: { memory: "200Mi" },
    // Images cannot be pulled again, and the disk is the machine's own.
    imageGCHighThresholdPercent: 100,
    evictionHard: { "nodefs.available": "1%", "imagefs.available": "1%" },
    // With the controller manager's grace period of 16 s a lost node shows within that time.
    nodeStatusUpdateFrequency: "4s",
    containerLogMaxFiles: 2,
  };
}

function podNetwork(node: string): object {
  const ipam = {
    type: "host-local",
    ranges: [[{ subnet: podSubnet(node) }]],
    routes: [{ dst: "0.0.0.0/0" }],
  };
  return {
    cniVersion: "1.0.0",
    name: "pods",
    plugins: [
      // Routed, not bridged: what one pod of a node says to another is forwarded, and so judged by network policies.
      { type: "ptp", ipMasq: false, ipam },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  };
}
