/** pulumi-language-nodejs: runs a Pulumi program with this Node. */

import type { ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { pluginInfo } from "../rpc/plugin-info.ts";
import { serve } from "../rpc/server.ts";
import { about, dependencies, requiredPackages, requiredPlugins } from "./about.ts";
import { installDependencies } from "./install-dependencies.ts";
import { cancelPrograms, runProgram } from "./run.ts";
import { runPlugin } from "./run-plugin.ts";

let engineAddress = process.argv.slice(2).findLast((argument) => !argument.startsWith("-")) ?? "";

serve<ILanguageRuntimeServer>(languageGrpc.LanguageRuntimeService, {
  handshake: (request) => {
    engineAddress = request.getEngineAddress() || engineAddress;
    return new language.LanguageHandshakeResponse();
  },
  getPluginInfo: () => pluginInfo("3.250.0"),
  about: () => about(),
  getProgramDependencies: (request) => dependencies(request),
  getRequiredPackages: (request) => requiredPackages(request),
  getRequiredPlugins: (request) => requiredPlugins(request),
  runtimeOptionsPrompts: () => new language.RuntimeOptionsResponse(),
  template: () => new language.TemplateResponse(),
  installDependencies,
  run: (request) => runProgram(request, engineAddress),
  runPlugin,
  cancel: () => {
    cancelPrograms();
    return new empty.Empty();
  },
});
