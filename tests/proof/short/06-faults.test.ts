import { mysqlEnds } from "../database.ts";
import { drain, onlyNodeDrained } from "../drain.ts";
import { expectPassed } from "../findings.ts";
import { memoryLimitReached } from "../memory.ts";
import { nodeLost } from "../node-loss.ts";
import { containerKilled } from "../pod-faults.ts";
import { uploads } from "../uploads.ts";

describe("faults", function () {
  this.timeout(15 * 60_000);

  it("a drained node costs no request", async () => {
    expectPassed(await drain());
  });

  it("a killed node's pods are back on the others", async () => {
    expectPassed(await nodeLost());
  });

  it("a killed container comes back", async () => {
    expectPassed(await containerKilled());
  });

  it("a pod out of memory says so and goes on", async () => {
    expectPassed(await memoryLimitReached());
  });

  it("MySQL's end costs no committed row", async () => {
    expectPassed(await mysqlEnds({ runs: 1 }));
  });

  it("uploads are the same everywhere and outlive all pods", async () => {
    expectPassed(...(await uploads({ mebibytes: 12 })));
  });

  // The last: it leaves all pods on one node.
  it("a drain of the only node ends by the runbook's command, and the site comes back", async () => {
    expectPassed(await onlyNodeDrained());
  });
});
