/** The real programs the engine tests drive: built by the toolchain, or taken from a folder given. */
import path from "node:path";
import { ensureTools, type ToolName } from "../../local/toolchain/tools.ts";

/** Paths by name. $ENGINE_TEST_BINARIES names a folder that has them all already. */
export async function binaries<Name extends ToolName>(names: Name[]): Promise<Record<Name, string>> {
  const folder = process.env.ENGINE_TEST_BINARIES;
  if (!folder) return ensureTools(names, (line) => process.stderr.write(`${String(line)}\n`));
  return Object.fromEntries(names.map((name) => [name, path.join(folder, name)])) as Record<Name, string>;
}
