import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { contentKey } from "../toolchain/cache.ts";
import { recipeOf, type ToolName } from "../toolchain/recipes.ts";
import { toolFolder } from "../toolchain/tools.ts";

/** What a container is started with, in the names of the OCI image configuration. */
export interface ImageConfig {
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Volumes?: Readonly<Record<string, object>>;
  readonly StopSignal?: string;
}

/** An image whose root file system is made of Debian packages. */
export interface DebianRecipe {
  readonly suite: string;
  readonly packages: readonly string[];
  /** Folder beside this file: `root/` is laid over the root file system by `setup.sh`. */
  readonly folder: string;
  /** Programs built from source that go to /usr/local/bin. @default none */
  readonly programs?: readonly ToolName[];
  readonly config: ImageConfig;
}

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * The images, by the reference pods use. They stand in for Docker's official ones where no registry can be reached
 * and honour the same environment, paths, users and signals.
 *
 * The suite sid moves: the same recipe built later has later packages. The key in the cache holds the recipe only,
 * so a built image stays as it is until the recipe changes or the cache is deleted.
 */
export const debianImages: Readonly<Record<string, DebianRecipe>> = {
  "localhost/wordpress:7.1": {
    suite: "sid",
    packages: [
      "apache2",
      "ca-certificates",
      "libapache2-mod-php",
      "php-cli",
      "php-curl",
      "php-gd",
      "php-imagick",
      "php-intl",
      "php-mbstring",
      "php-mysql",
      "php-xml",
      "php-zip",
    ],
    folder: "wordpress",
    config: {
      // The leading colon keeps Debian's own folders of PHP settings.
      Env: [PATH, "LANG=C.UTF-8", "PHP_INI_SCAN_DIR=:/usr/local/etc/php/conf.d"],
      Entrypoint: ["docker-entrypoint.sh"],
      Cmd: ["apache2-foreground"],
      WorkingDir: "/var/www/html",
      ExposedPorts: { "80/tcp": {} },
      Volumes: { "/var/www/html": {} },
      // Apache's graceful stop: requests under way are finished.
      StopSignal: "SIGWINCH",
    },
  },
  "localhost/mysql:9.7": {
    suite: "sid",
    packages: ["mysql-client-core", "mysql-server-core", "tzdata"],
    folder: "mysql",
    config: {
      Env: [PATH, "LANG=C.UTF-8"],
      Entrypoint: ["docker-entrypoint.sh"],
      Cmd: ["mysqld"],
      WorkingDir: "/",
      ExposedPorts: { "3306/tcp": {}, "33060/tcp": {} },
      Volumes: { "/var/lib/mysql": {} },
      StopSignal: "SIGTERM",
    },
  },
  "localhost/varnish:7.7": {
    suite: "trixie",
    // Without the second, systemd would come along to make the users.
    packages: ["varnish", "systemd-standalone-sysusers"],
    folder: "varnish",
    config: {
      Env: [PATH, "LANG=C.UTF-8", "VSM_NOPID=1"],
      Entrypoint: ["docker-varnish-entrypoint"],
      WorkingDir: "/etc/varnish",
      ExposedPorts: { "80/tcp": {} },
      StopSignal: "SIGTERM",
    },
  },
};

/**
 * The image of Rook and of all Ceph daemons, which only a cluster with Ceph has. Rook runs itself out of Ceph's image,
 * so that one holds both.
 */
export const cephImages: Readonly<Record<string, DebianRecipe>> = {
  "localhost/ceph:18": {
    suite: "trixie",
    packages: [
      ...["ceph-common", "ceph-fuse", "ceph-mds", "ceph-mgr", "ceph-mon", "ceph-osd", "ceph-volume"],
      // What Rook looks at disks with.
      ...["gdisk", "lvm2", "udev", "cryptsetup-bin"],
      ...["attr", "fuse3", "hostname", "iproute2", "kmod", "procps", "tini"],
    ],
    folder: "ceph",
    programs: ["rook"],
    config: { Env: [PATH, "LANG=C.UTF-8"], Entrypoint: ["rook"], StopSignal: "SIGTERM" },
  },
};

/** The image of the process that holds a pod's namespaces: one static program. */
export const pauseImage = {
  name: "localhost/pause:1",
  config: { Env: [PATH], Entrypoint: ["/pause"], StopSignal: "SIGTERM" } satisfies ImageConfig,
};

/** How mmdebstrap builds every image, beside what the machine's own apt settings add. */
export const mmdebstrapOptions: readonly string[] = [
  "--mode=root",
  "--variant=essential",
  "--format=tar",
  "--keyring=/usr/share/keyrings/debian-archive-keyring.gpg",
  // A mirror may be a snapshot whose lists say that they are out of date.
  '--aptopt=Acquire::Check-Valid-Until "false"',
  '--aptopt=APT::Install-Recommends "false"',
  // A killed build starts from nothing: no need to wait for the disk after each package.
  "--dpkgopt=force-unsafe-io",
  ...["doc", "man", "info", "locale", "lintian"].map(
    (folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`,
  ),
  // The run-time folders the images come with are in /run.
  "--skip=cleanup/run",
];

/** Folder of a recipe's own files. */
export function recipeFolder(recipe: DebianRecipe): string {
  return path.join(import.meta.dirname, recipe.folder);
}

/** What an image is built from: its recipe, its own files, and how all are built. */
export function imageKey(recipe: DebianRecipe): string {
  const files = [...filesBelow(recipeFolder(recipe)), path.join(import.meta.dirname, "trim.sh")];
  const contents = files.flatMap((file) => [path.relative(import.meta.dirname, file), readFileSync(file)]);
  const programs = (recipe.programs ?? []).map((name) => path.basename(toolFolder(recipeOf(name))));
  return contentKey([JSON.stringify([recipe, mmdebstrapOptions]), process.arch, ...programs, ...contents]);
}

function filesBelow(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile())
    .sort();
}

/** File name of an image in the cache: `localhost/mysql:9.7` under key k is `mysql-k.tar`. */
export function archiveName(reference: string, key: string): string {
  return `${shortName(reference)}-${key}.tar`;
}

/** `mysql` for `localhost/mysql:9.7`. */
export function shortName(reference: string): string {
  return path.posix.basename(reference).replace(/:.*$/, "");
}
