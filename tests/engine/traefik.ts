import { execa } from "execa";
import { plainReport } from "../../local/toolchain/progress.ts";
import { ensureTools } from "../../local/toolchain/tools.ts";
import { freePorts } from "./api-server.ts";
import { cluster } from "./context.ts";

/** A Traefik on loopback that reads the control plane of the tests. */
export interface RunningTraefik {
  /** What its API says under a path such as `entrypoints`. */
  ask<T>(path: string): Promise<T>;
  stop(): Promise<void>;
}

/** What Traefik is started with, in any of its ways; its API's own address is given as flag and as variable. */
interface StartUp {
  flags?: string[];
  env?: Record<string, string>;
}

/** Starts Traefik; ended with this process, and after five minutes at the latest. */
export async function startTraefik({ flags = [], env = {} }: StartUp): Promise<RunningTraefik> {
  const { kubeconfig } = await cluster();
  const { traefik } = await ensureTools(["traefik"], plainReport());
  const [port] = await freePorts(1);
  const own = [
    `--entrypoints.traefik.address=127.0.0.1:${port}`,
    "--api.insecure",
    "--global.checknewversion=false",
  ];
  const ownVariables = {
    TRAEFIK_ENTRYPOINTS_TRAEFIK_ADDRESS: `127.0.0.1:${port}`,
    TRAEFIK_API_INSECURE: "true",
    TRAEFIK_GLOBAL_CHECKNEWVERSION: "false",
  };
  const running = execa(
    "setpriv",
    ["--pdeathsig", "KILL", traefik, ...(flags.length > 0 ? [...own, ...flags] : [])],
    {
      env: { KUBECONFIG: kubeconfig, ...(flags.length > 0 ? {} : ownVariables), ...env },
      reject: false,
      timeout: 300_000,
    },
  );
  return {
    ask: async <T>(path: string) =>
      (await fetch(`http://127.0.0.1:${port}/api/${path}`)).json() as Promise<T>,
    stop: async () => {
      running.kill();
      await running;
    },
  };
}
