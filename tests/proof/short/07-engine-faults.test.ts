import { idempotence, interruptedUpdates } from "../engine-faults.ts";
import { expectPassed } from "../findings.ts";

describe("engine faults", function () {
  this.timeout(15 * 60_000);

  it("an interrupted or killed up is repaired by the next", async () => {
    expectPassed(await interruptedUpdates({ runs: 2 }));
  });

  it("up without a change changes nothing", async () => {
    expectPassed(await idempotence({ runs: 3 }));
  });
});
