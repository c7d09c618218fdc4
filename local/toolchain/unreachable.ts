import { existsSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { cacheFolder } from "./cache.ts";

/** How long a failed download is not tried again, in milliseconds: a day. */
const validity = 24 * 3600 * 1000;

/** Whether an official download failed within the last day. */
export function isUnreachable(what: string): boolean {
  const file = markOf(what);
  return existsSync(file) && Date.now() - statSync(file).mtimeMs < validity;
}

/** Remembers a failed download; `npm start` then does not wait for it each time. */
export function rememberUnreachable(what: string): void {
  writeFileSync(markOf(what), "Delete this file to try the official download again before a day is over.\n");
}

function markOf(what: string): string {
  return path.join(cacheFolder("pulumi"), `${what}-unreachable`);
}
