/** The provider resource itself: its arguments checked, compared and put to use. */

import type { CheckRequest, ConfigureRequest } from "@pulumi/pulumi/proto/provider_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import type { Log } from "../rpc/engine.ts";
import { decode, equal, type Properties, revealObject } from "../rpc/values.ts";
import { type Connection, loadConnection } from "./kubeconfig.ts";
import { newSession, type Session } from "./session.ts";
import { checkSettings, clusterChoice, clusterReplaces, readSettings } from "./settings.ts";

/** The process around a session. */
export interface Host {
  log: Log;
  signal: AbortSignal;
  session?: Session;
  /** Why there is no session: said when one is needed, not before. */
  problem?: string;
}

/** Refuses what only the official plugin can do. */
export function checkConfig(request: CheckRequest) {
  const failures = checkSettings(revealObject(decode(request.getNews()))).map(({ property, reason }) =>
    new provider.CheckFailure().setProperty(property).setReason(reason),
  );
  return new provider.CheckResponse().setInputs(request.getNews()).setFailuresList(failures);
}

/** Another cluster means other objects; any other change is only a setting. */
export function diffConfig(olds: Properties, news: Properties) {
  const before = revealObject(olds);
  const after = revealObject(news);
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => name !== "version" && !name.startsWith("__") && !equal(before[name], after[name]),
  );
  const { DIFF_NONE, DIFF_SOME } = provider.DiffResponse.DiffChanges;
  return new provider.DiffResponse()
    .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setDiffsList(changed)
    .setReplacesList(clusterReplaces(before, after));
}

/** Puts the arguments to use. A cluster that cannot be found is no error until something needs it. */
export function configure(host: Host, request: ConfigureRequest) {
  const args = revealObject(decode(request.getArgs()));
  try {
    const connection: Connection = loadConnection(clusterChoice(args));
    host.session = newSession(connection, readSettings(args, connection), host.log, host.signal);
  } catch (error) {
    host.problem = error instanceof Error ? error.message : String(error);
  }
  return new provider.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
}
