import { existsSync, readFileSync } from "node:fs";
import tls from "node:tls";

/**
 * Certificate authorities to trust, PEM: Mozilla's, which is all that Node knows by itself, the system's where Node can
 * read them (from 22.15 on), and those of NODE_EXTRA_CA_CERTS, which Node looks at when it starts only.
 */
export function knownAuthorities(): string[] {
  const system: string[] = tls.getCACertificates?.("system") ?? [];
  const { NODE_EXTRA_CA_CERTS: file } = process.env;
  const extra = file && existsSync(file) ? [readFileSync(file, "utf8")] : [];
  return [...tls.rootCertificates, ...system, ...extra];
}
