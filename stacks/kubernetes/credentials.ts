/** What a user of a kubeconfig presents to the API server. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { z } from "zod";
import type { Connection, User } from "./kubeconfig.ts";

/** Presented with every request. */
export interface Credentials {
  /** The Authorization header. */
  authorization?: string;
  /** Client certificate, PEM. */
  certificate?: string | Buffer;
  /** Its key, PEM. */
  key?: string | Buffer;
}

/** Credentials as the kubeconfig gives them, or as its credential plugin prints them until `signal` fires. */
export async function findCredentials(
  { user, cluster }: Connection,
  signal: AbortSignal,
): Promise<Credentials> {
  if (user.exec) return runPlugin(user.exec, cluster.server, signal);
  const token = user.tokenFile ? readFileSync(user.tokenFile, "utf8").trim() : user.token;
  return {
    authorization: token ? `Bearer ${token}` : basic(user),
    certificate: pem(user["client-certificate-data"], user["client-certificate"]),
    key: pem(user["client-key-data"], user["client-key"]),
  };
}

/** PEM text given inline in base64, or in a file. */
export function pem(inline: string | null | undefined, file: string | null | undefined): Buffer | undefined {
  if (inline) return Buffer.from(inline, "base64");
  return file ? readFileSync(file) : undefined;
}

function basic({ username, password }: User): string | undefined {
  return username ? `Basic ${Buffer.from(`${username}:${password ?? ""}`).toString("base64")}` : undefined;
}

/** client.authentication.k8s.io: what a plugin prints. */
const execCredential = z.object({
  status: z.object({
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
  }),
});

async function runPlugin(
  { apiVersion, command, args, env }: NonNullable<User["exec"]>,
  server: string,
  signal: AbortSignal,
): Promise<Credentials> {
  const request = { apiVersion, kind: "ExecCredential", spec: { interactive: false, cluster: { server } } };
  const own = Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]));
  const environment = { ...process.env, ...own, KUBERNETES_EXEC_INFO: JSON.stringify(request) };
  try {
    const { stdout } = await promisify(execFile)(command, args ?? [], { env: environment, signal });
    const { token, clientCertificateData, clientKeyData } = execCredential.parse(JSON.parse(stdout)).status;
    return {
      authorization: token === undefined ? undefined : `Bearer ${token}`,
      certificate: clientCertificateData,
      key: clientKeyData,
    };
  } catch (error) {
    const { stderr = "", code } = error as { stderr?: string; code?: string | number };
    // Neither its output nor the parser's complaint about it is shown: both may hold the token.
    const reason =
      stderr.trim() || (code === undefined ? "it printed no credentials" : `it ended with ${code}`);
    throw new Error(`the credential plugin ${command} failed: ${reason}`);
  }
}
