/** `pulumi.com/replaceUnready`: a Job that did not complete is made anew, since it never runs again by itself. */
import { jobVerdict } from "./await/workloads.ts";
import { ApiError } from "./client.ts";
import { annotation, idOf, type KubeObject, parseId } from "./objects.ts";
import type { Session } from "./session.ts";

/** The property the engine is told to replace for. */
export const REPLACE_UNREADY = 'metadata.annotations["pulumi.com/replaceUnready"]';

/** True for a live Job that asks for it and is not complete. An object that cannot be read counts as ready. */
export async function isUnreadyJob(session: Session, stored: KubeObject, news: KubeObject): Promise<boolean> {
  if (news.kind !== "Job" || annotation(news, "replaceUnready") !== "true") return false;
  const { namespace, name } = parseId(idOf(stored));
  const target = { apiVersion: news.apiVersion, kind: "Job", metadata: { namespace, name } };
  try {
    const path = await session.discovery.path(target);
    return jobVerdict(await session.client.json({ method: "GET", path })).state !== "ready";
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}
