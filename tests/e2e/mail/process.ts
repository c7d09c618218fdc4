// The mail server as a process of its own, which can be in another network than the tests.
import type { Orders } from "./in-cluster.ts";
import { startServer } from "./server.ts";

let login: Orders["login"] | undefined;

process.on("message", async ({ certificate, privateKey, port, login: wanted }: Orders) => {
  if (login === undefined) {
    login = { ...wanted };
    const options = { cert: certificate, key: privateKey, port };
    await startServer(options, login, (mail) => process.send?.({ mail }));
  }
  Object.assign(login, wanted);
  process.send?.({});
});
process.on("disconnect", () => process.exit());
