/** What every operation needs: the cluster, the settings, and somebody to talk to. */
import type { Log } from "../rpc/engine.ts";
import { Client } from "./client.ts";
import { Discovery } from "./discovery.ts";
import type { Connection } from "./kubeconfig.ts";
import type { Settings } from "./settings.ts";

/** One configured provider. */
export interface Session {
  client: Client;
  discovery: Discovery;
  settings: Settings;
  log: Log;
  /** Aborted when the engine cancels: waiting ends. */
  signal: AbortSignal;
  /** URNs that had a state when they were checked: a create of one of them is a replacement. */
  known: Set<string>;
  /** Long secrets of all resources seen so far: no message shows one of them. */
  secrets: Set<string>;
}

/** A session on one connection. */
export function newSession(
  connection: Connection,
  settings: Settings,
  log: Log,
  signal: AbortSignal,
): Session {
  const client = new Client(connection, signal);
  const discovery = new Discovery(client);
  return { client, discovery, settings, log, signal, known: new Set(), secrets: new Set() };
}
