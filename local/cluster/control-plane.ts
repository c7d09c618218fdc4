import { quote } from "../toolchain/process.ts";
import { type Daemon, forwarder, nodeFile, untilReadable } from "./daemons.ts";
import { addresses, controlPlane, scaleDownSeconds, statePath } from "./layout.ts";
import { pkiPath } from "./pki.ts";
import { volumeDaemons, volumeFiles } from "./volumes.ts";

const host = addresses.controlPlane;

/** What runs beside the control plane, in the order of its start. */
export function controlPlaneDaemons(): Daemon[] {
  return [
    etcd(),
    apiServer(),
    controllerManager(),
    { name: "kube-scheduler", options: { ...clientOptions("kube-scheduler"), "leader-elect": false } },
    {
      name: "coredns",
      before: untilReadable("coredns", "/api/v1/services?limit=1"),
      args: ["-conf", nodeFile(controlPlane, "Corefile")],
    },
    metricsServer(),
    pebble(),
    traefik(),
    ...volumeDaemons(),
    forwarder("api", 6443),
    forwarder("https", 443),
    forwarder("http", 80),
  ];
}

/** Configuration files of the control plane's daemons, by name. */
export function controlPlaneFiles(): Record<string, string> {
  return {
    Corefile: corefile(),
    "pebble.json": JSON.stringify(pebbleConfig()),
    ...volumeFiles(),
  };
}

function clientOptions(user: string) {
  const file = pkiPath(`${user}.kubeconfig`);
  return { kubeconfig: file, "authentication-kubeconfig": file, "authorization-kubeconfig": file };
}

function etcd(): Daemon {
  const client = "http://127.0.0.1:2379";
  const peer = "http://127.0.0.1:2380";
  return {
    name: "etcd",
    options: {
      "data-dir": "/var/lib/etcd",
      "listen-client-urls": client,
      "advertise-client-urls": client,
      "listen-peer-urls": peer,
      "initial-advertise-peer-urls": peer,
      "initial-cluster": `default=${peer}`,
      // Killed processes lose nothing by it, only a crash of the whole machine could.
      "unsafe-no-fsync": true,
      "log-level": "warn",
    },
  };
}

function apiServer(): Daemon {
  return {
    name: "kube-apiserver",
    options: {
      "etcd-servers": "http://127.0.0.1:2379",
      "secure-port": 6443,
      "advertise-address": host,
      "service-cluster-ip-range": addresses.services,
      "tls-cert-file": pkiPath("apiserver.crt"),
      "tls-private-key-file": pkiPath("apiserver.key"),
      "client-ca-file": pkiPath("ca.crt"),
      "kubelet-client-certificate": pkiPath("apiserver-kubelet.crt"),
      "kubelet-client-key": pkiPath("apiserver-kubelet.key"),
      "kubelet-certificate-authority": pkiPath("ca.crt"),
      // Nobody resolves the nodes' names.
      "kubelet-preferred-address-types": "InternalIP",
      "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
      "service-account-key-file": pkiPath("service-account.pub"),
      "service-account-signing-key-file": pkiPath("service-account.key"),
      "authorization-mode": "Node,RBAC",
      "enable-admission-plugins": "NodeRestriction",
      "allow-privileged": true,
      "requestheader-client-ca-file": pkiPath("front-proxy-ca.crt"),
      "requestheader-allowed-names": "front-proxy-client",
      "requestheader-extra-headers-prefix": "X-Remote-Extra-",
      "requestheader-group-headers": "X-Remote-Group",
      "requestheader-username-headers": "X-Remote-User",
      "proxy-client-cert-file": pkiPath("front-proxy.crt"),
      "proxy-client-key-file": pkiPath("front-proxy.key"),
      // No kube-proxy runs here: service addresses mean nothing on the control plane.
      "enable-aggregator-routing": true,
      // Pods leave a lost node after seconds, not after the stock five minutes.
      "default-not-ready-toleration-seconds": 10,
      "default-unreachable-toleration-seconds": 10,
    },
  };
}

function controllerManager(): Daemon {
  return {
    name: "kube-controller-manager",
    before: untilReadable("kube-controller-manager", "/readyz"),
    options: {
      ...clientOptions("kube-controller-manager"),
      "service-account-private-key-file": pkiPath("service-account.key"),
      "root-ca-file": pkiPath("ca.crt"),
      "use-service-account-credentials": true,
      "cluster-signing-cert-file": pkiPath("ca.crt"),
      "cluster-signing-key-file": pkiPath("ca.key"),
      "leader-elect": false,
      // Made at the start; the usual place is the machine's.
      "flex-volume-plugin-dir": "/var/lib/flex-volumes",
      "node-monitor-period": "2s",
      "node-monitor-grace-period": "16s",
      "horizontal-pod-autoscaler-downscale-stabilization": `${scaleDownSeconds()}s`,
    },
  };
}

