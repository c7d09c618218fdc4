/** What the program needs and what runs it. */

import type {
  GetProgramDependenciesRequest,
  GetRequiredPackagesRequest,
  GetRequiredPluginsRequest,
} from "@pulumi/pulumi/proto/language_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import { installedPackages } from "./packages.ts";

type Program = { getProgramDirectory(): string } | undefined;

function packagesOf(program: Program) {
  return installedPackages(program?.getProgramDirectory() || process.cwd());
}

/** The Node that runs programs. */
export function about() {
  return new language.AboutResponse().setExecutable(process.execPath).setVersion(process.version);
}

/** Every npm package in reach of the program. */
export function dependencies(request: GetProgramDependenciesRequest) {
  const list = packagesOf(request.getInfo()).map(({ npmName, version }) =>
    new language.DependencyInfo().setName(npmName).setVersion(version),
  );
  return new language.GetProgramDependenciesResponse().setDependenciesList(list);
}

/** The provider plugins behind the installed SDKs. */
export function requiredPackages(request: GetRequiredPackagesRequest) {
  const list = packagesOf(request.getInfo()).flatMap(({ plugin: needed }) =>
    needed
      ? [
          new plugin.PackageDependency()
            .setKind("resource")
            .setName(needed.name)
            .setVersion(needed.version)
            .setServer(needed.server),
        ]
      : [],
  );
  return new language.GetRequiredPackagesResponse().setPackagesList(list);
}

/** The same for engines that do not know packages yet. */
export function requiredPlugins(request: GetRequiredPluginsRequest) {
  const list = packagesOf(request.getInfo()).flatMap(({ plugin: needed }) =>
    needed
      ? [
          new plugin.PluginDependency()
            .setKind("resource")
            .setName(needed.name)
            .setVersion(needed.version)
            .setServer(needed.server),
        ]
      : [],
  );
  return new language.GetRequiredPluginsResponse().setPluginsList(list);
}
