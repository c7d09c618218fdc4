import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { cp } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parse } from "yaml";
import { k3sContext } from "./k3s.ts";
import { createAtomically, dataPath } from "./toolchain/cache.ts";

/** Where the engine keeps what it knows of stacks. */
export interface State {
  /** Folder of the project file and, where the engine keeps its state in files, of those. */
  readonly folder: string;
  /** Added to the environment of the engine. */
  readonly env: Record<string, string>;
}

/**
 * The state of the stacks on a cluster. That of a cluster made here is deleted with it. That of another cluster, one
 * folder for each context, is in the user's folder for such things, where no command of this project deletes it; a
 * backend or a passphrase that the environment names is used instead.
 * @param context of the user's kubeconfig; undefined for the embedded cluster
 */
export function stateOf(context: string | undefined, environment = process.env): State {
  const own = context === undefined || context === k3sContext;
  // The engine prefers it to our file, and could not read its own state where it is not set.
  if (own) delete environment.PULUMI_CONFIG_PASSPHRASE;
  const folder = stateFolder(context, environment);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const { PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE } = environment;
  const passphrase = own || (PULUMI_CONFIG_PASSPHRASE ?? PULUMI_CONFIG_PASSPHRASE_FILE) === undefined;
  return {
    folder,
    env: {
      ...(own || PULUMI_BACKEND_URL === undefined ? { PULUMI_BACKEND_URL: `file://${folder}` } : {}),
      ...(passphrase ? { PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile(folder) } : {}),
    },
  };
}

/**
 * Refuses a stack's name that another context has in the backend the environment names: there, other than in files of
 * our own, the two would be one stack, and an `up` of the second would take what the first made for its own.
 */
export function requireFreeName(stack: string, context: string, environment = process.env): void {
  const backend = environment.PULUMI_BACKEND_URL;
  if (backend === undefined || context === k3sContext) return;
  const mark = (name: string) => path.join(statesFolder(environment), nameOf(name), "backend");
  const other = contextsOf(stack, environment).find(
    (name) => name !== context && existsSync(mark(name)) && readFileSync(mark(name), "utf8") === backend,
  );
  if (other !== undefined) {
    throw new Error(
      `Stack ${stack} of ${backend} is on context ${other}: choose another by --stack NAME (with a file Pulumi.NAME.yaml).`,
    );
  }
  mkdirSync(path.dirname(mark(context)), { recursive: true, mode: 0o700 });
  writeFileSync(mark(context), backend);
}

/** Contexts that a stack was deployed to from here. */
export function contextsOf(stack: string, environment = process.env): string[] {
  const folder = statesFolder(environment);
  const contexts = existsSync(folder) ? readdirSync(folder).map(decodeURIComponent) : [];
  return [...contexts, k3sContext].filter((context) =>
    existsSync(path.join(stateFolder(context, environment), "project", `Pulumi.${stack}.yaml`)),
  );
}

function stateFolder(context: string | undefined, environment: NodeJS.ProcessEnv): string {
  if (context === undefined) return dataPath("state");
  if (context === k3sContext) return dataPath("k3s", "state");
  return path.join(statesFolder(environment), nameOf(context));
}

/**
 * States of other clusters were once kept beside the embedded cluster's: each is copied to where it belongs now, before
 * anything can delete it.
 */
export async function moveOldStates(environment = process.env): Promise<void> {
  const old = dataPath("state");
  const project = path.join(old, "project");
  for (const file of existsSync(project) ? readdirSync(project) : []) {
    const context = parse(readFileSync(path.join(project, file), "utf8"))?.config?.["kubernetes:context"];
    if (typeof context !== "string") continue;
    const folder = path.join(statesFolder(environment), nameOf(context));
    if (existsSync(folder)) continue;
    await createAtomically(folder, (draft) => cp(old, draft, { recursive: true, preserveTimestamps: true }));
  }
}

/** XDG's folder for what is to stay. */
function statesFolder({ XDG_STATE_HOME, HOME = os.homedir() }: NodeJS.ProcessEnv): string {
  const base = XDG_STATE_HOME?.startsWith("/") ? XDG_STATE_HOME : path.join(HOME, ".local", "state");
  return path.join(base, "wordpress-kubernetes");
}

/** A context's name as that of a folder. */
function nameOf(context: string): string {
  return encodeURIComponent(context).replace(/^\.+$/, (dots) => dots.replaceAll(".", "%2E"));
}

/** The passphrase that encrypts the stacks' secrets, made once; readable by its owner only. */
function passphraseFile(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, "passphrase");
  if (existsSync(file)) return file;
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, randomBytes(32).toString("base64url"), { mode: 0o600 });
  try {
    // A link fails when another run was first: its passphrase holds. A half-written one is never seen.
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return file;
}
