/** Credentials for one request, refreshed when they have to be. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { asObject, dig } from "../rpc/values.ts";
import type { Connection, ExecPlugin } from "./kubeconfig.ts";

const EXEC_TIMEOUT_MS = 60_000;
/** Ask again a little before the credential runs out. */
const EARLY_MS = 30_000;

/** What a request presents. */
export interface Credentials {
  authorization?: string | undefined;
  certificate?: Buffer | undefined;
  key?: Buffer | undefined;
}

/** Gives the credentials of the connection's user; `renew` drops what an exec plugin gave before. */
export type CredentialSource = (renew?: boolean) => Promise<Credentials>;

/** The source of credentials for a connection. */
export function credentialSource(connection: Connection): CredentialSource {
  const { certificate, key, token, tokenFile, basic, exec } = connection;
  if (exec) return execSource(exec, connection.server);
  return async () => {
    const bearer = tokenFile ? readFileSync(tokenFile, "utf8").trim() : token;
    const login = basic ? Buffer.from(`${basic.username}:${basic.password}`).toString("base64") : undefined;
    const authorization = bearer ? `Bearer ${bearer}` : login ? `Basic ${login}` : undefined;
    return { authorization, certificate, key };
  };
}

function execSource(plugin: ExecPlugin, server: string): CredentialSource {
  let current: Promise<{ credentials: Credentials; expires: number }> | undefined;
  return async (renew = false) => {
    if (renew || (current && (await current).expires - EARLY_MS < Date.now())) current = undefined;
    current ??= runPlugin(plugin, server);
    try {
      return (await current).credentials;
    } catch (error) {
      current = undefined;
      throw error;
    }
  };
}

async function runPlugin(
  plugin: ExecPlugin,
  server: string,
): Promise<{ credentials: Credentials; expires: number }> {
  const info = {
    apiVersion: plugin.apiVersion,
    kind: "ExecCredential",
    spec: { interactive: false, cluster: { server } },
  };
  const output = await new Promise<string>((resolve, reject) => {
    const options = {
      timeout: EXEC_TIMEOUT_MS,
      env: { ...process.env, ...plugin.env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
    };
    const child = execFile(plugin.command, plugin.args, options, (error, stdout, stderr) => {
      if (error)
        reject(
          new Error(`the credential plugin ${plugin.command} failed: ${stderr.trim() || error.message}`),
        );
      else resolve(stdout);
    });
    child.stdin?.end(); // nobody will answer a question
  });
  return parseExecCredential(output, plugin.command);
}

/** Reads what a credential plugin printed. */
export function parseExecCredential(
  output: string,
  command: string,
): { credentials: Credentials; expires: number } {
  let status: Record<string, unknown>;
  try {
    status = asObject(dig(JSON.parse(output), "status"));
  } catch {
    throw new Error(`the credential plugin ${command} did not print an ExecCredential`);
  }
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = status;
  if (!token && !clientCertificateData)
    throw new Error(`the credential plugin ${command} gave neither token nor certificate`);
  return {
    credentials: {
      authorization: token ? `Bearer ${String(token)}` : undefined,
      certificate: clientCertificateData ? Buffer.from(String(clientCertificateData)) : undefined,
      key: clientKeyData ? Buffer.from(String(clientKeyData)) : undefined,
    },
    expires: expirationTimestamp ? Date.parse(String(expirationTimestamp)) : Number.POSITIVE_INFINITY,
  };
}
