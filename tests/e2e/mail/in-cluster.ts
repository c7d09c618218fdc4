import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { serverCertificate } from "../../../components/mysql/server-certificate.ts";
import { kubectl } from "../../../local/cluster/kubectl.ts";
import { addresses, controlPlane } from "../../../local/cluster/layout.ts";
import { nodeInit } from "../../../local/cluster/processes.ts";
import type { Settings } from "../../proof/up.ts";
import type { Mail } from "./server.ts";

/** What the process is told: at first everything, later another password. */
export interface Orders {
  certificate: string;
  privateKey: string;
  port: number;
  login: { user: string; password: string };
}

const name = { name: "smtp", namespace: "default" };
const host = `${name.name}.${name.namespace}.svc`;
const port = 587;
const secretName = "test-smtp";

/** A mail server beside the control plane, as somebody else's outside the pod network, under a Service's name. */
export class ClusterMailServer {
  readonly mails: Mail[] = [];
  /** What a stack is told of it. */
  readonly settings: Settings;
  private readonly process: ChildProcess;
  private readonly orders: Orders;

  private constructor(child: ChildProcess, orders: Orders, certificateAuthority: string) {
    this.process = child;
    this.orders = orders;
    const fromAddress = "blog@example.com";
    const cidrs = [`${addresses.controlPlane}/32`];
    const { user } = orders.login;
    this.settings = { host, user, secretName, fromAddress, certificateAuthority, cidrs };
    child.on("message", (message: { mail?: Mail }) => message.mail && this.mails.push(message.mail));
  }

  static async start(): Promise<ClusterMailServer> {
    const { authority, certificate, privateKey } = await serverCertificate("a mail server", [host]);
    const login = { user: "blog", password: "the mail server's password" };
    await kubectl(["apply", "-f", "-"], { input: JSON.stringify(objects(login.password)) });
    const program = [process.execPath, ...process.execArgv, path.join(import.meta.dirname, "process.ts")];
    const child = spawn("nsenter", ["-t", `${nodeInit(controlPlane)}`, "--net", ...program], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const server = new ClusterMailServer(child, { certificate, privateKey, port, login }, authority);
    await server.tell();
    return server;
  }

  /** From now on the server takes this password only. */
  async acceptPassword(password: string): Promise<void> {
    this.orders.login.password = password;
    await this.tell();
  }

  async stop(): Promise<void> {
    this.process.kill();
    const { namespace } = name;
    await kubectl(["-n", namespace, "delete", "service,endpointslice", name.name]);
    await kubectl(["-n", "kube-example", "delete", "secret", secretName]);
  }

  private async tell(): Promise<void> {
    this.process.send(this.orders);
    await once(this.process, "message", { signal: AbortSignal.timeout(20_000) });
  }
}

function objects(password: string): object {
  const ports = [{ name: "smtp", port }];
  const labels = { "kubernetes.io/service-name": name.name };
  const metadata = { name: secretName, namespace: "kube-example" };
  return {
    apiVersion: "v1",
    kind: "List",
    items: [
      { apiVersion: "v1", kind: "Service", metadata: name, spec: { ports } },
      {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { ...name, labels },
        addressType: "IPv4",
        endpoints: [{ addresses: [addresses.controlPlane] }],
        ports,
      },
      { apiVersion: "v1", kind: "Secret", metadata, stringData: { password } },
    ],
  };
}
