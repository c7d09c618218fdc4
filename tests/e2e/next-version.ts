import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";

/** What {@link makeNextVersion} has done, by paths within the tree. */
export interface NextVersion {
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

const includes = (file: string) => `wp-includes/${file}`;
const moved = includes("https-migration.php");
const added = includes("next-version.php");

/**
 * Makes a WordPress tree the next version of itself, as releases are: functions move from one file to another, which is
 * then gone; a new file has a function that is called at the end of every page; a file beside the folders is dropped;
 * the schema has a new column and a step of its own. A page says by its generator which version its first file is of,
 * and by the header `X-Late` which its last.
 */
export function makeNextVersion(tree: string, version: string): NextVersion {
  const changed = new Set<string>();
  const at = (file: string) => path.join(tree, file);
  const read = (file: string) => readFileSync(at(file), "utf8");
  const write = (file: string, text: string) => {
    // No time tells that the file is another one: images whose times are all the same do not either.
    const { atime, mtime } = statSync(at(includes("version.php")));
    writeFileSync(at(file), text);
    utimesSync(at(file), atime, mtime);
    changed.add(file);
  };
  const edit = (file: string, pattern: RegExp, by: string) => {
    const text = read(file);
    if (!pattern.test(text)) throw new Error(`${file} has nothing like ${pattern}`);
    write(
      file,
      text.replace(pattern, () => by),
    );
  };
  const [, schema] = /\$wp_db_version = (\d+);/.exec(read(includes("version.php"))) ?? [];
  const next = Number(schema) + 1;
  const name = version.replaceAll(".", "_");
  const removed = [moved, "wp-links-opml.php"];

  edit(includes("version.php"), /\$wp_version = '[^']+'/, `$wp_version = '${version}'`);
  edit(includes("version.php"), /\$wp_db_version = \d+/, `$wp_db_version = ${next}`);
  write(added, `<?php\nfunction mark_${name}() { header('X-Late: ${version}'); }\n`);
  edit(includes("template-loader.php"), /^<\?php/, `<?php\nmark_${name}();`);
  write(
    includes("https-detection.php"),
    read(includes("https-detection.php")) + read(moved).replace("<?php", ""),
  );
  edit(
    "wp-settings.php",
    /require.*https-migration\.php';/,
    "require ABSPATH . WPINC . '/next-version.php';",
  );
  edit(
    "wp-admin/includes/update-core.php",
    /\$_old_files = array\(/,
    `$_old_files = array(\n${removed.map((file) => `\t'${file}',\n`).join("")}`,
  );
  edit(
    "wp-admin/includes/schema.php",
    /link_rss varchar/,
    `link_${name} varchar(20) NOT NULL default '',\n\tlink_rss varchar`,
  );
  edit(
    "wp-admin/includes/upgrade.php",
    /\tmaybe_disable_link_manager\(\);/,
    `\tif ( $wp_current_db_version < ${next} ) update_option( 'upgraded_to', '${version}' );\n\n\tmaybe_disable_link_manager();`,
  );
  for (const file of removed) rmSync(at(file));
  return { changed: [...changed], removed };
}
