import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/**
 * Gives each test of a suite a cache folder of its own; call it inside `describe`. The folder's parent is the test's,
 * too.
 */
export function useTemporaryCache(): () => string {
  const outer = process.env.WORDPRESS_KUBERNETES_CACHE;
  let folder = "";
  beforeEach(() => {
    folder = path.join(mkdtempSync(path.join(os.tmpdir(), "toolchain-test-")), "cache");
    mkdirSync(folder);
    process.env.WORDPRESS_KUBERNETES_CACHE = folder;
  });
  afterEach(() => {
    rmSync(path.dirname(folder), { recursive: true, force: true });
    if (outer === undefined) delete process.env.WORDPRESS_KUBERNETES_CACHE;
    else process.env.WORDPRESS_KUBERNETES_CACHE = outer;
  });
  return () => folder;
}
