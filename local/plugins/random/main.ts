/** pulumi-resource-random: random values that are made once and kept in the state. */

import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { pluginInfo } from "../rpc/plugin-info.ts";
import { serve } from "../rpc/server.ts";
import { decode, encode } from "../rpc/values.ts";
import { adopt, changedInputs, faults, kindOf, make } from "./resource.ts";

const version = process.env.PULUMI_BUNDLED_PLUGIN_VERSION ?? "4.21.2";
const { DIFF_NONE, DIFF_SOME } = provider.DiffResponse.DiffChanges;

serve<IResourceProviderServer>(providerGrpc.ResourceProviderService, {
  handshake: () => new provider.ProviderHandshakeResponse().setAcceptSecrets(true),
  getPluginInfo: () => pluginInfo(version),
  checkConfig: (request) => new provider.CheckResponse().setInputs(request.getNews()),
  diffConfig: () => new provider.DiffResponse().setChanges(DIFF_NONE),
  configure: () => new provider.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true),

  check: (request) => {
    const failures = faults(request.getUrn(), decode(request.getNews())).map(({ property, reason }) =>
      new provider.CheckFailure().setProperty(property).setReason(reason),
    );
    return new provider.CheckResponse().setInputs(request.getNews()).setFailuresList(failures);
  },
  diff: (request) => {
    const changed = changedInputs(
      request.getUrn(),
      decode(request.getOldInputs()),
      decode(request.getNews()),
    );
    return new provider.DiffResponse()
      .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
      .setDiffsList(changed)
      .setReplacesList(changed);
  },
  create: (request) => {
    const inputs = decode(request.getProperties());
    if (request.getPreview()) {
      kindOf(request.getUrn());
      return new provider.CreateResponse().setProperties(encode(inputs));
    }
    const { id, properties } = make(request.getUrn(), inputs);
    return new provider.CreateResponse().setId(id).setProperties(encode(properties));
  },
  update: (request) => {
    // only a default said aloud, or the secretness of an input, gets here
    const properties = { ...decode(request.getOlds()), ...decode(request.getNews()) };
    return new provider.UpdateResponse().setProperties(encode(properties));
  },
  read: (request) => {
    if (request.getProperties()?.getFieldsMap().getLength()) {
      return new provider.ReadResponse()
        .setId(request.getId())
        .setProperties(request.getProperties())
        .setInputs(request.getInputs());
    }
    const { id, inputs, properties } = adopt(request.getUrn(), request.getId());
    return new provider.ReadResponse().setId(id).setInputs(encode(inputs)).setProperties(encode(properties));
  },
  delete: () => new empty.Empty(),
  cancel: () => new empty.Empty(),
});
