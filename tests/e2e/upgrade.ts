import { seenDuring, settled } from "../proof/kube.ts";
import { type LoadResult, underLoad } from "../proof/load.ts";
import { steady } from "../proof/rollout.ts";
import { merged, mustUp, type Settings } from "../proof/up.ts";
import { freshPage, inWordPress } from "./environment.ts";

/** The versions of which a page's first file and its last are; of the first image's the last does not say so. */
export async function versionsOfAPage(): Promise<string> {
  const { status, body, headers } = await freshPage("/");
  const [, generator] = /content="WordPress ([^"]+)"/.exec(body) ?? [];
  return `${status}: ${generator}, ${headers["x-late"] ?? "first"}`;
}

/** What visitors got while an `up` with other settings was under way, and the kinds of pages among it. */
export async function updatedUnderLoad(settings: Settings): Promise<{ load: LoadResult; pages: string[] }> {
  let pages: string[] = [];
  const update = async () => {
    await mustUp(merged(steady, settings));
    await settled();
  };
  const load = await underLoad(async () => {
    pages = [...(await seenDuring(versionsOfAPage, update, 50)), await versionsOfAPage()];
  });
  return { load, pages: [...new Set(pages)] };
}

/** Runs PHP in WordPress, in one of the site's pods. */
export function php(code: string): Promise<string> {
  return inWordPress("php", "-r", `require '/var/www/html/wp-load.php'; ${code}`);
}

export const schemaVersion = "echo get_option('db_version');";

/** Lets the database be as in a backup that an older version has made. */
export function setSchemaBack(version: string): Promise<string> {
  return php(`update_option('db_version', ${version}); delete_option('upgraded_to');`);
}
