import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import grpc from "@grpc/grpc-js";
import * as pulumi from "@pulumi/pulumi";
import language from "@pulumi/pulumi/proto/language_grpc_pb.js";

/** A program that an engine can run in this process, by `--client`. */
export interface ServedProgram {
  /** Where the engine reaches it: host and port. */
  readonly address: string;
  close(): void;
}

type Program = () => Promise<Record<string, unknown>>;
type Call = grpc.ServerUnaryCall<unknown, unknown>;
type Reply = grpc.sendUnaryData<unknown>;

// The language server of the Automation API, which does not export it: that API leaves the terminal to nobody, and
// `up` asks there whether to go on.
const { LanguageServer } = createRequire(import.meta.url)("@pulumi/pulumi/automation/server.js") as {
  LanguageServer: new (program: Program) => { run(call: Call, reply: Reply): void };
};

/** Ends a run without repeating in a sum the errors that were shown when they came. */
class QuietLanguageServer extends LanguageServer {
  override run(call: Call, reply: Reply): void {
    super.run(call, (error, response) => {
      const sum = error instanceof Error && error.message.startsWith("One or more errors occurred");
      reply(sum ? alreadyShown : error, response);
    });
  }
}

/** Cancelled, because any other error would be shown once more. */
const alreadyShown = Object.assign(new Error("The program failed."), { code: grpc.status.CANCELLED });

/** Serves the program of an entry file, whose exports are the stack's outputs. */
export async function serveProgram(entry: string): Promise<ServedProgram> {
  let runs = 0;
  const program = () => {
    runs += 1;
    // An `up` that shows a preview first runs it twice, and a module is run once for each address.
    return reportingFaults(() => import(`${pathToFileURL(entry)}?run=${runs}`));
  };
  const server = new grpc.Server();
  server.addService(
    language.LanguageRuntimeService as unknown as grpc.ServiceDefinition,
    new QuietLanguageServer(program) as unknown as grpc.UntypedServiceImplementation,
  );
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = grpc.ServerCredentials.createInsecure();
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return { address: `127.0.0.1:${port}`, close: () => server.forceShutdown() };
}

/** Says what is wrong as a program run by Pulumi's own language host does: faults of the input without a stack trace. */
async function reportingFaults(program: Program): Promise<Record<string, unknown>> {
  try {
    return { ...(await program()) };
  } catch (error) {
    const plain = pulumi.RunError.isInstance(error);
    await pulumi.log.error(plain ? (error as Error).message : ((error as Error).stack ?? String(error)));
    // What was logged as an error ends the run.
    throw alreadyShown;
  }
}
