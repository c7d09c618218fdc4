/** What the preflight reads of Traefik's start-up, and what the last step makes of its answers, by a real Traefik. */
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { waitUntil } from "../../local/toolchain/wait-until.ts";
import { Cluster } from "../../stacks/preflight/cluster.ts";
import { startUpOptions } from "../../stacks/preflight/start-up.ts";
import { namesIn } from "../../stacks/preflight/traefik.ts";
import { verdictOn } from "../../stacks/verify/verdict.ts";
import { renderStack } from "../../tools/render.ts";
import { readStackConfig } from "../../tools/stack-config.ts";
import { freePorts, makeKinds } from "./api-server.ts";
import { cluster } from "./context.ts";
import "./hooks.ts";
import { temporaryFolder } from "./temporary.ts";
import { startTraefik } from "./traefik.ts";

interface EntryPoint {
  name: string;
}

describe("Traefik as the way in", () => {
  describe("has the entry points the preflight reads of its pods", () => {
    /** Names the preflight reads of a pod with these words and this file. */
    async function read(args: string[], env: Record<string, string> = {}, file?: string): Promise<string[]> {
      const at = path.dirname(file ?? "/none");
      const container = {
        image: "traefik",
        args,
        env: Object.entries(env).map(([name, value]) => ({ name, value })),
        volumeMounts: [{ name: "config", mountPath: at }],
      };
      const get = async () => ({ data: { "traefik.yaml": startUpFile } });
      const spec = { containers: [container], volumes: [{ name: "config", configMap: { name: "config" } }] };
      const pod = { metadata: { name: "traefik-1", namespace: "traefik" }, spec };
      return namesIn("entrypoints", (await startUpOptions(pod, new Cluster({ get }))) ?? new Map()).sort();
    }

    /** Names Traefik itself has. */
    async function had(startUp: Parameters<typeof startTraefik>[0]): Promise<string[]> {
      const traefik = await startTraefik(startUp);
      try {
        const points = await waitUntil("Traefik", 60, () => traefik.ask<EntryPoint[]>("entrypoints"));
        return points
          .map(({ name }) => name)
          .filter((name) => name !== "traefik")
          .sort();
      } finally {
        await traefik.stop();
      }
    }

    const startUpFile = "entryPoints:\n  Public: { address: '127.0.0.1:0' }\n";

    it("by flags, as they are written", async () => {
      const flags = ["--entryPoints.WebSecure.address=127.0.0.1:0", "--ENTRYPOINTS.web.address=127.0.0.1:0"];
      expect(await read(flags)).to.deep.equal(["WebSecure", "web"]);
      expect(await had({ flags })).to.deep.equal(["WebSecure", "web"]);
    });

    it("by variables, in lower case", async () => {
      const env = { TRAEFIK_ENTRYPOINTS_WebSecure_ADDRESS: "127.0.0.1:0" };
      expect(await read([], env)).to.deep.equal(["websecure"]);
      expect(await had({ env })).to.deep.equal(["websecure"]);
    });

    it("by a file, and then not by flags", async () => {
      const folder = temporaryFolder("traefik");
      const file = path.join(folder, "traefik.yaml");
      const [port] = await freePorts(1);
      writeFileSync(
        file,
        `${startUpFile}  traefik: { address: '127.0.0.1:${port}' }\napi: { insecure: true }\n`,
      );
      const flags = [`--configFile=${file}`, "--entryPoints.web.address=127.0.0.1:0"];
      const traefik = await startTraefik({ flags });
      try {
        const points = await waitUntil("Traefik", 60, async () => {
          const answer = await fetch(`http://127.0.0.1:${port}/api/entrypoints`);
          return (await answer.json()) as EntryPoint[];
        });
        expect(points.map(({ name }) => name).sort()).to.deep.equal(["Public", "traefik"]);
        expect(await read(flags, {}, file)).to.deep.equal(["Public"]);
      } finally {
        await traefik.stop();
        rmSync(folder, { recursive: true });
      }
    });
  });

  describe("is known by the last step", () => {
    /** Namespaces, each with a site whose certificate comes from there; the resolver is not Traefik's. */
    const sources = {
      "way-in": { source: "default" },
      "way-in-acme": { source: "certResolver", certResolver: "nobody" },
    };
    let port: number;
    let traefik: Awaited<ReturnType<typeof startTraefik>>;

    before(async () => {
      const { kubectl } = await cluster();
      await makeKinds(kubectl, "traefik-crds.yaml");
      for (const [namespace, tls] of Object.entries(sources)) {
        const site = { url: `https://${namespace}.localhost` };
        const stack = { ...readStackConfig("dev"), namespace, site, route: { tls } };
        const items = (await renderStack(stack)).filter(
          ({ apiVersion, kind }) =>
            apiVersion.startsWith("traefik.io/") || /^(Namespace|Service)$/.test(kind),
        );
        const list = { apiVersion: "v1", kind: "List", items };
        await kubectl(["apply", "--server-side", "--validate=strict", "-f", "-"], list);
      }
      [port = 0] = await freePorts(1);
      const web = [
        "--entrypoints.web.address=127.0.0.1:0",
        `--entrypoints.websecure.address=127.0.0.1:${port}`,
      ];
      const provider = ["--providers.kubernetescrd", "--providers.kubernetescrd.allowemptyservices"];
      traefik = await startTraefik({ flags: [...web, ...provider] });
      await waitUntil("Traefik's routes", 60, async () => {
        const routers = await traefik.ask<EntryPoint[]>("http/routers?per_page=1000");
        return Object.keys(sources).every((namespace) =>
          routers.some(({ name }) => name.startsWith(`${namespace}-wordpress-https`)),
        );
      });
    });

    after(async () => {
      await traefik?.stop();
      await (await cluster()).kubectl(["delete", "namespace", "--wait=false", ...Object.keys(sources)]);
    });

    const reasonOn = async (host: string, source: "certResolver" | "default") => {
      const verdict = await verdictOn(new URL(`https://${host}:${port}`), source);
      return "reason" in verdict ? `${verdict.is}: ${verdict.reason}` : verdict.is;
    };

    it("by its refusal of a host it has no certificate for, which the route asks for", async () => {
      expect(await reasonOn("way-in-acme.localhost", "certResolver")).to.match(
        /^failing: no TLS comes about: .*(alert|unrecognized name).*, as by a Traefik that has no certificate/,
      );
    });

    it("by its own certificate, where it does not have the route yet", async () => {
      expect(await reasonOn("elsewhere.localhost", "certResolver")).to.match(
        /^failing: Traefik shows its own certificate and not that of route\.tls\.source certResolver/,
      );
    });

    it("by its own 404, where it has no route", async () => {
      expect(await reasonOn("elsewhere.localhost", "default")).to.match(/^failing: Traefik answers 404/);
    });

    it("by its 503, where the route leads to no pod", async () => {
      expect(await reasonOn("way-in.localhost", "default")).to.equal(
        "failing: the answer is 503 (no available server)",
      );
    });
  });
});
