/** Failures as the engine wants them: a gRPC status, with a detail when the resource exists but is not well. */
import grpc from "@grpc/grpc-js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import status from "@pulumi/pulumi/proto/status_pb.js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import { encode, type Properties } from "./values.ts";

/** An error with a gRPC code and, optionally, details in its metadata. */
export class RpcError extends Error {
  readonly code: number;
  readonly metadata: grpc.Metadata | undefined;
  constructor(code: number, message: string, metadata?: grpc.Metadata) {
    super(message);
    this.code = code;
    this.metadata = metadata;
  }
}

/** What the engine needs to keep a resource that exists but did not become ready. */
export interface PartialResource {
  id: string;
  /** The state to store. */
  properties: Properties;
  /** The inputs to store; the request's own when absent. */
  inputs?: Properties;
  /** Why it is not ready, the most important first. */
  reasons: string[];
}

/** The resource exists, keep its state, and try again on the next `up`. */
export function initFailed(message: string, resource: PartialResource): RpcError {
  const detail = new provider.ErrorResourceInitFailed();
  detail.setId(resource.id);
  detail.setProperties(encode(resource.properties));
  if (resource.inputs) detail.setInputs(encode(resource.inputs));
  detail.setReasonsList(resource.reasons);

  const packed = new any.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const report = new status.Status();
  report.setCode(grpc.status.UNKNOWN);
  report.setMessage(message);
  report.addDetails(packed);

  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(report.serializeBinary()));
  return new RpcError(grpc.status.UNKNOWN, message, metadata);
}