function metricsServer(): Daemon {
  return {
    name: "metrics-server",
    before: untilReadable(
      "metrics-server",
      "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication",
    ),
    options: {
      ...clientOptions("metrics-server"),
      "bind-address": host,
      "secure-port": 4443,
      "tls-cert-file": pkiPath("metrics-server-serving.crt"),
      "tls-private-key-file": pkiPath("metrics-server-serving.key"),
      "kubelet-preferred-address-types": "InternalIP",
      "kubelet-certificate-authority": pkiPath("ca.crt"),
      "kubelet-use-node-status-port": true,
      "metric-resolution": "15s",
    },
  };
}

/** Names under localhost lead to Traefik, where the ACME server checks them; the world outside does not exist. */
function corefile(): string {
  return `cluster.local in-addr.arpa {
  bind ${host}
  errors
  kubernetes {
    kubeconfig ${pkiPath("coredns.kubeconfig")}
    ttl 5
  }
  cache 5
}
localhost {
  bind ${host}
  template IN A {
    answer "{{ .Name }} 60 IN A ${host}"
  }
  template ANY ANY {
    rcode NOERROR
  }
}
. {
  bind ${host}
  template ANY ANY {
    rcode NXDOMAIN
  }
}
`;
}

const acmePort = 14000;
const acmeManagementPort = 15000;
/** There while Pebble serves and its root is published; inside the control plane's own /run. */
const acmeReady = "/run/acme-ready";

/**
 * The ACME server. It makes a new root and forgets all accounts whenever it starts: Traefik then starts afresh as
 * well, and the new root is published for clients.
 */
function pebble(): Daemon {
  const root = statePath("acme-root.pem");
  const server = `OPENSSL:${host}:${acmeManagementPort},cafile=${pkiPath("ca.crt")},commonname=${host}`;
  return {
    name: "pebble",
    // A real authority waits a little before it validates; there is nothing to wait for here.
    env: { PEBBLE_VA_NOSLEEP: "1" },
    before: [
      `rm -f ${acmeReady} /var/lib/acme.json ${quote(root)}`,
      "pkill -x traefik",
      "publish() {",
      "  for _ in $(seq 100); do",
      `    printf 'GET /roots/0 HTTP/1.0\\r\\n\\r\\n' | socat -t 5 - ${quote(server)} 2> /dev/null |`,
      `      sed -n '/BEGIN CERT/,/END CERT/p' > ${quote(`${root}.new`)}`,
      `    [ -s ${quote(`${root}.new`)} ] && mv ${quote(`${root}.new`)} ${quote(root)} && touch ${acmeReady} && return`,
      "    sleep 0.1",
      "  done",
      "}",
      "publish &",
    ],
    args: ["-config", nodeFile(controlPlane, "pebble.json"), "-dnsserver", `${host}:53`],
  };
}

function pebbleConfig(): object {
  return {
    pebble: {
      listenAddress: `${host}:${acmePort}`,
      managementListenAddress: `${host}:${acmeManagementPort}`,
      certificate: pkiPath("pebble.crt"),
      privateKey: pkiPath("pebble.key"),
      httpPort: 80,
      tlsPort: 443,
      profiles: { default: { description: "ninety days", validityPeriod: 90 * 24 * 3600 } },
    },
  };
}

function traefik(): Daemon {
  const resolver = "certificatesResolvers.ali.acme";
  return {
    name: "traefik",
    env: { KUBECONFIG: pkiPath("traefik.kubeconfig"), LEGO_CA_CERTIFICATES: pkiPath("ca.crt") },
    before: [
      ...untilReadable("traefik", "/apis/traefik.io/v1alpha1/ingressroutes?limit=1"),
      `for _ in $(seq 300); do [ -e ${acmeReady} ] && break; sleep 0.1; done`,
    ],
    options: {
      "global.checkNewVersion": false,
      "global.sendAnonymousUsage": false,
      "entryPoints.web.address": ":80",
      "entryPoints.websecure.address": ":443",
      "providers.kubernetesCRD": true,
      // Without it a site without a ready pod is a site that is not found: 404 and not 503.
      "providers.kubernetesCRD.allowEmptyServices": true,
      "providers.kubernetesCRD.safeNaming": true,
      [`${resolver}.email`]: "acme@wordpress.localhost",
      [`${resolver}.storage`]: "/var/lib/acme.json",
      [`${resolver}.caServer`]: `https://${host}:${acmePort}/dir`,
      [`${resolver}.tlsChallenge`]: true,
      "log.level": "INFO",
    },
  };
}
