import { readFileSync, writeFileSync } from "node:fs";
import tls from "node:tls";
import { controlPlane, hostPorts, nodeExec } from "../../local/cluster/index.ts";
import { nodePath } from "../../local/cluster/layout.ts";
import { acmeRoot, page } from "../e2e/environment.ts";
import { type Finding, seconds } from "./findings.ts";
import { until } from "./kube.ts";

/** The ACME authority starts over with a new root: Traefik orders anew, and the chain is checked against that root. */
export async function certificateOrderedAnew(): Promise<Finding> {
  const old = await serial();
  const took = await newAuthority();
  const renewed = (await serial()) !== old;
  return {
    claim: "Certificate ordered anew by ACME",
    measured: `${renewed ? "a new one" : "still the old one"}, trusted under the authority's new root, after ${seconds(took)}`,
    sample: "1 restart of authority and Traefik",
    mark: "a new certificate, trusted",
    passed: renewed,
  };
}

/** Days a certificate of the authority is valid; Traefik renews in the last thirty. */
const shortLived = 20;

/** A certificate close to its end is renewed by Traefik with its own account, under the same root. */
export async function certificateRenewed(): Promise<Finding> {
  const file = nodePath(controlPlane, "etc", "pebble.json");
  const usual = readFileSync(file, "utf8");
  try {
    writeFileSync(file, withValidity(usual, shortLived * 24 * 3600));
    await newAuthority();
    const old = { serial: await serial(), root: acmeRoot() };
    // It looks for certificates to renew when it starts, and once a day.
    await nodeExec(controlPlane, ["pkill", "-x", "traefik"]);
    const took = await until("another certificate", 120, async () => (await serial()) !== old.serial).catch(
      () => undefined,
    );
    const sameRoot = acmeRoot() === old.root;
    return {
      claim: "Certificate renewed",
      measured: `${took === undefined ? "still the old one after 120 s" : `a new one ${seconds(took)} after Traefik looked`}, under ${sameRoot ? "the same root" : "another root"}`,
      sample: `1 certificate valid for ${shortLived} days, 1 start of Traefik`,
      mark: "a new certificate of the same authority",
      passed: took !== undefined && sameRoot && (await page("/")).status === 200,
    };
  } finally {
    writeFileSync(file, usual);
    await newAuthority();
  }
}

/** Starts the authority over, and with it Traefik; returns the seconds until there is a page under the new root. */
async function newAuthority(): Promise<number> {
  const old = acmeRoot();
  await nodeExec(controlPlane, ["pkill", "-x", "pebble"]);
  return until("a page under the new root", 120, async () => {
    // The old root stands until the new authority has published its own.
    return acmeRoot() !== old && (await page("/")).status === 200;
  });
}

/** The authority's configuration with certificates valid for this long. */
export function withValidity(config: string, validity: number): string {
  const parsed = JSON.parse(config);
  parsed.pebble.profiles.default.validityPeriod = validity;
  return JSON.stringify(parsed);
}

async function serial(): Promise<string> {
  return (await shownCertificate()).serialNumber;
}

/** The certificate the site shows, its chain checked against the authority's root. */
export function shownCertificate(): Promise<tls.PeerCertificate> {
  return new Promise((resolve, reject) => {
    const options = {
      host: "127.0.0.1",
      port: hostPorts.https,
      servername: "wordpress.localhost",
      ca: acmeRoot(),
    };
    const socket = tls.connect({ ...options, timeout: 10_000 });
    socket.on("secureConnect", () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.on("timeout", () => socket.destroy(new Error("no handshake within 10 s")));
    socket.on("error", reject);
  });
}
