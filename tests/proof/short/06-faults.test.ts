import { mysqlEnds } from "../database.ts";
import { drain } from "../drain.ts";
import { expectPassed } from "../findings.ts";
import { mysqlNodeLost, nodeLost } from "../node-loss.ts";
import { apacheHung, containerKilled } from "../pod-faults.ts";
import { uploads } from "../uploads.ts";

describe("faults", function () {
  this.timeout(15 * 60_000);

  it("a drained node costs no request", async () => {
    expectPassed(await drain());
  });

  it("a killed node's pods are back on the others", async () => {
    expectPassed(await nodeLost());
  });

  it("MySQL's killed node costs no committed row", async () => {
    expectPassed(await mysqlNodeLost());
  });

  it("a killed container comes back", async () => {
    expectPassed(await containerKilled());
  });

  it("a hung Apache leaves the Service", async () => {
    expectPassed(await apacheHung());
  });

  it("MySQL's end costs no committed row", async () => {
    expectPassed(...(await mysqlEnds({ runs: 1 })));
  });

  it("uploads are the same everywhere and outlive all pods", async () => {
    expectPassed(...(await uploads({ mebibytes: 50 })));
  });
});
