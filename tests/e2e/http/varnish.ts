import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pageCacheVcl } from "../../../components/page-cache/vcl.ts";
import { unpackImage } from "../image-root.ts";
import type { Server } from "./stage.ts";

/** Port the cache listens on. */
export const cachePort = 8080;

/** The page cache in front of a server on port 80. */
export class Varnish {
  private readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  static async unpack(): Promise<Varnish> {
    const root = await unpackImage("localhost/varnish:7.7", "varnish");
    const vcl = pageCacheVcl({
      host: "127.0.0.1",
      port: 80,
      site: "blog.example.com:8443",
      ttlSeconds: 60,
      graceSeconds: 60,
      staleIfErrorSeconds: 60,
      noncePageSeconds: 4,
      longestRequestSeconds: 30,
      maxObjectBytes: 1_000_000,
      passCookies: [],
      passPaths: [],
      tokenFile: "/token",
    });
    writeFileSync(path.join(root, "page-cache.vcl"), vcl);
    writeFileSync(path.join(root, "token"), "7".repeat(64));
    writeFileSync(path.join(root, "etc/hosts"), "127.0.0.1 localhost\n");
    return new Varnish(root);
  }

  get server(): Server {
    const memory = ["-s", "default=malloc,64M", "-s", "Transient=malloc,64M"];
    const command = ["varnishd", "-F", "-n", "/tmp/varnish", "-f", "/page-cache.vcl", "-a", `:${cachePort}`];
    const ready = { url: `http://127.0.0.1:${cachePort}/-/cache-ready` };
    return { root: this.root, command: [...command, ...memory], ready };
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
