import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { pageCacheVcl } from "../../../components/page-cache/vcl.ts";
import { ensureImages } from "../../../local/images/index.ts";
import { removeFolder, temporaryFolder } from "../../../local/images/temporary.ts";
import { withProgress } from "../../../local/toolchain/progress.ts";

const image = "localhost/varnish:7.7";
const port = 8000;
const token = "7".repeat(64);

/** Namespaces of its own, so that its ports are free and its mounts go with it, and an end with this process. */
const apart = ["--pdeathsig", "KILL", "unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"];

const enter = `ip link set lo up && mount --bind /dev "$0/dev" && mount -t proc proc "$0/proc" && exec chroot "$0" "$@"`;

/** The real Varnish of the embedded cluster's image, with the page cache's rules for short times and small sizes. */
export class Varnish {
  private readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  static async unpack(): Promise<Varnish> {
    const images = await withProgress("Images", ensureImages);
    const archive = images.find(({ name }) => name === image)?.archive;
    if (archive === undefined) throw new Error(`there is no recipe for ${image}`);
    const root = temporaryFolder();
    const script = `tar -xOf "$0" layer.tar | tar -x -C "$1"`;
    await execa("bash", ["-o", "pipefail", "-c", script, archive, root], { timeout: 120_000 });
    const varnish = new Varnish(root);
    varnish.configure();
    return varnish;
  }

  private configure(): void {
    const vcl = pageCacheVcl({
      host: "127.0.0.1",
      port,
      site: "blog.example.com:8443",
      ttlSeconds: 2,
      graceSeconds: 2,
      staleIfErrorSeconds: 60,
      longestRequestSeconds: 5,
      maxObjectBytes: 100_000,
      passCookies: ["my.session"],
      passPaths: ["/members"],
      tokenFile: "/case/token",
    });
    mkdirSync(path.join(this.root, "case"));
    writeFileSync(path.join(this.root, "case/page-cache.vcl"), vcl);
    writeFileSync(path.join(this.root, "case/token"), token);
    // A container gets this file from the kubelet.
    writeFileSync(path.join(this.root, "etc/hosts"), "127.0.0.1 localhost\n");
  }

  /** Changes the rules for the cases that follow. */
  changeRules(change: (vcl: string) => string): void {
    const file = path.join(this.root, "case/page-cache.vcl");
    writeFileSync(file, change(readFileSync(file, "utf8")));
  }

  /** Runs a case; what varnishtest says of it when it fails, else nothing. */
  async fault(file: string): Promise<string | undefined> {
    const inside = `/case/${path.basename(file)}`;
    copyFileSync(file, path.join(this.root, inside));
    const macros = { vcl: "/case/page-cache.vcl", port, token };
    const defined = Object.entries(macros).map(([name, value]) => `-D${name}=${value}`);
    const command = ["sh", "-c", enter, this.root, "varnishtest", "-t", "40", ...defined, inside];
    const { exitCode, all } = await execa("setpriv", [...apart, ...command], {
      all: true,
      reject: false,
      timeout: 60_000,
    });
    return exitCode === 0 ? undefined : all;
  }

  remove(): void {
    removeFolder(this.root);
  }
}
