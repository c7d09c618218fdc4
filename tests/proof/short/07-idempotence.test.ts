import { idempotence } from "../engine-faults.ts";
import { expectPassed } from "../findings.ts";

// Updates that are interrupted take a minute and a half each: `npm run proof` has them, and tests/engine the killed CLI.
describe("the engine again and again", function () {
  this.timeout(5 * 60_000);

  it("up without a change changes nothing", async () => {
    expectPassed(await idempotence({ runs: 3 }));
  });
});
