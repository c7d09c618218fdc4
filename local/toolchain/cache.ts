import { createHash, randomUUID } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { rename } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

/**
 * The folder for everything made at run time: `$WORDPRESS_KUBERNETES_CACHE`, else
 * `$XDG_CACHE_HOME/wordpress-kubernetes`, else `~/.cache/wordpress-kubernetes`.
 */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env.WORDPRESS_KUBERNETES_CACHE) return path.resolve(env.WORDPRESS_KUBERNETES_CACHE);
  // The XDG specification says to ignore a relative path.
  const base = env.XDG_CACHE_HOME?.startsWith("/") ? env.XDG_CACHE_HOME : path.join(os.homedir(), ".cache");
  return path.join(base, "wordpress-kubernetes");
}

/** A path under {@link cacheDir}; nothing is created. */
export function cachePath(...segments: string[]): string {
  return path.join(cacheDir(), ...segments);
}

/**
 * A path under the folder of the embedded cluster and its stacks' state: `$WORDPRESS_KUBERNETES_DATA`, by default the
 * cache. Tests have one of their own, so that they share what is built and nothing else.
 */
export function dataPath(...segments: string[]): string {
  return path.join(path.resolve(process.env.WORDPRESS_KUBERNETES_DATA || cacheDir()), ...segments);
}

/** A folder under {@link cacheDir}, created when missing. */
export function cacheFolder(...segments: string[]): string {
  const folder = cachePath(...segments);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * Names a thing by what it is built from: the first 16 hex digits of the sha256 over the parts. Each part is
 * preceded by its length, so that moving a character from one part to the next changes the key.
 */
export function contentKey(parts: readonly (string | Buffer)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("hex").slice(0, 16);
}

/**
 * Makes `target`, a file or a folder, all or nothing: `create` makes it under a temporary name beside it, which is
 * then renamed. Whoever sees `target` sees it complete, also after a kill in the middle.
 */
export async function createAtomically(
  target: string,
  create: (draft: string) => Promise<void>,
): Promise<void> {
  mkdirSync(path.dirname(target), { recursive: true });
  const draft = `${target}${draftMark}${randomUUID()}`;
  try {
    await create(draft);
    await rename(draft, target).catch((error: unknown) => {
      // Another run was quicker: both made the same thing.
      if (!existsSync(target)) throw error;
    });
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

const draftMark = ".tmp-";

/** Removes what killed runs left half made in a folder of the cache, for whoever holds the lock on making there. */
export function removeDrafts(folder: string): void {
  for (const name of readdirSync(folder).filter((entry) => entry.includes(draftMark))) {
    rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}

/**
 * Removes the thing called `name` under other keys than the one kept. What is younger than a day stays: another
 * checkout may be using it.
 */
export function pruneOld(folder: string, name: string, keep: string): void {
  const dayAgo = Date.now() - 24 * 3600 * 1000;
  const ours = new RegExp(`^${name}-[0-9a-f]{16}(\\.tar)?$`);
  for (const entry of readdirSync(folder)) {
    const full = path.join(folder, entry);
    if (entry === keep || !ours.test(entry) || lstatSync(full).mtimeMs > dayAgo) continue;
    rmSync(full, { recursive: true, force: true });
  }
}
