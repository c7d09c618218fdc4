/** What the drivers behind StorageClasses cannot do for files that several pods share. */

/**
 * Drivers of block devices, also by the names they had within Kubernetes: a file system on one is mounted on one node at a
 * time, whatever the claim asks for.
 */
export const singleNodeProvisioners =
  /(^|\.)rbd\.csi\.ceph\.com$|^ebs\.csi\.(aws\.com|eks\.amazonaws\.com)$|^pd\.csi\.storage\.gke\.io$|^disk\.csi\.azure\.com$|^dobs\.csi\.digitalocean\.com$|^csi\.hetzner\.cloud$|^kubernetes\.io\/(aws-ebs|gce-pd|azure-disk|cinder|vsphere-volume)$/;

/** The part of a StorageClass that says what its volumes are. */
export interface Driver {
  provisioner: string;
  parameters?: Record<string, string>;
  mountOptions?: string[];
}

/** UID of Apache in WordPress' image, who unpacks its files. */
const owner = 33;

const speaksNfs = ({ parameters }: Driver) => /^nfs/i.test(parameters?.protocol ?? "");

/**
 * Whether files are an SMB share's: their owner and mode are what the mount says. Source: mount.cifs(8), and the
 * drivers' parameters, where SMB is Azure's default.
 */
function isSmbShare(driver: Driver): boolean {
  const { provisioner } = driver;
  if (provisioner === "smb.csi.k8s.io") return true;
  return /^(file\.csi\.azure\.com|kubernetes\.io\/azure-file)$/.test(provisioner) && !speaksNfs(driver);
}

/**
 * Why WordPress' files cannot be unpacked into volumes of a driver, and what would do; undefined where they can. Times are
 * set for files and folders, as `tar` does, which the kernel lets only their owner do.
 */
export function unpackFault(driver: Driver): { why: string; wanted: string } | undefined {
  const { provisioner, mountOptions = [] } = driver;
  if (provisioner === "s3.csi.aws.com") {
    return {
      why: "Mountpoint for Amazon S3 renames nothing, changes no file that is there, and keeps neither times nor modes",
      wanted: "a class of a file system, such as EFS",
    };
  }
  const uid = mountOptions.flatMap((options) => /(?:^|,)uid=(\w+)/.exec(options)?.[1] ?? []).at(-1);
  if (!isSmbShare(driver) || uid === String(owner)) return undefined;
  return {
    why: `on an SMB share all files are ${uid === undefined ? "root" : `user ${uid}`}'s, and WordPress' pods, user ${owner}, may not set their times`,
    wanted: `a class with uid=${owner} and gid=${owner} in its mountOptions, or of NFS`,
  };
}

/**
 * Drivers that show an object store as files. Source: the limitations that Blobfuse2, Cloud Storage FUSE and s3fs list:
 * a folder is renamed object by object or not at all, modes and folders' times are lost, locks are one node's.
 */
export function isObjectStore(driver: Driver): boolean {
  const { provisioner } = driver;
  if (provisioner === "blob.csi.azure.com") return !speaksNfs(driver);
  return /^gcsfuse\.csi\.storage\.gke\.io$|(^|[.-])s3(fs)?[.-]/.test(provisioner);
}
