/** The npm packages a program can import, found in the node_modules folders above it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** One installed package. */
export interface InstalledPackage {
  /** npm name, with its scope. */
  npmName: string;
  version: string;
  /** Its Pulumi plugin, where it is an SDK of one. */
  plugin: { name: string; version: string; server: string } | undefined;
}

/** Every package in the node_modules of `folder` and of the folders above; the nearest one wins. */
export function installedPackages(folder: string): InstalledPackage[] {
  const found = new Map<string, InstalledPackage>();
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    for (const manifest of manifests(path.join(at, "node_modules"))) {
      if (!found.has(manifest.npmName)) found.set(manifest.npmName, manifest);
    }
    if (at === path.dirname(at)) return [...found.values()];
  }
}

function manifests(nodeModules: string): InstalledPackage[] {
  return foldersIn(nodeModules)
    .flatMap((name) =>
      name.startsWith("@")
        ? foldersIn(path.join(nodeModules, name)).map((inner) => path.join(name, inner))
        : [name],
    )
    .map((name) => readManifest(path.join(nodeModules, name, "package.json")))
    .filter((manifest) => manifest !== undefined);
}

function foldersIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith(".")) : [];
}

interface Manifest {
  name?: string;
  version?: string;
  pulumi?: { resource?: boolean; name?: string; version?: string; server?: string };
}

function readManifest(file: string): InstalledPackage | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const manifest = JSON.parse(readFileSync(file, "utf8")) as Manifest;
    if (!manifest.name || !manifest.version) return undefined;
    return {
      npmName: manifest.name,
      version: manifest.version,
      plugin: pluginOf(manifest, manifest.name, manifest.version),
    };
  } catch {
    return undefined; // not a package we could import either
  }
}

function pluginOf(manifest: Manifest, name: string, version: string): InstalledPackage["plugin"] {
  const pulumi = manifest.pulumi;
  if (!pulumi?.resource) return undefined;
  const pluginVersion = pulumi.version ?? version;
  return {
    name: pulumi.name ?? name.replace(/^@pulumi\//, ""),
    version: pluginVersion.startsWith("v") ? pluginVersion : `v${pluginVersion}`,
    server: pulumi.server ?? "",
  };
}
