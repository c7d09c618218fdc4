import tls from "node:tls";
import { hostPorts, nodeExec } from "../../local/cluster/index.ts";
import { acmeRoot, page } from "../e2e/environment.ts";
import { type Finding, seconds } from "./findings.ts";
import { until } from "./kube.ts";

/** The ACME authority starts over with a new root: Traefik orders anew, and the chain is checked against that root. */
export async function certificateOrderedAnew(): Promise<Finding> {
  const old = { root: acmeRoot(), serial: await serial() };
  await nodeExec("control-plane", ["pkill", "-x", "pebble"]);
  const took = await until("a page under the new root", 120, async () => {
    // The old root stands until the new authority has published its own.
    return acmeRoot() !== old.root && (await page("/")).status === 200;
  });
  const renewed = (await serial()) !== old.serial;
  return {
    claim: "Certificate ordered anew by ACME",
    measured: `${renewed ? "a new one" : "still the old one"}, trusted under the authority's new root, after ${seconds(took)}`,
    sample: "1 restart of authority and Traefik",
    mark: "new certificate within 60 s",
    passed: renewed && took <= 60,
  };
}

/** Serial number of the certificate the site shows, its chain checked. */
function serial(): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      host: "127.0.0.1",
      port: hostPorts.https,
      servername: "wordpress.localhost",
      ca: acmeRoot(),
    };
    const socket = tls.connect({ ...options, timeout: 10_000 });
    socket.on("secureConnect", () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on("timeout", () => socket.destroy(new Error("no handshake within 10 s")));
    socket.on("error", reject);
  });
}
