/** Which of the stacks' routes a real Traefik takes from a real API server, by the class it is told to take. */
import { expect } from "chai";
import { waitUntil } from "../../local/toolchain/wait-until.ts";
import { renderStack } from "../../tools/render.ts";
import { readStackConfig } from "../../tools/stack-config.ts";
import { makeKinds } from "./api-server.ts";
import { cluster } from "./context.ts";
import "./hooks.ts";
import { startTraefik } from "./traefik.ts";

interface Router {
  name: string;
  provider: string;
  status: string;
}

/** A namespace for each class a route may be given. */
const classes = { "class-public": "public", "class-other": "other", "class-none": undefined };

describe("route.ingressClass", () => {
  before(async () => {
    const { kubectl } = await cluster();
    await makeKinds(kubectl, "traefik-crds.yaml");
    for (const [namespace, ingressClass] of Object.entries(classes)) {
      const stack = readStackConfig("dev");
      const route = { ...(stack.route as object), ...(ingressClass === undefined ? {} : { ingressClass }) };
      const items = (await renderStack({ ...stack, namespace, route })).filter(
        ({ apiVersion, kind }) => apiVersion.startsWith("traefik.io/") || /^(Namespace|Service)$/.test(kind),
      );
      const list = { apiVersion: "v1", kind: "List", items };
      await kubectl(["apply", "--server-side", "--validate=strict", "-f", "-"], list);
    }
  });

  after(async () => {
    const { kubectl } = await cluster();
    await kubectl(["delete", "namespace", "--wait=false", ...Object.keys(classes)]);
  });

  /** Namespaces whose routes Traefik has, and what is wrong with any of them. */
  async function taken(...flags: string[]): Promise<{ namespaces: string[]; broken: Router[] }> {
    const traefik = await startTraefik({
      flags: [
        ...["--entrypoints.web.address=127.0.0.1:0", "--entrypoints.websecure.address=127.0.0.1:0"],
        ...["--providers.kubernetescrd", "--providers.kubernetescrd.allowemptyservices", ...flags],
      ],
    });
    try {
      const routers = await waitUntil("Traefik's routes", 60, async () => {
        const all = await traefik.ask<Router[]>("http/routers?per_page=1000");
        const found = all.filter(({ provider }) => provider === "kubernetescrd");
        if (found.length === 0) throw new Error("none yet");
        return found;
      });
      const namespaces = routers.map(({ name }) => name.replace(/-wordpress-http.*/, ""));
      const broken = routers.filter(({ status }) => status !== "enabled");
      return { namespaces: [...new Set(namespaces)].sort(), broken };
    } finally {
      await traefik.stop();
    }
  }

  it("is what a Traefik with --providers.kubernetescrd.ingressclass takes, and nothing else", async () => {
    const found = await taken("--providers.kubernetescrd.ingressclass=public");
    expect(found).to.deep.equal({ namespaces: ["class-public"], broken: [] });
  });

  it("keeps a route from a Traefik that is told of no class", async () => {
    expect(await taken()).to.deep.equal({ namespaces: ["class-none"], broken: [] });
  });
});
