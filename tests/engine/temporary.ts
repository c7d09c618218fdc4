/** Temporary folders that do not outlive the run that made them for long, even if it was killed. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const PREFIX = "engine-tests-";
const OURS = new RegExp(`^${PREFIX}(\\d+)-`);

/** Makes a folder that carries this process' ID, after removing those of processes that are gone. */
export function temporaryFolder(purpose: string): string {
  for (const name of readdirSync(tmpdir())) {
    const owner = OURS.exec(name)?.[1];
    if (owner && !existsSync(`/proc/${owner}`))
      rmSync(path.join(tmpdir(), name), { recursive: true, force: true });
  }
  return mkdtempSync(path.join(tmpdir(), `${PREFIX}${process.pid}-${purpose}-`));
}
