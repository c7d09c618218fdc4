/** A comparison as the engine wants it. */

import type { DiffRequest, DiffResponse } from "@pulumi/pulumi/proto/provider_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import { typeOf } from "../rpc/urn.ts";
import { decode } from "../rpc/values.ts";
import { type Change, type Comparison, compare } from "./diff.ts";
import { isPatchOf } from "./objects.ts";
import { isUnreadyJob, REPLACE_UNREADY } from "./replace-unready.ts";
import type { Session } from "./session.ts";
import { parseState, toObject } from "./state.ts";

const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = provider.PropertyDiff.Kind;
const KINDS: Record<Change["kind"], [number, number]> = {
  add: [ADD, ADD_REPLACE],
  delete: [DELETE, DELETE_REPLACE],
  update: [UPDATE, UPDATE_REPLACE],
};

/** Compares the stored state of the request with its new inputs. */
export async function diff(session: Session, request: DiffRequest): Promise<DiffResponse> {
  // After an update that failed half-way the engine keeps the older inputs; the state knows what was applied.
  const stored = parseState(decode(request.getOlds()), decode(request.getOldInputs()));
  const news = toObject(decode(request.getNews()));
  const kind = await session.discovery.kindIfServed(news);
  const comparison = compare(stored, news, {
    ...session.settings,
    namespaced: kind?.namespaced ?? true,
    ignoreChanges: request.getIgnorechangesList(),
    isPatch: isPatchOf(typeOf(request.getUrn()), news),
  });
  if (await isUnreadyJob(session, stored.live, news)) {
    comparison.changes.set(REPLACE_UNREADY, { kind: "update", replace: true });
    comparison.deleteBeforeReplace = true;
  }
  return response(comparison);
}

function response({ changes, deleteBeforeReplace }: Comparison): DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = provider.DiffResponse.DiffChanges;
  const answer = new provider.DiffResponse()
    .setChanges(changes.size > 0 ? DIFF_SOME : DIFF_NONE)
    .setDeletebeforereplace(deleteBeforeReplace)
    .setHasdetaileddiff(true);
  const detailed = answer.getDetaileddiffMap();
  for (const [path, change] of changes) {
    const kind = KINDS[change.kind][change.replace ? 1 : 0] as provider.PropertyDiff.Kind;
    detailed.set(path, new provider.PropertyDiff().setKind(kind).setInputdiff(true));
    answer.addDiffs(path);
    if (change.replace) answer.addReplaces(path);
  }
  return answer;
}
