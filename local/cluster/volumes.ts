import { stringify } from "yaml";
import { withCeph } from "./ceph.ts";
import { type Daemon, nodeFile, untilReadable } from "./daemons.ts";
import { controlPlane } from "./layout.ts";
import { pkiPath } from "./pki.ts";

/** One provisioner of volumes: local-path-provisioner under a name of its own. */
interface Provisioner {
  readonly name: string;
  /** Name classes ask for it by. */
  readonly provisioner: string;
  readonly config: object;
  /** ConfigMap with the scripts that make a volume's folder and remove it. */
  readonly scripts: string;
  /** Image of the pods that run them: one that is on every node already. */
  readonly image: string;
}

/** Any image with a shell makes a folder. */
const anyImage = "localhost/wordpress:7.1";

const ownVolumes: Provisioner = {
  name: "local-path-provisioner",
  provisioner: "wordpress-kubernetes/local-path",
  config: {
    storageClassConfigs: {
      "local-path": {
        nodePathMap: [{ node: "DEFAULT_PATH_FOR_NON_LISTED_NODES", paths: ["/var/lib/local-volumes"] }],
      },
      "local-shared": { sharedFileSystemPath: "/var/lib/shared-volumes" },
    },
  },
  scripts: "local-path-config",
  image: anyImage,
};

/**
 * What stands in for Ceph-CSI's two drivers. A volume of the first is a folder of the CephFilesystem `myfs`, mounted on
 * every node (manifests/ceph/storage.yaml); one of the second a folder of the machine's disk, which all nodes see.
 */
const cephVolumes: readonly Provisioner[] = [
  {
    name: "cephfs-provisioner",
    provisioner: "rook-ceph.cephfs.csi.ceph.com",
    config: { sharedFileSystemPath: "/run/cephfs/myfs/volumes", cmdTimeoutSeconds: 30 },
    scripts: "cephfs-volumes",
    image: "localhost/ceph:18",
  },
  {
    name: "rbd-provisioner",
    provisioner: "rook-ceph.rbd.csi.ceph.com",
    config: { sharedFileSystemPath: "/var/lib/shared-volumes" },
    scripts: "local-path-config",
    image: anyImage,
  },
];

const provisioners = () => [ownVolumes, ...(withCeph() ? cephVolumes : [])];

/** The daemons that make volumes. */
export function volumeDaemons(): Daemon[] {
  return provisioners().map(({ name, provisioner, scripts, image }) => ({
    name,
    program: "local-path-provisioner",
    before: untilReadable("local-path-provisioner", "/apis/storage.k8s.io/v1/storageclasses?limit=1"),
    args: ["start"],
    options: {
      kubeconfig: pkiPath("local-path-provisioner.kubeconfig"),
      config: nodeFile(controlPlane, `${name}.json`),
      "helper-pod-file": nodeFile(controlPlane, `${name}.yaml`),
      "helper-image": image,
      "configmap-name": scripts,
      namespace: "kube-system",
      "service-account-name": "default",
      "provisioner-name": provisioner,
      // Rather than to give a volume up after some attempts.
      "provisioning-retry-count": 0,
    },
  }));
}

/** Their configuration files, by name. */
export function volumeFiles(): Record<string, string> {
  const files = provisioners().flatMap(({ name, config, image }) => [
    [`${name}.json`, JSON.stringify(config)],
    [`${name}.yaml`, stringify(helperPod(image))],
  ]);
  return Object.fromEntries(files);
}

function helperPod(image: string): object {
  const container = { name: "helper-pod", image, imagePullPolicy: "Never" };
  const spec = {
    priorityClassName: "system-node-critical",
    terminationGracePeriodSeconds: 0,
    containers: [container],
  };
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "helper-pod" }, spec };
}
