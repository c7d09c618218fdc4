/** pulumi-resource-kubernetes: objects of a Kubernetes cluster as Pulumi resources. */

import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { engineLog } from "../rpc/engine.ts";
import { pluginInfo } from "../rpc/plugin-info.ts";
import { serve } from "../rpc/server.ts";
import { decode, encode } from "../rpc/values.ts";
import { check } from "./check.ts";
import { checkConfig, configure, diffConfig, type Host } from "./config.ts";
import { create } from "./create.ts";
import { deleteObject } from "./delete.ts";
import { diff } from "./diff-response.ts";
import { read } from "./read.ts";
import { update } from "./update.ts";

const version = process.env.PULUMI_BUNDLED_PLUGIN_VERSION ?? "4.34.2";
const cancelled = new AbortController();
const host: Host = { log: engineLog(process.argv[2]), signal: cancelled.signal };

serve<IResourceProviderServer>(providerGrpc.ResourceProviderService, {
  handshake: (request) => {
    host.log = engineLog(request.getEngineAddress());
    return new provider.ProviderHandshakeResponse().setAcceptSecrets(true);
  },
  getPluginInfo: () => pluginInfo(version),
  checkConfig: (request) => checkConfig(request),
  diffConfig: (request) => diffConfig(decode(request.getOldInputs()), decode(request.getNews())),
  configure: (request) => configure(host, request),

  check: async (request) => {
    const { inputs, failures } = await check(session(), request);
    const list = failures.map(({ property, reason }) =>
      new provider.CheckFailure().setProperty(property).setReason(reason),
    );
    return new provider.CheckResponse().setInputs(encode(inputs)).setFailuresList(list);
  },
  diff: (request) => diff(session(), request),
  create: async (request) => {
    const { id, properties } = await create(session(), request);
    return new provider.CreateResponse().setId(id).setProperties(encode(properties));
  },
  update: async (request) => {
    return new provider.UpdateResponse().setProperties(encode(await update(session(), request)));
  },
  read: async (request) => {
    const found = await read(session(), request);
    if (!found) return new provider.ReadResponse();
    return new provider.ReadResponse()
      .setId(found.id)
      .setInputs(encode(found.inputs))
      .setProperties(encode(found.properties));
  },
  delete: async (request) => {
    await deleteObject(session(), request);
    return new empty.Empty();
  },
  cancel: () => {
    cancelled.abort();
    return new empty.Empty();
  },
});

function session() {
  if (host.session) return host.session;
  throw new Error(host.problem ?? "the provider was used before it was configured");
}
