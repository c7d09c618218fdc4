import plugin from "@pulumi/pulumi/proto/plugin_pb.js";

type PluginInfo = InstanceType<typeof plugin.PluginInfo>;

/** The answer to GetPluginInfo. */
export function pluginInfo(version: string): PluginInfo {
  return new plugin.PluginInfo().setVersion(version);
}
