import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { varnishParameters } from "../../../components/page-cache/pod.ts";
import { pageCacheVcl } from "../../../components/page-cache/vcl.ts";
import { fileText } from "../../../components/template.ts";
import { apart, unpackImage } from "../image-root.ts";

const image = "localhost/varnish:7.7";
const port = 8000;
const pageCache = import.meta.resolve("../../../components/page-cache/index.ts");
const token = "7".repeat(64);

const enter = `ip link set lo up && mount --bind /dev "$0/dev" && mount -t proc proc "$0/proc" && exec chroot "$0" "$@"`;

/** The real Varnish of the embedded cluster's image, with the page cache's rules for short times and small sizes. */
export class Varnish {
  private readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  static async unpack(): Promise<Varnish> {
    const varnish = new Varnish(await unpackImage(image, "varnish"));
    varnish.configure();
    return varnish;
  }

  private configure(): void {
    mkdirSync(path.join(this.root, "case"));
    const rules = { "page-cache.vcl": 60, "short-lived.vcl": 2 };
    for (const [file, ttlSeconds] of Object.entries(rules)) {
      const vcl = pageCacheVcl({
        host: "127.0.0.1",
        port,
        site: "blog.example.com:8443",
        ttlSeconds,
        graceSeconds: 6,
        staleIfErrorSeconds: 60,
        noncePageSeconds: 4,
        longestRequestSeconds: 30,
        maxObjectBytes: 100_000,
        passCookies: ["my.session"],
        passPaths: ["/members"],
        tokenFile: "/case/token",
      });
      writeFileSync(path.join(this.root, "case", file), vcl);
    }
    writeFileSync(path.join(this.root, "case/token"), token);
    writeFileSync(path.join(this.root, "case/leave.sh"), fileText("leave.sh", pageCache));
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
    // A page is a HIT for as long as a case takes, or so shortly that a case can wait until it is not.
    const vcl = { vcl: "/case/page-cache.vcl", short_lived: "/case/short-lived.vcl" };
    const macros = { ...vcl, parameters: varnishParameters.join(" "), port, token };
    const defined = Object.entries(macros).map(([name, value]) => `-D${name}=${value}`);
    const command = ["sh", "-c", enter, this.root, "varnishtest", "-t", "200", ...defined, inside];
    const { exitCode, all } = await execa("setpriv", [...apart, ...command], {
      all: true,
      reject: false,
      timeout: 240_000,
    });
    return exitCode === 0 ? undefined : all;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
