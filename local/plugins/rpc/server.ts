/** A Pulumi plugin process: a gRPC server on a free loopback port, which is the first line on stdout. */
import grpc from "@grpc/grpc-js";
import { RpcError } from "./errors.ts";

/** Largest message either way: whole stacks travel in one. */
const MAX_MESSAGE_BYTES = 400 << 20;
const PARENT_CHECK_MS = 1000;

/** A service's methods, the unary ones written as plain functions. */
export type Handlers<Service> = {
  [Method in keyof Service as string extends Method
    ? never
    : Method]?: Service[Method] extends grpc.handleUnaryCall<infer Request, infer Response>
    ? (request: Request) => Response | Promise<Response>
    : Service[Method];
};

type Untyped = (request: unknown) => unknown;

/** Serves `handlers`; a method without one answers UNIMPLEMENTED. Runs until the process is told to leave. */
export function serve<Service>(definition: object, handlers: Handlers<Service>): void {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
  const service = definition as grpc.ServiceDefinition;
  const methods = handlers as Record<string, Untyped | undefined>;
  const implementation: grpc.UntypedServiceImplementation = {};
  for (const [name, method] of Object.entries(service)) {
    const handler = methods[name];
    if (!handler) continue;
    implementation[name] = method.responseStream ? (handler as grpc.UntypedHandleCall) : unary(handler);
  }
  server.addService(service, implementation);
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) {
      process.stderr.write(`cannot listen on a loopback port: ${error.message}\n`);
      process.exit(1);
    }
    process.stdout.write(`${port}\n`);
  });
  leaveWithParent();
}

function unary(handler: Untyped): grpc.handleUnaryCall<unknown, unknown> {
  return (call, callback) => {
    Promise.resolve(call.request)
      .then(handler)
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(asServiceError(error)),
      );
  };
}

function asServiceError(error: unknown): Partial<grpc.ServiceError> {
  if (error instanceof RpcError) {
    return { code: error.code, message: error.message, details: error.message, metadata: error.metadata };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: grpc.status.UNKNOWN, message, details: message };
}

/** A CLI that was killed cannot say goodbye: leave when our parent is gone, or when asked to. */
function leaveWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, PARENT_CHECK_MS).unref();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(0));
}
