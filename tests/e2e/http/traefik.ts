import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { TraefikRoute, type TraefikRouteArgs } from "../../../components/traefik-route/index.ts";
import { withProgress } from "../../../local/toolchain/progress.ts";
import { ensureTools } from "../../../local/toolchain/tools.ts";
import { type Manifest, record } from "../../unit/components/harness.ts";
import type { Server } from "./stage.ts";

/**
 * Traefik with a route's objects. It is given them as a file, where Middlewares and rules are called the same, so that no
 * API server has to be there.
 */
export class Traefik {
  private readonly program: string;
  private readonly folder = mkdtempSync(path.join(os.tmpdir(), "traefik-test-"));

  private constructor(program: string) {
    this.program = program;
  }

  static async find(): Promise<Traefik> {
    const { traefik } = await withProgress("Traefik", (report) => ensureTools(["traefik"], report));
    return new Traefik(traefik);
  }

  /**
   * @param backend the port of what is behind it, or the addresses of several
   * @param trusted whether it takes a client's word for the scheme
   */
  async server(
    backend: number | readonly string[],
    changes: Partial<TraefikRouteArgs> = {},
    trusted = true,
  ): Promise<Server> {
    const service = { name: "site", port: 80 };
    const args = { namespace: "blog", url: "https://blog.example.com:8443", service, ...changes };
    const { resources } = await record(() => new TraefikRoute("route", args));
    const file = path.join(this.folder, "routes.yml");
    writeFileSync(
      file,
      JSON.stringify(
        fileOf(
          resources.map(({ inputs }) => inputs),
          typeof backend === "number" ? [`http://127.0.0.1:${backend}`] : backend,
        ),
      ),
    );
    const flags = [
      "--entrypoints.web.address=:8000",
      "--entrypoints.websecure.address=:8443",
      ...(trusted ? ["--entrypoints.web.forwardedHeaders.trustedIPs=127.0.0.1/32"] : []),
      `--providers.file.filename=${file}`,
      "--global.checknewversion=false",
    ];
    const ready = { url: "https://127.0.0.1:8443/.htaccess", headers: { host: "blog.example.com:8443" } };
    return { command: [this.program, ...flags], ready };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** What Traefik's file provider takes for these Kubernetes objects. */
function fileOf(objects: Manifest[], addresses: readonly string[]) {
  const ofKind = (kind: string) => objects.filter((object) => object.kind === kind);
  const routers = ofKind("IngressRoute").flatMap(({ metadata, spec }) =>
    spec.routes.map(({ match, priority, middlewares }: Manifest, index: number) => [
      `${metadata.name}-${index}`,
      {
        entryPoints: spec.entryPoints,
        rule: match,
        priority,
        middlewares: middlewares.map(({ name }: { name: string }) => name),
        service: "site",
        ...(spec.tls ? { tls: {} } : {}),
      },
    ]),
  );
  const named = (kind: string) =>
    Object.fromEntries(ofKind(kind).map(({ metadata, spec }) => [metadata.name, spec]));
  const [{ serversTransport, strategy }] = ofKind("IngressRoute").flatMap(
    ({ spec }) => spec.routes[0].services,
  );
  const servers = addresses.map((url) => ({ url }));
  return {
    http: {
      routers: Object.fromEntries(routers),
      middlewares: named("Middleware"),
      serversTransports: named("ServersTransport"),
      services: { site: { loadBalancer: { serversTransport, strategy, servers } } },
    },
  };
}
