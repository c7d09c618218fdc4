import { quote } from "../toolchain/process.ts";
import { addresses, nodePath, statePath } from "./layout.ts";
import { pkiPath } from "./pki.ts";

/** A program that a node's process 1 keeps running. */
export interface Daemon {
  readonly name: string;
  /** @default its name */
  readonly program?: string;
  /** Words before the options. @default none */
  readonly args?: readonly string[];
  /** `{ "log-level": 4 }` is the option `--log-level=4`. @default none */
  readonly options?: Readonly<Record<string, string | number | boolean>>;
  /** Environment on top of the node's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Shell lines run before each start of the program. */
  readonly before?: readonly string[];
}

/** Program and arguments of a daemon. */
export function commandOf({ name, program = name, args = [], options = {} }: Daemon): string[] {
  return [program, ...args, ...Object.entries(options).map(([option, value]) => `--${option}=${value}`)];
}

/** The script process 1 runs for a daemon. */
export function daemonScript(daemon: Daemon): string {
  const env = Object.entries(daemon.env ?? {}).map(([name, value]) => `export ${name}=${quote(value)}`);
  const command = `exec ${commandOf(daemon).map(quote).join(" ")}`;
  return [...env, ...(daemon.before ?? []), command, ""].join("\n");
}

/**
 * Shell lines that wait until the API server lets `system:<user>` read `path`, two minutes at most, more by the
 * node's PATIENCE. A program that starts earlier ends, or finds its peers refusing and tries again after longer and
 * longer pauses.
 */
export function untilReadable(user: string, path: string): string[] {
  const file = (ending: string) => pkiPath(`${user}.${ending}`);
  const keys = `cafile=${pkiPath("ca.crt")},cert=${file("crt")},key=${file("key")}`;
  const server = `OPENSSL:${addresses.controlPlane}:6443,commonname=kubernetes,${keys}`;
  const request = `printf 'GET %s HTTP/1.0\\r\\n\\r\\n' ${quote(path)} | socat -t 2 - ${quote(server)} 2> /dev/null`;
  return [
    `for _ in $(seq 400); do ${request} | grep -q '^HTTP/1.[01] 200' && break; sleep $((3 * PATIENCE))e-1; done`,
  ];
}

/**
 * socat for the way from the host into the cluster. A client that has said all it has to say still gets its answer;
 * 64 KiB at a time, because a page does not fit into the default of 8.
 */
export const relay = { program: "socat", args: ["-t", "30", "-b", "65536"] };

/** A Unix socket in the state folder that leads to a port of the control plane: sockets cross network namespaces. */
export function forwarder(name: string, port: number): Daemon {
  const target = `TCP:${addresses.controlPlane}:${port},nodelay`;
  return {
    name: `forward-${name}`,
    // Relative, because a socket's path has room for 107 characters only.
    before: [`cd ${quote(statePath("run"))}`],
    program: relay.program,
    args: [...relay.args, `UNIX-LISTEN:${name}.sock,fork,unlink-early,mode=600,backlog=512`, target],
  };
}

/** A file in a node's folder that a daemon reads. */
export function nodeFile(node: string, name: string): string {
  return nodePath(node, "etc", name);
}
