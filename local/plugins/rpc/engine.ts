/** The engine's log: what a plugin says to the person watching. */
import grpc from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";

/** How a line is shown. A `status` line is replaced by the next one; the others stay. */
export type Level = "status" | "debug" | "info" | "warning" | "error";

/** Says something about one resource. */
export type Log = (level: Level, urn: string, message: string) => void;

const severity = {
  status: enginePb.LogSeverity.INFO,
  debug: enginePb.LogSeverity.DEBUG,
  info: enginePb.LogSeverity.INFO,
  warning: enginePb.LogSeverity.WARNING,
  error: enginePb.LogSeverity.ERROR,
};

/** A log that goes to the engine at `address`; without an address, nowhere. */
export function engineLog(address: string | undefined): Log {
  if (!address) return () => {};
  const client = new engineGrpc.EngineClient(address, grpc.credentials.createInsecure());
  return (level, urn, message) => {
    const request = new enginePb.LogRequest();
    request.setSeverity(severity[level]);
    request.setUrn(urn);
    request.setMessage(message);
    request.setEphemeral(level === "status");
    // A lost log line must never fail an operation.
    client.log(request, () => {});
  };
}
